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
    Activations, PANEL, Pool, Variant,
    activations::{Inputs, TILE},
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
        for (number, inputs) in rows.tiles().enumerate() {
            let first = number * TILE;
            let used = TILE.min(rows.rows() - first);
            for row in (0..used).step_by(variant.rows()) {
                self.fetch(panel + 1, first + row, rows.rows());
                let inputs = inputs.from(row);
                let place = (panel, first + row);
                match (used - row).min(variant.rows()) {
                    1 => self.tile::<1>(variant, inputs, place, 1),
                    2 => self.tile::<2>(variant, inputs, place, 2),
                    3 => self.tile::<3>(variant, inputs, place, 3),
                    4 => self.tile::<4>(variant, inputs, place, 4),
                    count => self.tile::<8>(variant, inputs, place, count),
                }
            }
        }
    }

    /// Asks for a part of a panel's weights, so that all of them are near when their turn comes: the
    /// part is to the panel as `row` is to `rows`.
    fn fetch(&self, panel: usize, row: usize, rows: usize) {
        let groups = self.matrix.groups();
        let part = |row: usize| panel * groups + (row.min(rows) * groups).div_ceil(rows);
        let blocks = part(row)..part(row + TILE);
        match &self.matrix.panels {
            Panels::Four(all) => fetch(all.get(blocks)),
            Panels::Five(all) => fetch(all.get(blocks)),
            Panels::Eight(all) => fetch(all.get(blocks)),
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
        let mut tile = [[0.0; PANEL]; R];
        match &self.matrix.panels {
            Panels::Four(all) => four(variant, &all[blocks], inputs, &mut tile),
            Panels::Five(all) => five(variant, &all[blocks], inputs, &mut tile),
            Panels::Eight(all) => eight(variant, &all[blocks], inputs, &mut tile),
        }
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
        if self.accumulate {
            for (target, result) in target.iter_mut().zip(results) {
                *target += result;
            }
        } else {
            target.copy_from_slice(&results[..width]);
        }
    }
}

fn fetch<B>(blocks: Option<&[B]>) {
    #[cfg(target_arch = "x86_64")]
    if let Some(blocks) = blocks {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = blocks.as_ptr().cast::<i8>();
        for byte in (0..size_of_val(blocks)).step_by(64) {
            // SAFETY: every processor of this architecture has the instruction, and it only hints.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(byte)) };
        }
    }
}

/// A tile of 4-bit weights.
pub(super) fn four<const R: usize>(
    variant: Variant,
    blocks: &[FourBlock],
    inputs: Inputs<'_>,
    tile: &mut [[f32; PANEL]; R],
) {
    match variant.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a variant exists only where the processor has its instructions.
        Instructions::Avx2 => unsafe { avx2::four(blocks, inputs, tile) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512 => unsafe { avx512::four(blocks, inputs, tile) },
        Instructions::Portable => portable::four(blocks, inputs, tile),
    }
}

/// A tile of 5-bit weights.
pub(super) fn five<const R: usize>(
    variant: Variant,
    blocks: &[FiveBlock],
    inputs: Inputs<'_>,
    tile: &mut [[f32; PANEL]; R],
) {
    match variant.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a variant exists only where the processor has its instructions.
        Instructions::Avx2 => unsafe { avx2::five(blocks, inputs, tile) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512 => unsafe { avx512::five(blocks, inputs, tile) },
        Instructions::Portable => portable::five(blocks, inputs, tile),
    }
}

/// A tile of 8-bit weights.
pub(super) fn eight<const R: usize>(
    variant: Variant,
    blocks: &[EightBlock],
    inputs: Inputs<'_>,
    tile: &mut [[f32; PANEL]; R],
) {
    match variant.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a variant exists only where the processor has its instructions.
        Instructions::Avx2 => unsafe { avx2::eight(blocks, inputs, tile) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512 => unsafe { avx512::eight(blocks, inputs, tile) },
        Instructions::Portable => portable::eight(blocks, inputs, tile),
    }
}
