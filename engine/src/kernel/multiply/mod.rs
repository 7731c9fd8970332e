//! Quantised rows times packed weights.
//!
//! [`multiply`] shares the panels of one or several matrices out among the pool's threads; panels
//! meet the rows in tiles, as many at once as the variant's registers hold, and the variant's
//! kernel computes one tile.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

use std::ops::Range;

use super::{
    Activations, PANEL, Pool, Variant,
    activations::{Inputs, TILE},
    matrix::{EightBlock, FiveBlock, FourBlock, Matrix, Panels, WholeBlock},
    pool::Base,
    variant::Instructions,
};

/// Tasks per thread: enough to even out threads of unequal speed.
const TASKS_PER_THREAD: usize = 6;

/// A matrix to multiply with, and where the result goes.
pub(crate) struct Product<'a> {
    pub(crate) matrix: &'a Matrix,
    /// Rows of [`Matrix::outputs`] numbers.
    pub(crate) output: &'a mut [f32],
    /// Whether to add to what the output holds.
    pub(crate) accumulate: bool,
}

/// Multiplies the same rows with every matrix.
///
/// # Panics
/// When the sizes do not fit each other.
pub(crate) fn multiply(
    pool: &Pool,
    variant: Variant,
    rows: &Activations,
    products: &mut [Product<'_>],
) {
    let mut panels = 0;
    let targets: Vec<Target<'_>> = products
        .iter_mut()
        .map(|product| {
            assert_eq!(product.matrix.groups(), rows.groups(), "inputs");
            let needed = rows.rows() * product.matrix.outputs();
            assert!(product.output.len() >= needed, "outputs");
            let first = panels;
            panels += product.matrix.panel_count();
            Target {
                first,
                matrix: product.matrix,
                output: Base(product.output.as_mut_ptr()),
                accumulate: product.accumulate,
            }
        })
        .collect();
    if panels == 0 || rows.rows() == 0 {
        return;
    }
    let share = panels.div_ceil(pool.threads() * TASKS_PER_THREAD);
    pool.run(panels.div_ceil(share), &|task| {
        for target in &targets {
            let first = (task * share).saturating_sub(target.first);
            let end = ((task + 1) * share).saturating_sub(target.first);
            target.panels(variant, rows, first..end.min(target.matrix.panel_count()));
        }
    });
}

/// A product whose output several threads write, each other panels of it.
struct Target<'a> {
    /// Number of its first panel among those of all products.
    first: usize,
    matrix: &'a Matrix,
    output: Base<f32>,
    accumulate: bool,
}

impl Target<'_> {
    /// Multiplies all rows with some panels: tile by tile, so that what is written lies together.
    fn panels(&self, variant: Variant, rows: &Activations, panels: Range<usize>) {
        for (number, inputs) in rows.tiles().enumerate() {
            let first = number * TILE;
            let used = TILE.min(rows.rows() - first);
            for row in (0..used).step_by(variant.rows()) {
                let inputs = inputs.from(row);
                let count = (used - row).min(variant.rows());
                for panel in panels.clone() {
                    let place = (panel, first + row);
                    match count {
                        1 => self.tile::<1>(variant, inputs, place, 1),
                        2 => self.tile::<2>(variant, inputs, place, 2),
                        3 => self.tile::<3>(variant, inputs, place, 3),
                        4 => self.tile::<4>(variant, inputs, place, 4),
                        count => self.tile::<8>(variant, inputs, place, count),
                    }
                }
            }
        }
    }

    /// Multiplies rows of a tile with a panel, and keeps the first `count` results.
    fn tile<const R: usize>(
        &self,
        variant: Variant,
        inputs: Inputs<'_>,
        (panel, row): (usize, usize),
        count: usize,
    ) {
        let groups = inputs.blocks.len();
        let blocks = panel * groups..(panel + 1) * groups;
        let tile: [[f32; PANEL]; R] = match &self.matrix.panels {
            Panels::Four(all) => four(variant, &all[blocks], inputs),
            Panels::Five(all) => five(variant, &all[blocks], inputs),
            Panels::Eight(all) => eight(variant, &all[blocks], inputs),
            Panels::Whole(all, scales) => whole(variant, &all[blocks], &scales[panel], inputs),
        };
        for (index, results) in tile.iter().take(count).enumerate() {
            self.store(panel, row + index, results);
        }
    }

    /// Puts a panel's results of one row where they belong.
    fn store(&self, panel: usize, row: usize, results: &[f32; PANEL]) {
        let outputs = self.matrix.outputs();
        let width = PANEL.min(outputs - panel * PANEL);
        // SAFETY: `multiply` checked that the output holds all rows; this task alone has this
        // panel, so no other thread touches these columns.
        let target = unsafe {
            let start = self.output.at(row * outputs + panel * PANEL);
            std::slice::from_raw_parts_mut(start, width)
        };
        // All panels but the last are whole, and a known width is written without a loop.
        match target.first_chunk_mut::<PANEL>() {
            Some(whole) if !self.accumulate => *whole = *results,
            Some(whole) => add(whole, results),
            None if !self.accumulate => target.copy_from_slice(&results[..width]),
            None => add(target, results),
        }
    }
}

/// Adds the results that have a place in the target.
#[inline]
fn add(target: &mut [f32], results: &[f32; PANEL]) {
    for (target, result) in target.iter_mut().zip(results) {
        *target += result;
    }
}

/// A tile of 4-bit weights.
pub(super) fn four<const R: usize>(
    variant: Variant,
    blocks: &[FourBlock],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    match variant.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a variant exists only where the processor has its instructions.
        Instructions::Avx2 => unsafe { avx2::four(blocks, inputs) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512 => unsafe { avx512::four(blocks, inputs) },
        Instructions::Portable => portable::four(blocks, inputs),
    }
}

/// A tile of 5-bit weights.
pub(super) fn five<const R: usize>(
    variant: Variant,
    blocks: &[FiveBlock],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    match variant.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a variant exists only where the processor has its instructions.
        Instructions::Avx2 => unsafe { avx2::five(blocks, inputs) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512 => unsafe { avx512::five(blocks, inputs) },
        Instructions::Portable => portable::five(blocks, inputs),
    }
}

/// A tile of 8-bit weights.
pub(super) fn eight<const R: usize>(
    variant: Variant,
    blocks: &[EightBlock],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    match variant.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a variant exists only where the processor has its instructions.
        Instructions::Avx2 => unsafe { avx2::eight(blocks, inputs) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512 => unsafe { avx512::eight(blocks, inputs) },
        Instructions::Portable => portable::eight(blocks, inputs),
    }
}

/// A tile of 8-bit weights whose scales are the panel's.
pub(super) fn whole<const R: usize>(
    variant: Variant,
    blocks: &[WholeBlock],
    scales: &[f32; PANEL],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    match variant.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a variant exists only where the processor has its instructions.
        Instructions::Avx2 => unsafe { avx2::whole(blocks, scales, inputs) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512 => unsafe { avx512::whole(blocks, scales, inputs) },
        Instructions::Portable => portable::whole(blocks, scales, inputs),
    }
}
