//! Rows of numbers, quantised for multiplication.

use super::{GROUP, Variant, row};

/// How finely numbers are rounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Precision {
    /// To 127ths of the largest number of each group.
    #[default]
    Eight,
    /// What that leaves is rounded in the same way and multiplied too: a second pass.
    Sixteen,
}

impl Precision {
    fn passes(self) -> usize {
        match self {
            Self::Eight => 1,
            Self::Sixteen => 2,
        }
    }
}

/// Rows of inputs as signed 8-bit integers, with a scale for each group of [`GROUP`]. A row has one
/// or two passes, whose products add up.
#[derive(Debug, Default)]
pub(crate) struct Activations {
    rows: usize,
    groups: usize,
    precision: Precision,
    /// `[row][pass][group][input]`, likewise the next two.
    values: Vec<i8>,
    /// What one step of a group's integers is worth.
    scales: Vec<f32>,
    /// Sum of a group's integers.
    sums: Vec<f32>,
}

/// One pass of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass<'a> {
    pub(super) values: &'a [i8],
    pub(super) scales: &'a [f32],
    pub(super) sums: &'a [f32],
}

/// One row, to be filled: all its passes.
pub(crate) struct RowMut<'a> {
    pub(super) groups: usize,
    pub(super) values: &'a mut [i8],
    pub(super) scales: &'a mut [f32],
    pub(super) sums: &'a mut [f32],
}

impl Activations {
    /// Makes room for so many rows of so many inputs, rounded up to whole groups. What was there
    /// is lost.
    pub(crate) fn resize(&mut self, rows: usize, inputs: usize, precision: Precision) {
        self.rows = rows;
        self.groups = inputs.div_ceil(GROUP);
        self.precision = precision;
        let groups = rows * precision.passes() * self.groups;
        self.values.resize(groups * GROUP, 0);
        self.scales.resize(groups, 0.0);
        self.sums.resize(groups, 0.0);
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Passes of each row.
    pub(super) fn passes(&self) -> usize {
        self.precision.passes()
    }

    /// Groups of each row.
    pub(super) fn groups(&self) -> usize {
        self.groups
    }

    /// A pass of any row: passes are numbered through.
    pub(super) fn pass(&self, number: usize) -> Pass<'_> {
        let groups = number * self.groups..(number + 1) * self.groups;
        Pass {
            values: &self.values[groups.start * GROUP..groups.end * GROUP],
            scales: &self.scales[groups.clone()],
            sums: &self.sums[groups],
        }
    }

    /// All rows, to be filled, e.g. from several threads.
    pub(crate) fn rows_mut(&mut self) -> impl Iterator<Item = RowMut<'_>> {
        let groups = self.groups;
        let all = (groups * self.precision.passes()).max(1);
        self.values
            .chunks_mut(all * GROUP)
            .zip(self.scales.chunks_mut(all))
            .zip(self.sums.chunks_mut(all))
            .map(move |((values, scales), sums)| RowMut {
                groups,
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
        assert!(inputs.len() <= self.groups * GROUP, "the row is too short");
        row::quantise(variant, inputs, self);
    }
}
