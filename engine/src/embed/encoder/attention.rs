//! Attention within each sequence: every token looks at all of them.

use std::ops::Range;

use half::f16;

use super::{MOST_HEAD_WIDTH, Network};
use crate::kernel::{
    PANEL,
    attention::{self, Page},
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
        let (page, within) = (position / PANEL * PANEL * width, position % PANEL);
        let row = row(position);
        let stored = keys[page + within..].iter_mut().step_by(PANEL);
        for (stored, number) in stored.zip(&row[hidden + start..][..width]) {
            *stored = f16::from_f32(*number);
        }
        let stored = &mut values[page + within * width..][..width];
        for (stored, number) in stored.iter_mut().zip(&row[2 * hidden + start..][..width]) {
            *stored = f16::from_f32(*number);
        }
    }
    let bias = &query_bias[start..][..width];
    let size = PANEL * width;
    let pages = keys.chunks(size).zip(values.chunks(size));
    let pages: Vec<Page<'_>> = pages.map(|(keys, values)| Page { keys, values }).collect();
    let tile_rows = network.variant.rows();
    for (tile, output) in part.output.chunks_mut(tile_rows * width).enumerate() {
        let count = output.len() / width;
        let mut queries = [0.0; MOST_ROWS * MOST_HEAD_WIDTH];
        let queries = &mut queries[..count * width];
        for (index, query) in queries.chunks_mut(width).enumerate() {
            let row = &row(tile * tile_rows + index)[start..][..width];
            for ((number, query), bias) in query.iter_mut().zip(row).zip(bias) {
                *number = query + bias;
            }
        }
        let visible = [length; MOST_ROWS];
        attention::attend(network.variant, queries, &visible[..count], &pages, output);
    }
}
