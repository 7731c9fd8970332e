//! Rows of numbers, quantised for multiplication.

use super::{GROUP, Variant, row};

/// Rows of inputs as signed 8-bit integers, with a scale for each group of [`GROUP`].
#[derive(Debug, Default)]
pub(crate) struct Activations {
    rows: usize,
    groups: usize,
    values: Vec<i8>,
    /// What one step of a group's integers is worth.
    scales: Vec<f32>,
    /// Sum of a group's numbers, as quantised.
    sums: Vec<f32>,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) values: &'a [i8],
    pub(super) scales: &'a [f32],
    pub(super) sums: &'a [f32],
}

/// One row, to be filled.
pub(crate) struct RowMut<'a> {
    pub(super) values: &'a mut [i8],
    pub(super) scales: &'a mut [f32],
    pub(super) sums: &'a mut [f32],
}

impl Activations {
    /// Makes room for so many rows of so many inputs, rounded up to whole groups. What was there
    /// is lost.
    pub(crate) fn resize(&mut self, rows: usize, inputs: usize) {
        self.rows = rows;
        self.groups = inputs.div_ceil(GROUP);
        self.values.resize(rows * self.groups * GROUP, 0);
        self.scales.resize(rows * self.groups, 0.0);
        self.sums.resize(rows * self.groups, 0.0);
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Groups of each row.
    pub(super) fn groups(&self) -> usize {
        self.groups
    }

    pub(super) fn row(&self, row: usize) -> Row<'_> {
        let groups = row * self.groups..(row + 1) * self.groups;
        Row {
            values: &self.values[groups.start * GROUP..groups.end * GROUP],
            scales: &self.scales[groups.clone()],
            sums: &self.sums[groups],
        }
    }

    /// All rows, to be filled, e.g. from several threads.
    pub(crate) fn rows_mut(&mut self) -> impl Iterator<Item = RowMut<'_>> {
        let groups = self.groups.max(1);
        self.values
            .chunks_mut(groups * GROUP)
            .zip(self.scales.chunks_mut(groups))
            .zip(self.sums.chunks_mut(groups))
            .map(|((values, scales), sums)| RowMut {
                values,
                scales,
                sums,
            })
    }
}

impl RowMut<'_> {
    /// Quantises the inputs; numbers past their end count as 0.
    ///
    /// # Panics
    /// When there are more inputs than the row has room for.
    pub(crate) fn quantise(&mut self, variant: Variant, inputs: &[f32]) {
        assert!(inputs.len() <= self.values.len(), "the row is too short");
        row::quantise(variant, inputs, self.values, self.scales, self.sums);
    }
}
