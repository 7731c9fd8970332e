//! Numbers become signed bytes with a scale for each group.
//!
//! Written and compiled like [`row`](super::row).

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is not compiled for the variant that calls it"
)]

use super::{
    GROUP,
    activations::Tile,
    row::{LANES, ROUND, sum_of},
    variant::for_each_variant,
};

for_each_variant! {
    /// Signed 8-bit integers in groups, the scale of each group and the sum of its integers, as a
    /// row of the tile; where what the rounding leaves counts, it is rounded too. Rows past the
    /// end of `inputs` become zeros.
    pub(crate) fn quantise(inputs: &[f32], row: usize, tile: &mut Tile) {
        let limit = tile.limit(sum_of(inputs, f32::abs) / inputs.len().max(1) as f32);
        let (whole, rest) = inputs.as_chunks::<GROUP>();
        for (group, numbers) in whole.iter().enumerate() {
            quantise_group(*numbers, (row, group), limit, tile);
        }
        if !rest.is_empty() {
            let mut padded = [0.0; GROUP];
            padded[..rest.len()].copy_from_slice(rest);
            quantise_group(padded, (row, whole.len()), limit, tile);
        }
    }
}

/// Quantises a group of a row, and what is left of it when its largest number is beyond the limit.
#[inline(always)]
fn quantise_group(
    mut numbers: [f32; GROUP],
    (row, group): (usize, usize),
    limit: f32,
    tile: &mut Tile,
) {
    let largest = largest_size(&numbers);
    let block = tile.block(group);
    (block.scales[row], block.sums[row]) = round(&mut numbers, largest, &mut block.values[row]);
    if largest > limit {
        let block = tile.rest(group);
        let largest = largest_size(&numbers);
        (block.scales[row], block.sums[row]) = round(&mut numbers, largest, &mut block.values[row]);
    }
}

#[inline(always)]
fn largest_size(numbers: &[f32; GROUP]) -> f32 {
    let mut largest = [0.0_f32; LANES];
    for lanes in numbers.as_chunks::<LANES>().0 {
        for (largest, number) in largest.iter_mut().zip(lanes) {
            let size = number.abs();
            *largest = if size > *largest { size } else { *largest };
        }
    }
    largest
        .iter()
        .fold(0.0_f32, |a, b| if *b > a { *b } else { a })
}

/// The nearest integers, their scale and their sum; the numbers, of at most that size, become what is
/// left of them.
#[inline(always)]
fn round(numbers: &mut [f32; GROUP], largest: f32, values: &mut [i8; GROUP]) -> (f32, f32) {
    let scale = largest / 127.0;
    let inverse = if scale > f32::MIN_POSITIVE {
        1.0 / scale
    } else {
        0.0
    };
    let mut rounded = [0_i32; GROUP];
    for (rounded, number) in rounded.iter_mut().zip(&mut *numbers) {
        // Adding 1.5 * 2^23 leaves the rounded integer in the low bits of the fraction: a
        // conversion that vectorises. Numbers that are not finite are bounded by the comparisons.
        let scaled = *number * inverse;
        let scaled = if scaled > -127.0 { scaled } else { -127.0 };
        let scaled = if scaled < 127.0 { scaled } else { 127.0 };
        let shifted = scaled + ROUND;
        *rounded = shifted.to_bits().cast_signed() - ROUND.to_bits().cast_signed();
        *number -= (shifted - ROUND) * scale;
    }
    let mut sums = [0; LANES];
    for lanes in rounded.as_chunks::<LANES>().0 {
        for (sum, value) in sums.iter_mut().zip(lanes) {
            *sum += *value;
        }
    }
    for (value, rounded) in values.iter_mut().zip(&rounded) {
        *value = *rounded as i8;
    }
    (scale, sums.iter().sum::<i32>() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Activations, Precision, Variant};

    /// The numbers that a row of a tile stands for.
    fn quantised(variant: Variant, precision: Precision, inputs: &[f32]) -> Vec<f64> {
        let mut rows = Activations::default();
        rows.resize(1, inputs.len(), precision);
        for tile in rows.tiles_mut() {
            tile.quantise(variant, 0, inputs);
        }
        let tile = rows.tiles().next().unwrap();
        let mut numbers = vec![0.0; tile.blocks.len() * GROUP];
        let groups: Vec<usize> = (0..tile.blocks.len()).collect();
        for (group, block) in tile.pairs(&groups) {
            let numbers = numbers[group * GROUP..].iter_mut();
            for (number, value) in numbers.zip(block.values[0]) {
                *number += f64::from(value) * f64::from(block.scales[0]);
            }
            let sum: i32 = block.values[0].iter().map(|value| i32::from(*value)).sum();
            assert!((block.sums[0] - sum as f32).abs() < 0.5);
        }
        numbers
    }

    #[test]
    fn groups_come_back_within_half_a_step_and_with_rests_within_a_127th_of_that() {
        let mut inputs: Vec<f32> = (0..70).map(|i| (i as f32 * 1.3).cos()).collect();
        inputs[40] = 300.0;
        let cases = [
            (Precision::Eight, [1.0, 300.0, 1.0]),
            (Precision::Outliers, [1.0, 300.0 / 254.0, 1.0]),
            (
                Precision::Sixteen,
                [1.0 / 254.0, 300.0 / 254.0, 1.0 / 254.0],
            ),
        ];
        for (variant, (precision, sizes)) in Variant::available()
            .into_iter()
            .flat_map(|variant| cases.map(|case| (variant, case)))
        {
            let found = quantised(variant, precision, &inputs);
            for (index, input) in inputs.iter().enumerate() {
                let error = (found[index] - f64::from(*input)).abs();
                assert!(
                    error <= sizes[index / GROUP] / 253.9,
                    "{variant} {precision:?}"
                );
            }
            assert!(found[70..].iter().all(|number| *number == 0.0));
        }
    }

    #[test]
    fn zeros_and_numbers_that_are_not_finite_quantise_to_something() {
        for hostile in [0.0, f32::NAN, f32::INFINITY, -1e-45] {
            for precision in [Precision::Eight, Precision::Outliers, Precision::Sixteen] {
                quantised(Variant::best(), precision, &[hostile; GROUP]);
            }
        }
    }
}
