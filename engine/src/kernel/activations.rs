//! Rows of numbers, quantised for multiplication.
//!
//! Rows lie in tiles of [`TILE`], and within a tile group by group: a kernel that multiplies a
//! tile with a panel reads one stream.

use super::{GROUP, Pool, Variant, quantise::quantise};

/// Rows that lie together.
pub(crate) const TILE: usize = 8;

/// How finely numbers are rounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Precision {
    /// To 127ths of the largest number of each group.
    #[default]
    Eight,
    /// As `Eight`, but outliers are multiplied by themselves, unrounded (Dettmers et al. 2022): one
    /// would make the steps of its whole group coarse. An outlier is a number of more than
    /// [`OUTLIER`] times the row's mean size.
    Outliers,
    /// What the rounding left is rounded and multiplied too in every group.
    Sixteen,
}

/// See [`Precision::Outliers`].
pub(super) const OUTLIER: f32 = 6.0;

/// Rows of inputs as signed 8-bit integers, with a scale for each group of [`GROUP`].
#[derive(Debug, Default)]
pub(crate) struct Activations {
    rows: usize,
    groups: usize,
    tiles: Vec<Tile>,
}

/// [`TILE`] rows, of which the last may be unused.
#[derive(Debug, Default)]
pub(crate) struct Tile {
    precision: Precision,
    /// `[group]`
    blocks: Vec<InputBlock>,
    /// What the rounding of each group left, where it counts.
    rests: Vec<InputBlock>,
    /// By group and input, each once.
    outliers: Vec<Outlier>,
}

/// A group of a tile's rows.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct InputBlock {
    pub(super) values: [[i8; GROUP]; TILE],
    /// What one step of a row's integers is worth.
    pub(super) scales: [f32; TILE],
    /// Sum of a row's integers.
    pub(super) sums: [f32; TILE],
}

/// Numbers of one input that the integers leave out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outlier {
    pub(super) group: usize,
    /// Within the group.
    pub(super) input: usize,
    /// 0 in rows where it is none, so that a row's products do not depend on its neighbours.
    values: [f32; TILE],
}

/// What kernels read of a tile: its rows from `first` on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub(super) blocks: &'a [InputBlock],
    /// As many as blocks, or none.
    pub(super) rests: &'a [InputBlock],
    pub(super) outliers: &'a [Outlier],
    pub(super) first: usize,
}

/// A group of so many rows.
pub(super) struct Rows<'a, const R: usize> {
    pub(super) values: &'a [[i8; GROUP]; R],
    pub(super) scales: &'a [f32; R],
    pub(super) sums: &'a [f32; R],
}

impl Activations {
    /// Makes room for so many rows of so many inputs, rounded up to whole groups. What was there
    /// is lost.
    pub(crate) fn resize(&mut self, rows: usize, inputs: usize, precision: Precision) {
        self.rows = rows;
        self.groups = inputs.div_ceil(GROUP);
        self.tiles.resize_with(rows.div_ceil(TILE), Tile::default);
        for tile in &mut self.tiles {
            tile.resize(self.groups, precision);
        }
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Groups of each row.
    pub(super) fn groups(&self) -> usize {
        self.groups
    }

    /// Every [`TILE`] rows, to be read.
    pub(super) fn tiles(&self) -> impl Iterator<Item = Inputs<'_>> {
        self.tiles.iter().map(Tile::inputs)
    }

    /// Quantises what attention found, `[part][row][dimension]` with `width` numbers in a row of a
    /// part: the parts of each row, one after the other.
    pub(crate) fn quantise_heads(
        &mut self,
        pool: &Pool,
        variant: Variant,
        found: &[f32],
        width: usize,
    ) {
        let rows = self.rows;
        let tiles = self.tiles.iter_mut().enumerate();
        pool.share(tiles, |(number, tile)| {
            let mut numbers = Vec::with_capacity(tile.blocks.len() * GROUP);
            for (index, row) in (*number * TILE..rows).take(TILE).enumerate() {
                numbers.clear();
                for heads in found.chunks(width).skip(row).step_by(rows) {
                    numbers.extend_from_slice(heads);
                }
                tile.quantise(variant, index, &numbers);
            }
        });
    }

    /// Every [`TILE`] rows, to be filled, e.g. from several threads.
    pub(crate) fn tiles_mut(&mut self) -> impl Iterator<Item = &mut Tile> {
        self.tiles.iter_mut()
    }
}

impl Tile {
    fn resize(&mut self, groups: usize, precision: Precision) {
        self.precision = precision;
        self.blocks.resize(groups, InputBlock::EMPTY);
        let rests = if precision == Precision::Sixteen {
            groups
        } else {
            0
        };
        self.rests.resize(rests, InputBlock::EMPTY);
        self.outliers.clear();
    }

    /// Quantises the inputs of a row; numbers past their end count as 0.
    ///
    /// # Panics
    /// When there is no such row, or when there are more inputs than it has room for.
    pub(crate) fn quantise(&mut self, variant: Variant, row: usize, inputs: &[f32]) {
        assert!(
            row < TILE && inputs.len() <= self.blocks.len() * GROUP,
            "a row in its tile"
        );
        quantise(variant, inputs, row, self);
    }

    /// How finely its rows are rounded.
    pub(super) fn precision(&self) -> Precision {
        self.precision
    }

    /// The block of a group.
    #[inline]
    pub(super) fn block(&mut self, group: usize) -> &mut InputBlock {
        &mut self.blocks[group]
    }

    /// The block of what a group's rounding left, where the precision is [`Precision::Sixteen`].
    pub(super) fn rest(&mut self, group: usize) -> &mut InputBlock {
        &mut self.rests[group]
    }

    /// Notes a number that the integers leave out.
    pub(super) fn leave_out(&mut self, row: usize, group: usize, input: usize, number: f32) {
        let place = |outlier: &Outlier| (outlier.group, outlier.input).cmp(&(group, input));
        let place = self.outliers.binary_search_by(place);
        let place = place.unwrap_or_else(|place| {
            let outlier = Outlier {
                group,
                input,
                values: [0.0; TILE],
            };
            self.outliers.insert(place, outlier);
            place
        });
        self.outliers[place].values[row] = number;
    }

    fn inputs(&self) -> Inputs<'_> {
        Inputs {
            blocks: &self.blocks,
            rests: &self.rests,
            outliers: &self.outliers,
            first: 0,
        }
    }
}

impl InputBlock {
    const EMPTY: Self = Self {
        values: [[0; GROUP]; TILE],
        scales: [0.0; TILE],
        sums: [0.0; TILE],
    };

    /// So many rows, from one on.
    ///
    /// # Panics
    /// When the block has fewer.
    #[inline]
    pub(super) fn rows<const R: usize>(&self, first: usize) -> Rows<'_, R> {
        let values = self.values[first..].first_chunk();
        let scales = self.scales[first..].first_chunk();
        let (Some(values), Some(scales), Some(sums)) =
            (values, scales, self.sums[first..].first_chunk())
        else {
            panic!("a tile has {TILE} rows");
        };
        Rows {
            values,
            scales,
            sums,
        }
    }
}

impl Outlier {
    /// Its numbers in so many rows, from one on.
    ///
    /// # Panics
    /// When there are fewer.
    #[inline]
    pub(super) fn rows<const R: usize>(&self, first: usize) -> &[f32; R] {
        let Some(rows) = self.values[first..].first_chunk() else {
            panic!("a tile has {TILE} rows");
        };
        rows
    }
}

impl<'a> Inputs<'a> {
    /// The same rows, from another one on.
    pub(super) fn from(self, first: usize) -> Self {
        Self { first, ..self }
    }

    /// Pairs each group of a panel's weights with its inputs, and then again with what is left of
    /// them, where that counts.
    ///
    /// # Panics
    /// When the numbers of groups differ.
    pub(super) fn pairs<B>(self, blocks: &'a [B]) -> impl Iterator<Item = (&'a B, &'a InputBlock)> {
        assert_eq!(blocks.len(), self.blocks.len(), "groups");
        blocks
            .iter()
            .zip(self.blocks)
            .chain(blocks.iter().zip(self.rests))
    }
}
