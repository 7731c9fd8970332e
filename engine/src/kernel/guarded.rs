//! Memory that ends where reading on faults: the file behind the mapping is shorter than it.

use std::{marker::PhantomData, slice};

use memmap2::{MmapMut, MmapOptions};

const PAGE: usize = 4096;

/// Items whose last byte is the last one that may be read.
pub(super) struct Guarded<T> {
    memory: MmapMut,
    start: usize,
    count: usize,
    items: PhantomData<T>,
}

impl<T: Copy> Guarded<T> {
    pub(super) fn new(items: &[T]) -> Self {
        let bytes = size_of_val(items);
        let pages = bytes.div_ceil(PAGE).max(1);
        let file = tempfile::tempfile().unwrap();
        file.set_len((pages * PAGE) as u64).unwrap();
        // SAFETY: nobody else has the file.
        let mut memory =
            unsafe { MmapOptions::new().len((pages + 1) * PAGE).map_mut(&file) }.unwrap();
        let start = pages * PAGE - bytes;
        let place = memory[start..].as_mut_ptr().cast::<T>();
        assert!(place.is_aligned());
        // SAFETY: there is room for all of them within the file, and the place is aligned.
        unsafe { place.copy_from_nonoverlapping(items.as_ptr(), items.len()) };
        Self {
            memory,
            start,
            count: items.len(),
            items: PhantomData,
        }
    }

    pub(super) fn items(&self) -> &[T] {
        let place = self.memory[self.start..].as_ptr().cast();
        // SAFETY: `new` put so many of them there.
        unsafe { slice::from_raw_parts(place, self.count) }
    }

    pub(super) fn items_mut(&mut self) -> &mut [T] {
        let place = self.memory[self.start..].as_mut_ptr().cast();
        // SAFETY: as above, and they are borrowed mutably.
        unsafe { slice::from_raw_parts_mut(place, self.count) }
    }
}
