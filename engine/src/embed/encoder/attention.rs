//! Attention within each sequence: every token looks at all of them.

use std::ops::Range;

use half::f16;

use super::Network;
use crate::kernel::{
    PANEL,
    attention::{self, MOST_WIDTH, Page, PageMut, Scratch},
    mixed::MOST_ROWS,
};

/// One head of one sequence, and where its results go.
struct Part<'a> {
    head: usize,
    rows: Range<usize>,
    /// `[row][dimension]`.
    output: &'a mut [f32],
}

/// Mixes values `[row][3 x hidden]`, queries and keys before them, into `[head][row][dimension]`.
pub(super) fn attend(
    network: &Network,
    query_bias: &[f32],
    projected: &[f32],
    sequences: &[Range<usize>],
    mixed: &mut [f32],
) {
    let width = network.width();
    let rows = sequences.last().map_or(0, |range| range.end);
    let mut parts = Vec::with_capacity(network.heads * sequences.len());
    for (head, mut rest) in mixed.chunks_mut((rows * width).max(1)).enumerate() {
        for rows in sequences {
            let (output, others) = rest.split_at_mut(rows.len() * width);
            rest = others;
            parts.push(Part {
                head,
                rows: rows.clone(),
                output,
            });
        }
    }
    network.pool.each(&mut parts, |_, part| {
        attend_part(network, query_bias, projected, part);
    });
}

fn attend_part(network: &Network, query_bias: &[f32], projected: &[f32], part: &mut Part<'_>) {
    let (hidden, width) = (network.hidden, network.width());
    let start = part.head * width;
    let row = |row: usize| &projected[(part.rows.start + row) * 3 * hidden..][..3 * hidden];
    let length = part.rows.len();
    let size = length.div_ceil(PANEL) * PANEL * width;
    let (mut keys, mut values) = (vec![f16::ZERO; size], vec![f16::ZERO; size]);
    for position in 0..length {
        let page = position / PANEL * PANEL * width;
        let mut page = PageMut {
            keys: &mut keys[page..][..PANEL * width],
            values: &mut values[page..][..PANEL * width],
        };
        let row = row(position);
        page.store(
            network.variant,
            position % PANEL,
            &row[hidden + start..][..width],
            &row[2 * hidden + start..][..width],
        );
    }
    let bias = &query_bias[start..][..width];
    let size = PANEL * width;
    let pages = keys.chunks(size).zip(values.chunks(size));
    let pages: Vec<Page<'_>> = pages.map(|(keys, values)| Page { keys, values }).collect();
    let mut queries = [0.0; MOST_ROWS * MOST_WIDTH];
    let mut scratch = Scratch::default();
    for (tile, output) in part.output.chunks_mut(MOST_ROWS * width).enumerate() {
        let count = output.len() / width;
        let queries = &mut queries[..count * width];
        for (index, query) in queries.chunks_mut(width).enumerate() {
            let row = &row(tile * MOST_ROWS + index)[start..][..width];
            for ((number, query), bias) in query.iter_mut().zip(row).zip(bias) {
                *number = query + bias;
            }
        }
        let visible = &[length; MOST_ROWS][..count];
        attention::attend(
            network.variant,
            queries,
            visible,
            &pages,
            output,
            &mut scratch,
        );
    }
}
