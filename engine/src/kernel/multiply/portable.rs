//! The kernels in plain Rust: what the others must agree with.

use half::f16;

use crate::kernel::{
    GROUP, PANEL,
    activations::Inputs,
    matrix::{EightBlock, FiveBlock, FourBlock, WholeBlock},
};

/// Sums of a panel's products with one group.
type Sums = [i32; PANEL];
/// Scales of a panel's weights in one group, and their minima where they have some.
type Factors<'a> = (&'a [f16; PANEL], Option<&'a [f16; PANEL]>);

pub(super) fn four<const R: usize>(blocks: &[FourBlock], inputs: Inputs<'_>) -> [[f32; PANEL]; R] {
    each_group(blocks, inputs, four_sums, |block| {
        (&block.scales, Some(&block.minima))
    })
}

pub(super) fn five<const R: usize>(blocks: &[FiveBlock], inputs: Inputs<'_>) -> [[f32; PANEL]; R] {
    each_group(blocks, inputs, five_sums, |block| {
        (&block.four.scales, Some(&block.four.minima))
    })
}

pub(super) fn eight<const R: usize>(
    blocks: &[EightBlock],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    let sums = |block: &EightBlock, values: &_| signed_sums(&block.quants, values);
    each_group(blocks, inputs, sums, |block| (&block.scales, None))
}

pub(super) fn whole<const R: usize>(
    blocks: &[WholeBlock],
    scales: &[f32; PANEL],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    let mut tile = [[0.0; PANEL]; R];
    for (block, group) in inputs.pairs(blocks) {
        let rows = group.rows::<R>(inputs.first);
        for (row, tile) in tile.iter_mut().enumerate() {
            let sums = signed_sums(&block.quants, &rows.values[row]);
            for (total, sum) in tile.iter_mut().zip(sums) {
                *total += sum as f32 * rows.scales[row];
            }
        }
    }
    for outlier in inputs.outliers {
        let weights = signed_sums(&blocks[outlier.group].quants, &only(outlier.input));
        for (row, number) in tile.iter_mut().zip(outlier.rows::<R>(inputs.first)) {
            for (total, weight) in row.iter_mut().zip(weights) {
                *total += weight as f32 * number;
            }
        }
    }
    for tile in &mut tile {
        for (total, scale) in tile.iter_mut().zip(scales) {
            *total *= scale;
        }
    }
    tile
}

/// The `sums` of all groups, scaled; where weights have minima, each counts once for
/// every input.
fn each_group<B, const R: usize>(
    blocks: &[B],
    inputs: Inputs<'_>,
    sums: fn(&B, &[i8; GROUP]) -> Sums,
    factors: fn(&B) -> Factors<'_>,
) -> [[f32; PANEL]; R] {
    let mut tile = [[0.0; PANEL]; R];
    for (block, group) in inputs.pairs(blocks) {
        let rows = group.rows::<R>(inputs.first);
        let (scales, minima) = factors(block);
        for (row, tile) in tile.iter_mut().enumerate() {
            for (output, sum) in sums(block, &rows.values[row]).into_iter().enumerate() {
                let minimum = minima.map_or(0.0, |minima| minima[output].to_f32());
                let product = sum as f32 * scales[output].to_f32() + minimum * rows.sums[row];
                tile[output] += product * rows.scales[row];
            }
        }
    }
    for outlier in inputs.outliers {
        let block = &blocks[outlier.group];
        let (scales, minima) = factors(block);
        let weights = sums(block, &only(outlier.input));
        for (row, number) in tile.iter_mut().zip(outlier.rows::<R>(inputs.first)) {
            for (output, weight) in weights.into_iter().enumerate() {
                let minimum = minima.map_or(0.0, |minima| minima[output].to_f32());
                row[output] += (weight as f32 * scales[output].to_f32() + minimum) * number;
            }
        }
    }
    tile
}

/// A group in which one input is 1: the sums are its weights.
fn only(input: usize) -> [i8; GROUP] {
    let mut values = [0; GROUP];
    values[input] = 1;
    values
}

fn four_sums(block: &FourBlock, values: &[i8; GROUP]) -> Sums {
    let mut sums = [0; PANEL];
    for (vector, eight) in block.quants.iter().zip(values.as_chunks::<8>().0) {
        for (sum, quants) in sums.iter_mut().zip(vector.as_chunks::<4>().0) {
            for (input, quant) in quants.iter().enumerate() {
                *sum += i32::from(quant & 15) * i32::from(eight[input])
                    + i32::from(quant >> 4) * i32::from(eight[input + 4]);
            }
        }
    }
    sums
}

fn five_sums(block: &FiveBlock, values: &[i8; GROUP]) -> Sums {
    let mut sums = four_sums(&block.four, values);
    for (fifths, four) in block.fifths.iter().zip(values.as_chunks::<4>().0) {
        for (output, sum) in sums.iter_mut().enumerate() {
            for (input, value) in four.iter().enumerate() {
                let fifth = fifths >> (4 * output + input) & 1;
                *sum += 16 * fifth as i32 * i32::from(*value);
            }
        }
    }
    sums
}

fn signed_sums(quants: &[[i8; 64]; 8], values: &[i8; GROUP]) -> Sums {
    let mut sums = [0; PANEL];
    for (vector, four) in quants.iter().zip(values.as_chunks::<4>().0) {
        for (sum, quants) in sums.iter_mut().zip(vector.as_chunks::<4>().0) {
            for (quant, value) in quants.iter().zip(four) {
                *sum += i32::from(*quant) * i32::from(*value);
            }
        }
    }
    sums
}
