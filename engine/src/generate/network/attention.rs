//! Queries of a tile, and the pages they look at.

use super::{
    rotation::{Angles, Rotation},
    sequence::Sequence,
};
use crate::kernel::{
    Pool, Variant,
    attention::{self, MOST_WIDTH, Mixture, Page},
    mixed::MOST_ROWS,
};

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

/// Rotated and scaled queries of a tile.
struct Queries {
    count: usize,
    /// `[query][dimension]`.
    numbers: [f32; MOST_ROWS * MOST_WIDTH],
    /// How many positions each sees.
    visible: [usize; MOST_ROWS],
}

/// A tile's mixture of one segment.
struct Part {
    tile: usize,
    segment: usize,
    output: Vec<f32>,
    mixture: Option<Mixture>,
}

impl Attention<'_> {
    /// Computes the outputs of all tiles: each on one thread, or on several where there are few.
    pub(super) fn attend(&self, pool: &Pool, tiles: &mut [Tile<'_>]) {
        if tiles.len() < 2 * pool.threads() {
            self.attend_in_parts(pool, tiles);
        } else {
            pool.each(tiles, |_, tile| {
                let queries = self.queries(tile);
                let (numbers, visible) = queries.used(self.width);
                attention::attend(
                    self.variant,
                    numbers,
                    visible,
                    &self.pages(tile),
                    tile.output,
                );
            });
        }
    }

    fn attend_in_parts(&self, pool: &Pool, tiles: &mut [Tile<'_>]) {
        let queries: Vec<Queries> = tiles.iter().map(|tile| self.queries(tile)).collect();
        let pages: Vec<Vec<Page<'_>>> = tiles.iter().map(|tile| self.pages(tile)).collect();
        let segments = |tile: usize| {
            let (_, visible) = queries[tile].used(self.width);
            attention::segments(visible, &pages[tile])
        };
        let mut parts: Vec<Part> = Vec::new();
        for (tile, found) in tiles.iter().enumerate() {
            parts.extend((0..segments(tile).count()).map(|segment| Part {
                tile,
                segment,
                output: vec![0.0; found.output.len()],
                mixture: None,
            }));
        }
        pool.each(&mut parts, |_, part| {
            let (numbers, visible) = queries[part.tile].used(self.width);
            if let Some((first, pages)) = segments(part.tile).nth(part.segment) {
                let output = &mut part.output;
                let mixture = attention::mix(self.variant, numbers, visible, pages, first, output);
                part.mixture = Some(mixture);
            }
        });
        for (number, tile) in tiles.iter_mut().enumerate() {
            let mut joined: Option<Mixture> = None;
            for part in parts.iter().filter(|part| part.tile == number) {
                match (&mut joined, part.mixture) {
                    (Some(joined), Some(mixture)) => {
                        joined.join(tile.output, &mixture, &part.output);
                    }
                    (None, first) => {
                        tile.output.copy_from_slice(&part.output);
                        joined = first;
                    }
                    (Some(_), None) => {}
                }
            }
            if let Some(mixture) = joined {
                mixture.finish(tile.output);
            }
        }
    }

    fn pages<'t>(&self, tile: &Tile<'t>) -> Vec<Page<'t>> {
        tile.sequence.pages(self.layer, tile.kv_head).collect()
    }

    fn queries(&self, tile: &Tile<'_>) -> Queries {
        let mut queries = Queries {
            count: tile.output.len() / self.width,
            numbers: [0.0; MOST_ROWS * MOST_WIDTH],
            visible: [0; MOST_ROWS],
        };
        let rows = queries.numbers.chunks_mut(self.width).take(queries.count);
        for (index, query) in rows.enumerate() {
            let number = tile.first_query + index;
            let (token, head) = (number / self.group, number % self.group);
            self.query(tile, token, head, query);
            queries.visible[index] = tile.first_position + token + 1;
        }
        queries
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

impl Queries {
    /// The numbers and the visible positions of those that there are.
    fn used(&self, width: usize) -> (&[f32], &[usize]) {
        (
            &self.numbers[..self.count * width],
            &self.visible[..self.count],
        )
    }
}
