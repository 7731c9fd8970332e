//! What the decoder remembers of one text, and where in the speech it looked while it wrote.

use std::{ops::Range, sync::Arc};

use super::{attention::Queries, memory::Memory};
use crate::kernel::{
    PANEL, Variant,
    mixed::{self, Left, MOST_ROWS, Right, Target},
};

/// A head of attention to the speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) layer: usize,
    pub(super) head: usize,
}

/// What the encoder heard, as every layer of the decoder looks at it.
pub(super) struct Heard {
    pub(super) memory: Memory,
    pub(super) positions: usize,
}

/// A text that is being written.
pub(super) struct Sequence {
    pub(super) heard: Arc<Heard>,
    pub(super) own: Memory,
    /// Tokens that were read.
    pub(super) length: usize,
    aligned: Vec<Head>,
    /// What the aligned heads asked for at each token, `[token][head][dimension]`.
    queries: Vec<f32>,
    /// Numbers of a head.
    width: usize,
}

impl Sequence {
    pub(super) fn new(heard: &Arc<Heard>, own: Memory, aligned: &[Head]) -> Self {
        Self {
            heard: Arc::clone(heard),
            width: own.shape().width,
            own,
            length: 0,
            aligned: aligned.to_vec(),
            queries: Vec::new(),
        }
    }

    /// Keeps what the aligned heads of a layer ask for at the tokens after those that were read, which are these rows of the
    /// queries.
    pub(super) fn note_queries(&mut self, layer: usize, rows: Range<usize>, queries: Queries<'_>) {
        let each = self.aligned.len() * self.width;
        self.queries.resize((self.length + rows.len()) * each, 0.0);
        let tokens = self.queries[self.length * each..].chunks_mut(each.max(1));
        for (row, token) in rows.zip(tokens) {
            for (head, place) in self.aligned.iter().zip(token.chunks_mut(self.width)) {
                if head.layer == layer {
                    queries.head(row, head.head, place);
                }
            }
        }
    }

    /// How much each aligned head looked at each of the first positions while a token was read, `[head][token][position]`;
    /// over the positions it sums to one. Gives the number of heads too.
    pub(super) fn looks(&self, variant: Variant, positions: usize) -> (usize, Vec<f32>) {
        let (tokens, heads) = (self.length, self.aligned.len());
        let positions = positions.min(self.heard.positions);
        let stride = positions.div_ceil(PANEL) * PANEL;
        let mut looks = Vec::with_capacity(heads * tokens * positions);
        let mut scores = vec![0.0; MOST_ROWS * stride];
        for (number, head) in self.aligned.iter().enumerate() {
            let memory = &self.heard.memory;
            let pages: Vec<_> = memory.pages(head.layer, head.head, positions).collect();
            for first in (0..tokens).step_by(MOST_ROWS) {
                let rows = MOST_ROWS.min(tokens - first);
                let left = Left {
                    values: &self.queries[(first * heads + number) * self.width..],
                    stride: heads * self.width,
                    length: self.width,
                };
                for (page, at) in pages.iter().zip((0..stride).step_by(PANEL)) {
                    let right = Right {
                        values: page.keys,
                        stride: PANEL,
                    };
                    let mut target = Target {
                        values: &mut scores[at..],
                        stride,
                        rows,
                        accumulate: false,
                    };
                    mixed::multiply(variant, left, right, &mut target);
                }
                for row in scores.chunks(stride).take(rows) {
                    looks.extend(softmax(&row[..positions]));
                }
            }
        }
        (heads, looks)
    }
}

/// Scores -> shares that sum to one.
fn softmax(scores: &[f32]) -> impl Iterator<Item = f32> {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = scores.iter().map(|score| (score - largest).exp()).sum();
    scores
        .iter()
        .map(move |score| (score - largest).exp() / sum)
}
