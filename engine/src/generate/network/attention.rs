//! Queries of a tile, and the pages they look at.

use super::{
    MOST_HEAD_WIDTH,
    rotation::{Angles, Rotation},
    sequence::Sequence,
};
use crate::kernel::{Variant, attention::attend, mixed::MOST_ROWS};

/// What all queries of a layer share.
pub(super) struct Attention<'a> {
    pub(super) variant: Variant,
    pub(super) rotation: &'a Rotation,
    pub(super) angles: &'a Angles,
    /// Query heads, `[row][head][dimension]`, before the rotation.
    pub(super) queries: &'a [f32],
    pub(super) heads: usize,
    /// Query heads that share a head of keys.
    pub(super) group: usize,
    pub(super) width: usize,
    pub(super) layer: usize,
}

/// Up to [`MOST_ROWS`] queries of one sequence that read the same head of keys. They are numbered
/// token by token, and by head within a token.
pub(super) struct Tile<'a> {
    pub(super) sequence: &'a Sequence,
    pub(super) kv_head: usize,
    /// Row of the sequence's first new token.
    pub(super) first_row: usize,
    /// Position of that token.
    pub(super) first_position: usize,
    /// Number of the tile's first query.
    pub(super) first_query: usize,
    /// Where the results go: `width` numbers for each query of the tile.
    pub(super) output: &'a mut [f32],
}

impl Attention<'_> {
    /// Computes the tile's output.
    pub(super) fn attend(&self, tile: &mut Tile<'_>) {
        let count = tile.output.len() / self.width;
        let mut queries = [0.0; MOST_ROWS * MOST_HEAD_WIDTH];
        let queries = &mut queries[..count * self.width];
        let mut visible = [0; MOST_ROWS];
        for (index, query) in queries.chunks_mut(self.width).enumerate() {
            let number = tile.first_query + index;
            let (token, head) = (number / self.group, number % self.group);
            self.query(tile, token, head, query);
            visible[index] = tile.first_position + token + 1;
        }
        let pages: Vec<_> = tile.sequence.pages(self.layer, tile.kv_head).collect();
        attend(
            self.variant,
            queries,
            &visible[..count],
            &pages,
            tile.output,
        );
    }

    /// A query head: rotated, and scaled by the root of its width.
    fn query(&self, tile: &Tile<'_>, token: usize, head: usize, query: &mut [f32]) {
        let row = tile.first_row + token;
        let head = row * self.heads + tile.kv_head * self.group + head;
        query.copy_from_slice(&self.queries[head * self.width..][..self.width]);
        self.rotation.turn(self.angles, row, query);
        let scale = 1.0 / (self.width as f32).sqrt();
        for number in query {
            *number *= scale;
        }
    }
}
