//! Queries of a tile, and the pages they look at.

use super::{
    rotation::{Angles, Rotation},
    sequence::Sequence,
};
use crate::kernel::{
    Pool, Variant,
    attention::{self, Mixture, Page, Scratch},
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

/// Up to [`MOST_ROWS`](crate::kernel::mixed::MOST_ROWS) queries of one sequence that read the same
/// head of keys. They are numbered token by token, and by head within a token.
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
    /// `[query][dimension]`.
    numbers: Vec<f32>,
    /// How many positions each sees.
    visible: Vec<usize>,
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
                attention::attend(
                    self.variant,
                    &queries.numbers,
                    &queries.visible,
                    &self.pages(tile),
                    tile.output,
                    &mut Scratch::default(),
                );
            });
        }
    }

    fn attend_in_parts(&self, pool: &Pool, tiles: &mut [Tile<'_>]) {
        let queries: Vec<Queries> = tiles.iter().map(|tile| self.queries(tile)).collect();
        let pages: Vec<Vec<Page<'_>>> = tiles.iter().map(|tile| self.pages(tile)).collect();
        let segments = |tile: usize| attention::segments(&queries[tile].visible, &pages[tile]);
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
            let Queries { numbers, visible } = &queries[part.tile];
            if let Some((first, pages)) = segments(part.tile).nth(part.segment) {
                part.mixture = Some(attention::mix(
                    self.variant,
                    numbers,
                    visible,
                    pages,
                    first,
                    &mut part.output,
                    &mut Scratch::default(),
                ));
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
        let count = tile.output.len() / self.width;
        let mut queries = Queries {
            numbers: Vec::with_capacity(count * self.width),
            visible: Vec::with_capacity(count),
        };
        for number in tile.first_query..tile.first_query + count {
            let (token, head) = (number / self.group, number % self.group);
            self.query(tile, token, head, &mut queries.numbers);
            queries.visible.push(tile.first_position + token + 1);
        }
        queries
    }

    /// Adds a query head: rotated, and scaled by the root of its width.
    fn query(&self, tile: &Tile<'_>, token: usize, head: usize, numbers: &mut Vec<f32>) {
        let row = tile.first_row + token;
        let head = row * self.heads + tile.kv_head * self.group + head;
        let start = numbers.len();
        numbers.extend_from_slice(&self.queries[head * self.width..][..self.width]);
        let query = &mut numbers[start..];
        self.rotation.turn(self.angles, row, query);
        let scale = 1.0 / (self.width as f32).sqrt();
        for number in query {
            *number *= scale;
        }
    }
}
