//! `PyTorch`'s file format from before version 1.6, as far as a network's weights need it.
//!
//! Such a file is five pickles (Python's `pickletools` lists their opcodes) and the storages' numbers: a magic
//! number, a version, the writer's sizes of integers, the saved object, the storages' names; then for each name
//! the count of its numbers and the numbers. `candle_core::pickle` opens only the ZIP format that came after.
//!
//! Nothing is executed. Of the saved object only named tensors are kept, everything else is
//! forgotten; values do not nest, so a hostile file can neither make them large nor make them deep.

mod object;
mod opcodes;

use std::{collections::HashMap, rc::Rc};

use object::Place;
use opcodes::{Reader, take};

use super::error::{Result, damaged};

/// Pickled bytes that are looked at, at most; the published file has 7 thousand.
const LONGEST: usize = 1 << 20;
/// Bytes of a number.
const NUMBER: usize = size_of::<f32>();

/// Named tensors, whose numbers stay in the file's bytes until they are asked for.
pub(super) struct Tensors<'a> {
    places: HashMap<Rc<str>, Rc<Place>>,
    storages: HashMap<Rc<str>, &'a [u8]>,
}

/// Finds every tensor of 32-bit floats that is saved under a name.
///
/// # Errors
/// [`crate::Error::Backend`] where the bytes are something else.
pub(super) fn read(bytes: &[u8]) -> Result<Tensors<'_>> {
    let pickled = &bytes[..bytes.len().min(LONGEST)];
    let mut reader = Reader::new(pickled);
    for _ in ["magic number", "version", "sizes"] {
        reader.object()?;
    }
    let places = reader.object()?.places;
    let names = reader.object()?.texts;
    let mut rest = &bytes[pickled.len() - reader.rest()..];
    let mut storages = HashMap::new();
    for name in names {
        let count = take(&mut rest, 8)?.iter().rev();
        let count = count.fold(0_usize, |count, &byte| {
            count.saturating_mul(256) | usize::from(byte)
        });
        storages.insert(name, take(&mut rest, count.saturating_mul(NUMBER))?);
    }
    Ok(Tensors { places, storages })
}

impl Tensors<'_> {
    /// The numbers of a tensor that must have this shape, row by row, all of them finite.
    ///
    /// # Errors
    /// [`crate::Error::Backend`] where there is no such tensor.
    pub(super) fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let missing = || damaged(format!("there is no {name}"));
        let place = self.places.get(name).ok_or_else(missing)?;
        if *place.shape != *shape {
            let found = &place.shape;
            let message = format!("{name} is {found:?} instead of {shape:?}");
            return Err(damaged(message));
        }
        let storage = self.storages.get(&place.storage).ok_or_else(missing)?;
        let (numbers, _) = storage.as_chunks::<NUMBER>();
        let numbers = numbers.get(place.offset..).ok_or_else(missing)?;
        let count = shape.iter().product();
        let numbers = numbers.get(..count).ok_or_else(missing)?;
        let values: Vec<f32> = numbers.iter().copied().map(f32::from_le_bytes).collect();
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            Err(damaged(format!("{name} is not finite")))
        }
    }
}

#[cfg(test)]
mod tests;
