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

/// What the rows look at.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) memory: &'a Memory,
    pub(super) layer: usize,
    pub(super) rows: usize,
    /// How many positions the first row sees.
    pub(super) visible: usize,
    /// Whether each further row sees one position more.
    pub(super) causal: bool,
}

impl Sight<'_> {
    /// How many positions a row sees.
    fn visible(&self, row: usize) -> usize {
        self.visible + usize::from(self.causal) * row
    }
}

/// Up to [`MOST_ROWS`] rows in one head.
struct Tile<'a> {
    sight: &'a Sight<'a>,
    head: usize,
    /// The first row among all queries.
    query: usize,
    /// The first row among those of the sight.
    row: usize,
    /// `[row][dimension]`.
    output: &'a mut [f32],
}

/// Mixes the values of a layer into `[head][row][dimension]`. The rows of the queries are those of one sight after the other.
pub(super) fn attend(
    machine: Machine<'_>,
    queries: Queries<'_>,
    sights: &[Sight<'_>],
    mixed: &mut Vec<f32>,
) {
    let Queries { heads, width, .. } = queries;
    let rows: usize = sights.iter().map(|sight| sight.rows).sum();
    mixed.resize(heads * rows * width, 0.0);
    let mut tiles = Vec::new();
    for (head, mut rest) in mixed.chunks_mut((rows * width).max(1)).enumerate() {
        let mut before = 0;
        for sight in sights {
            let (output, others) = rest.split_at_mut(sight.rows * width);
            rest = others;
            let pieces = output.chunks_mut(MOST_ROWS * width).enumerate();
            tiles.extend(pieces.map(|(piece, output)| Tile {
                sight,
                head,
                query: before + piece * MOST_ROWS,
                row: piece * MOST_ROWS,
                output,
            }));
            before += sight.rows;
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
        let (width, sight) = (self.width, tile.sight);
        let count = tile.output.len() / width;
        let mut numbers = vec![0.0; count * width];
        for (index, query) in numbers.chunks_mut(width).enumerate() {
            self.head(tile.query + index, tile.head, query);
        }
        let visible: [usize; MOST_ROWS] = std::array::from_fn(|row| sight.visible(tile.row + row));
        let most = sight.visible(tile.row + count - 1);
        let pages = sight.memory.pages(sight.layer, tile.head, most);
        let pages: Vec<Page<'_>> = pages.collect();
        attention::attend(
            machine.variant,
            &numbers,
            &visible[..count],
            &pages,
            tile.output,
            &mut Scratch::default(),
        );
    }
}
