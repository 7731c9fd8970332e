//! Keys and values of a sequence, as 16-bit floats in pages of [`PANEL`] positions.
//!
//! Within a page, keys lie by dimension (the positions of a dimension are neighbours) and values
//! by position: that is how attention reads them. Pages are shared between sequences with the
//! same beginning; who writes to a shared page gets a copy of it.

use std::{ops::Range, sync::Arc};

use half::f16;

use super::config::Config;
use crate::kernel::{PANEL, Variant, attention};

/// What the network remembers of the tokens it read.
#[derive(Debug, Clone)]
pub(in crate::generate) struct Sequence {
    pages: Vec<Arc<Page>>,
    length: usize,
    shape: Shape,
}

#[derive(Debug, Clone)]
struct Page {
    /// `[layer][head]`, each as in an [`attention::Page`], likewise the values.
    keys: Vec<f16>,
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
        let size = self.page_numbers();
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

    /// Forgets what follows the first tokens.
    pub(super) fn truncate(&mut self, tokens: usize) {
        self.length = self.length.min(tokens);
        self.pages.truncate(self.length.div_ceil(PANEL));
    }

    /// Number of tokens.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Bytes of its keys and values, those included that it shares with other sequences.
    pub(super) fn bytes(&self) -> usize {
        self.pages.len() * self.page_numbers() * 2 * size_of::<f16>()
    }

    /// Numbers of a page's keys, and of its values.
    fn page_numbers(&self) -> usize {
        self.shape.layers * self.shape.heads * self.shape.width * PANEL
    }

    /// Stores one head's key and value of the token at the position.
    pub(super) fn store(
        &mut self,
        variant: Variant,
        (layer, head): (usize, usize),
        position: usize,
        key: &[f32],
        value: &[f32],
    ) {
        let start = self.start(layer, head);
        let range = start..start + self.shape.width * PANEL;
        let page = Arc::make_mut(&mut self.pages[position / PANEL]);
        let mut page = attention::PageMut {
            keys: &mut page.keys[range.clone()],
            values: &mut page.values[range],
        };
        page.store(variant, position % PANEL, key, value);
    }

    /// Keys and values of one head, page by page.
    pub(super) fn pages(
        &self,
        layer: usize,
        head: usize,
    ) -> impl Iterator<Item = attention::Page<'_>> {
        let start = self.start(layer, head);
        let range = start..start + self.shape.width * PANEL;
        self.pages.iter().map(move |page| attention::Page {
            keys: &page.keys[range.clone()],
            values: &page.values[range.clone()],
        })
    }

    fn start(&self, layer: usize, head: usize) -> usize {
        (layer * self.shape.heads + head) * self.shape.width * PANEL
    }
}
