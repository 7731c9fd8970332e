//! The kernels in plain Rust: what the others must agree with.

use crate::kernel::{
    GROUP, PANEL,
    activations::Row,
    matrix::{EightBlock, FourBlock},
};

pub(super) fn four<const R: usize>(
    blocks: &[FourBlock],
    rows: &[Row<'_>; R],
    tile: &mut [[f32; PANEL]; R],
) {
    for (row, tile) in rows.iter().zip(tile) {
        let groups = blocks.iter().zip(row.values.as_chunks::<GROUP>().0);
        for (group, (block, values)) in groups.enumerate() {
            let mut sums = [0_i32; PANEL];
            for (vector, eight) in block.quants.iter().zip(values.as_chunks::<8>().0) {
                for (output, quants) in vector.as_chunks::<4>().0.iter().enumerate() {
                    for (input, quant) in quants.iter().enumerate() {
                        sums[output] += i32::from(quant & 15) * i32::from(eight[input])
                            + i32::from(quant >> 4) * i32::from(eight[input + 4]);
                    }
                }
            }
            for (output, sum) in sums.iter().enumerate() {
                tile[output] += *sum as f32 * block.scales[output].to_f32() * row.scales[group]
                    + block.minima[output].to_f32() * row.sums[group];
            }
        }
    }
}

pub(super) fn eight<const R: usize>(
    blocks: &[EightBlock],
    rows: &[Row<'_>; R],
    tile: &mut [[f32; PANEL]; R],
) {
    for (row, tile) in rows.iter().zip(tile) {
        let groups = blocks.iter().zip(row.values.as_chunks::<GROUP>().0);
        for (group, (block, values)) in groups.enumerate() {
            let mut sums = [0_i32; PANEL];
            for (vector, four) in block.quants.iter().zip(values.as_chunks::<4>().0) {
                for (output, quants) in vector.as_chunks::<4>().0.iter().enumerate() {
                    for (quant, value) in quants.iter().zip(four) {
                        sums[output] += i32::from(*quant) * i32::from(*value);
                    }
                }
            }
            for (output, sum) in sums.iter().enumerate() {
                tile[output] += *sum as f32 * block.scales[output].to_f32() * row.scales[group];
            }
        }
    }
}
