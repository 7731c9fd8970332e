//! Keys and values of every layer and head, as 16-bit floats in pages, as attention reads them.

use half::f16;

use super::stream::Machine;
use crate::kernel::{
    PANEL,
    attention::{Page, PageMut},
};

/// How many keys and values there are, and how wide.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) layers: usize,
    pub(super) heads: usize,
    /// Numbers of a head.
    pub(super) width: usize,
}

/// Keys and values of so many positions, `[layer][head][page]`.
pub(super) struct Memory {
    shape: Shape,
    pages: usize,
    keys: Vec<f16>,
    values: Vec<f16>,
}

impl Memory {
    /// With room for so many positions.
    pub(super) fn new(shape: Shape, positions: usize) -> Self {
        let size = numbers(shape, positions);
        Self {
            shape,
            pages: positions.div_ceil(PANEL),
            keys: vec![f16::ZERO; size],
            values: vec![f16::ZERO; size],
        }
    }

    /// Bytes of keys and values of so many positions.
    pub(super) fn bytes(shape: Shape, positions: usize) -> usize {
        2 * size_of::<f16>() * numbers(shape, positions)
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// Numbers of a head's keys, and of its values.
    fn head(&self) -> usize {
        self.pages * self.page()
    }

    fn page(&self) -> usize {
        PANEL * self.shape.width
    }

    /// Stores a layer's keys and values of the rows from this position on. Rows lie in `projected` with `stride`
    /// numbers each; keys of all heads begin at `keys`, values after them.
    pub(super) fn store(
        &mut self,
        machine: Machine<'_>,
        layer: usize,
        first: usize,
        (projected, stride, keys): (&[f32], usize, usize),
    ) {
        let Shape { heads, width, .. } = self.shape;
        let (head, page) = (self.head(), self.page());
        let layer = layer * heads * head..(layer + 1) * heads * head;
        let all_keys = self.keys[layer.clone()].chunks_mut(head);
        let all = all_keys.zip(self.values[layer].chunks_mut(head));
        machine
            .pool
            .share(all.enumerate(), |(head, (head_keys, head_values))| {
                for (row, numbers) in projected.chunks_exact(stride).enumerate() {
                    let position = first + row;
                    let place = position / PANEL * page;
                    let mut page = PageMut {
                        keys: &mut head_keys[place..][..page],
                        values: &mut head_values[place..][..page],
                    };
                    let from = keys + *head * width;
                    page.store(
                        machine.variant,
                        position % PANEL,
                        &numbers[from..][..width],
                        &numbers[from + heads * width..][..width],
                    );
                }
            });
    }

    /// The pages of a head that hold the first positions.
    pub(super) fn pages(
        &self,
        layer: usize,
        head: usize,
        positions: usize,
    ) -> impl Iterator<Item = Page<'_>> {
        let size = self.head();
        let start = (layer * self.shape.heads + head) * size;
        let keys = self.keys[start..][..size].chunks(self.page());
        let values = self.values[start..][..size].chunks(self.page());
        let pages = keys.zip(values).take(positions.div_ceil(PANEL));
        pages.map(|(keys, values)| Page { keys, values })
    }
}

/// Numbers of the keys of so many positions, as many as of their values.
fn numbers(shape: Shape, positions: usize) -> usize {
    shape.layers * shape.heads * positions.next_multiple_of(PANEL) * shape.width
}
