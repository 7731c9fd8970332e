//! Quantised rows times packed weights.
//!
//! [`multiply`] shares the panels of one or several matrices out among the pool's threads; a panel
//! meets the rows in tiles, as many at once as the variant's registers hold, and the variant's
//! kernel computes one tile.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

use super::{
    Activations, GROUP, PANEL, Pool, Variant,
    activations::Pass,
    matrix::{EightBlock, FiveBlock, FourBlock, Matrix, Panels},
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
        for panel in (task * share..panels).take(share) {
            let target = targets.iter().rfind(|target| target.first <= panel);
            if let Some(target) = target {
                target.panel(variant, rows, panel - target.first);
            }
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
    fn panel(&self, variant: Variant, rows: &Activations, panel: usize) {
        let passes = rows.rows() * rows.passes();
        let mut first = 0;
        // A row's passes never part: where there are two of each, the rest is even.
        while first < passes {
            first += match (passes - first).min(variant.rows()) {
                1 => self.tile::<1>(variant, rows, panel, first),
                2 => self.tile::<2>(variant, rows, panel, first),
                3 => self.tile::<3>(variant, rows, panel, first),
                4..8 => self.tile::<4>(variant, rows, panel, first),
                _ => self.tile::<8>(variant, rows, panel, first),
            };
        }
    }

    /// Multiplies so many passes of rows with a panel; gives their number.
    fn tile<const R: usize>(
        &self,
        variant: Variant,
        rows: &Activations,
        panel: usize,
        first: usize,
    ) -> usize {
        let inputs: [Pass<'_>; R] = std::array::from_fn(|index| rows.pass(first + index));
        let blocks = panel * rows.groups()..(panel + 1) * rows.groups();
        let mut tile = [[0.0; PANEL]; R];
        match &self.matrix.panels {
            Panels::Four(all) => four(variant, &all[blocks], &inputs, &mut tile),
            Panels::Five(all) => five(variant, &all[blocks], &inputs, &mut tile),
            Panels::Eight(all) => eight(variant, &all[blocks], &inputs, &mut tile),
        }
        let passes = rows.passes();
        for (index, results) in tile.chunks_mut(passes).enumerate() {
            if let [first, rest] = results {
                for (sum, rest) in first.iter_mut().zip(rest) {
                    *sum += *rest;
                }
            }
            self.store(panel, first / passes + index, &results[0]);
        }
        R
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
        if self.accumulate {
            for (target, result) in target.iter_mut().zip(results) {
                *target += result;
            }
        } else {
            target.copy_from_slice(&results[..width]);
        }
    }
}

/// That the rows are as long as so many blocks.
fn check<const R: usize>(blocks: usize, rows: &[Pass<'_>; R]) {
    for row in rows {
        assert!(
            row.values.len() == blocks * GROUP
                && row.scales.len() == blocks
                && row.sums.len() == blocks
        );
    }
}

/// A tile of 4-bit weights.
pub(super) fn four<const R: usize>(
    variant: Variant,
    blocks: &[FourBlock],
    rows: &[Pass<'_>; R],
    tile: &mut [[f32; PANEL]; R],
) {
    match variant.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a variant exists only where the processor has its instructions.
        Instructions::Avx2 => unsafe { avx2::four(blocks, rows, tile) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512 => unsafe { avx512::four(blocks, rows, tile) },
        Instructions::Portable => portable::four(blocks, rows, tile),
    }
}

/// A tile of 5-bit weights.
pub(super) fn five<const R: usize>(
    variant: Variant,
    blocks: &[FiveBlock],
    rows: &[Pass<'_>; R],
    tile: &mut [[f32; PANEL]; R],
) {
    match variant.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a variant exists only where the processor has its instructions.
        Instructions::Avx2 => unsafe { avx2::five(blocks, rows, tile) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512 => unsafe { avx512::five(blocks, rows, tile) },
        Instructions::Portable => portable::five(blocks, rows, tile),
    }
}

/// A tile of 8-bit weights.
pub(super) fn eight<const R: usize>(
    variant: Variant,
    blocks: &[EightBlock],
    rows: &[Pass<'_>; R],
    tile: &mut [[f32; PANEL]; R],
) {
    match variant.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a variant exists only where the processor has its instructions.
        Instructions::Avx2 => unsafe { avx2::eight(blocks, rows, tile) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512 => unsafe { avx512::eight(blocks, rows, tile) },
        Instructions::Portable => portable::eight(blocks, rows, tile),
    }
}
