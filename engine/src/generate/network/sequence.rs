//! Keys and values of a sequence, as 16-bit floats in pages of [`PANEL`] positions.
//!
//! Within a page, keys lie by dimension (the positions of a dimension are neighbours) and values
//! by position: that is how attention reads them. Pages are shared between sequences with the
//! same beginning; who writes to a shared page gets a copy of it.

use std::{ops::Range, sync::Arc};

use half::f16;

use super::config::Config;
use crate::kernel::PANEL;

/// What the network remembers of the tokens it read.
#[derive(Debug, Clone)]
pub(in crate::generate) struct Sequence {
    pages: Vec<Arc<Page>>,
    length: usize,
    shape: Shape,
}

#[derive(Debug, Clone)]
struct Page {
    /// `[layer][head][dimension][position]`.
    keys: Vec<f16>,
    /// `[layer][head][position][dimension]`.
    values: Vec<f16>,
}

#[derive(Debug, Clone, Copy)]
struct Shape {
    layers: usize,
    heads: usize,
    width: usize,
}

impl Sequence {
    /// An empty one.
    pub(super) fn new(config: &Config) -> Self {
        Self {
            pages: Vec::new(),
            length: 0,
            shape: Shape {
                layers: config.layers,
                heads: config.kv_heads,
                width: config.head_width,
            },
        }
    }

    /// Makes room for further tokens, of which every layer then [stores](Self::store) the keys
    /// and values; gives their positions.
    pub(super) fn extend(&mut self, tokens: usize) -> Range<usize> {
        let positions = self.length..self.length + tokens;
        self.length = positions.end;
        let size = self.shape.layers * self.shape.heads * self.shape.width * PANEL;
        self.pages.resize_with(self.length.div_ceil(PANEL), || {
            Arc::new(Page {
                keys: vec![f16::ZERO; size],
                values: vec![f16::ZERO; size],
            })
        });
        for page in &mut self.pages[positions.start / PANEL..] {
            // Copies a page that another sequence has too.
            Arc::make_mut(page);
        }
        positions
    }

    /// Stores one head's key and value of the token at the position.
    pub(super) fn store(
        &mut self,
        (layer, head): (usize, usize),
        position: usize,
        key: &[f32],
        value: &[f32],
    ) {
        let start = self.start(layer, head);
        let (width, within) = (self.shape.width, position % PANEL);
        let page = Arc::make_mut(&mut self.pages[position / PANEL]);
        let keys = page.keys[start + within..].iter_mut().step_by(PANEL);
        for (stored, number) in keys.zip(key) {
            *stored = f16::from_f32(*number);
        }
        let values = &mut page.values[start + within * width..][..width];
        for (stored, number) in values.iter_mut().zip(value) {
            *stored = f16::from_f32(*number);
        }
    }

    /// Keys and values of one head, page by page: `width` rows of [`PANEL`] positions, and
    /// [`PANEL`] rows of `width` numbers.
    pub(super) fn pages(
        &self,
        layer: usize,
        head: usize,
    ) -> impl Iterator<Item = (&[f16], &[f16])> {
        let start = self.start(layer, head);
        let range = start..start + self.shape.width * PANEL;
        self.pages
            .iter()
            .map(move |page| (&page.keys[range.clone()], &page.values[range.clone()]))
    }

    fn start(&self, layer: usize, head: usize) -> usize {
        (layer * self.shape.heads + head) * self.shape.width * PANEL
    }
}
