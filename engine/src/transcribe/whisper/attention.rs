//! Rows of queries that look at the keys and values of a layer.

use super::{memory::Memory, stream::Machine};
use crate::kernel::{
    attention::{self, Page, Scratch},
    mixed::MOST_ROWS,
};

/// Queries of one layer: those of a row begin every `stride` numbers.
#[derive(Clone, Copy)]
pub(super) struct Queries<'a> {
    pub(super) numbers: &'a [f32],
    pub(super) stride: usize,
    /// Of all heads.
    pub(super) bias: &'a [f32],
    pub(super) heads: usize,
    /// Numbers of a head.
    pub(super) width: usize,
}

/// Rows that look at the same keys and values.
pub(super) struct Group<'a> {
    pub(super) memory: &'a Memory,
    pub(super) rows: usize,
    /// How many positions its first row sees.
    pub(super) visible: usize,
    /// Whether each further row sees one position more.
    pub(super) causal: bool,
}

/// Up to [`MOST_ROWS`] rows of a group in one head.
struct Tile<'a> {
    pages: &'a [Page<'a>],
    head: usize,
    /// The first row, among those of all groups, and what it sees.
    row: usize,
    visible: usize,
    causal: bool,
    /// `[row][dimension]`.
    output: &'a mut [f32],
}

/// Mixes the values of a layer into `[head][row][dimension]`.
pub(super) fn attend(
    machine: Machine<'_>,
    queries: Queries<'_>,
    layer: usize,
    groups: &[Group<'_>],
    mixed: &mut Vec<f32>,
) {
    let Queries { heads, width, .. } = queries;
    let rows: usize = groups.iter().map(|group| group.rows).sum();
    mixed.resize(heads * rows * width, 0.0);
    let pages: Vec<Vec<Page<'_>>> = (0..heads)
        .flat_map(|head| {
            groups
                .iter()
                .map(move |group| group.memory.pages(layer, head))
        })
        .collect();
    let mut tiles = Vec::new();
    for (head, mut rest) in mixed.chunks_mut((rows * width).max(1)).enumerate() {
        let mut first = 0;
        for (number, group) in groups.iter().enumerate() {
            let (own, others) = rest.split_at_mut(group.rows * width);
            let pieces = own.chunks_mut(MOST_ROWS * width).enumerate();
            tiles.extend(pieces.map(|(piece, output)| Tile {
                pages: &pages[head * groups.len() + number],
                head,
                row: first + piece * MOST_ROWS,
                visible: group.visible + usize::from(group.causal) * piece * MOST_ROWS,
                causal: group.causal,
                output,
            }));
            rest = others;
            first += group.rows;
        }
    }
    machine
        .pool
        .each(&mut tiles, |_, tile| queries.attend(machine, tile));
}

impl Queries<'_> {
    /// The query of a row in one head.
    pub(super) fn head(&self, row: usize, head: usize, query: &mut [f32]) {
        let start = head * self.width;
        let row = &self.numbers[row * self.stride + start..];
        let bias = &self.bias[start..];
        for ((query, number), bias) in query.iter_mut().zip(row).zip(bias) {
            *query = number + bias;
        }
    }

    fn attend(&self, machine: Machine<'_>, tile: &mut Tile<'_>) {
        let width = self.width;
        let count = tile.output.len() / width;
        let mut numbers = vec![0.0; count * width];
        for (index, query) in numbers.chunks_mut(width).enumerate() {
            self.head(tile.row + index, tile.head, query);
        }
        let visible: [usize; MOST_ROWS] =
            std::array::from_fn(|row| tile.visible + usize::from(tile.causal) * row);
        attention::attend(
            machine.variant,
            &numbers,
            &visible[..count],
            tile.pages,
            tile.output,
            &mut Scratch::default(),
        );
    }
}
