//! Numbers become signed bytes with a scale for each group.
//!
//! The largest number of a group and the sum of its integers go across a vector, which plain Rust
//! does one number after another; so the two steps are written for each variant, with the same
//! results to the last bit.

use super::{
    GROUP, Precision, Variant,
    activations::{OUTLIER, Tile},
    row::sum_of,
    variant::Instructions,
};

/// Signed 8-bit integers in groups, the scale of each group and the sum of its integers, as a row
/// of the tile; outliers and what the rounding leaves, where they count. Numbers past the end of
/// `inputs` become zeros.
pub(super) fn quantise(variant: Variant, inputs: &[f32], row: usize, tile: &mut Tile) {
    match variant.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a variant exists only where the processor has its instructions.
        Instructions::Avx2 => unsafe { avx2::quantise(inputs, row, tile) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512 => unsafe { avx512::quantise(inputs, row, tile) },
        Instructions::Portable => {
            quantise_by(inputs, row, tile, portable::largest, portable::round);
        }
    }
}

/// A group that was rounded to so many 127ths of its largest number.
#[derive(Debug, Clone, Copy)]
struct Rounding {
    /// What one step is worth.
    scale: f32,
    /// Steps in 1, or 0 where the numbers are too small for that.
    inverse: f32,
}

impl Rounding {
    #[inline]
    fn new(largest: f32) -> Self {
        let scale = largest / 127.0;
        let inverse = if scale > f32::MIN_POSITIVE {
            1.0 / scale
        } else {
            0.0
        };
        Self { scale, inverse }
    }
}

/// `largest` gives the largest size of a group's numbers, passing over what is no number; `round` puts
/// the nearest integers into place and gives their sum.
#[expect(
    clippy::inline_always,
    reason = "what is not inlined is not compiled for the variant that calls it"
)]
#[inline(always)]
fn quantise_by(
    inputs: &[f32],
    row: usize,
    tile: &mut Tile,
    largest: impl Fn(&[f32; GROUP]) -> f32,
    round: impl Fn(&[f32; GROUP], Rounding, &mut [i8; GROUP]) -> i32,
) {
    let precision = tile.precision();
    let limit = match precision {
        Precision::Outliers => OUTLIER * sum_of(inputs, f32::abs) / inputs.len().max(1) as f32,
        Precision::Eight | Precision::Sixteen => f32::INFINITY,
    };
    let mut group_of = |numbers: &[f32; GROUP], group: usize| {
        let (mut numbers, mut size) = (*numbers, largest(numbers));
        if size > limit {
            for (input, number) in numbers.iter_mut().enumerate() {
                if number.abs() > limit {
                    tile.leave_out(row, group, input, *number);
                    *number = 0.0;
                }
            }
            size = largest(&numbers);
        }
        let rounding = Rounding::new(size);
        let block = tile.block(group);
        let sum = round(&numbers, rounding, &mut block.values[row]);
        (block.scales[row], block.sums[row]) = (rounding.scale, sum as f32);
        if precision == Precision::Sixteen {
            for (number, value) in numbers.iter_mut().zip(&block.values[row]) {
                *number -= f32::from(*value) * rounding.scale;
            }
            let rounding = Rounding::new(largest(&numbers));
            let block = tile.rest(group);
            let sum = round(&numbers, rounding, &mut block.values[row]);
            (block.scales[row], block.sums[row]) = (rounding.scale, sum as f32);
        }
    };
    let (whole, rest) = inputs.as_chunks::<GROUP>();
    for (group, numbers) in whole.iter().enumerate() {
        group_of(numbers, group);
    }
    if !rest.is_empty() {
        let mut padded = [0.0; GROUP];
        padded[..rest.len()].copy_from_slice(rest);
        group_of(&padded, whole.len());
    }
}

mod portable {
    use super::{GROUP, Rounding};
    use crate::kernel::row::ROUND;

    pub(super) fn largest(numbers: &[f32; GROUP]) -> f32 {
        let sizes = numbers.iter().map(|number| number.abs());
        sizes.fold(0.0, |a, b| if b > a { b } else { a })
    }

    pub(super) fn round(
        numbers: &[f32; GROUP],
        rounding: Rounding,
        values: &mut [i8; GROUP],
    ) -> i32 {
        let mut sum = 0;
        for (value, number) in values.iter_mut().zip(numbers) {
            // Adding 1.5 * 2^23 leaves the rounded integer in the low bits of the fraction: a
            // conversion that vectorises. Numbers that are not finite are bounded by the
            // comparisons.
            let scaled = *number * rounding.inverse;
            let scaled = if scaled > -127.0 { scaled } else { -127.0 };
            let scaled = if scaled < 127.0 { scaled } else { 127.0 };
            let shifted = scaled + ROUND;
            let rounded = shifted.to_bits().cast_signed() - ROUND.to_bits().cast_signed();
            *value = rounded as i8;
            sum += rounded;
        }
        sum
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256, __m256i, _mm_add_epi32, _mm_cvtsi128_si32, _mm_cvtss_f32, _mm_max_ps, _mm_max_ss,
        _mm_movehl_ps, _mm_shuffle_epi32, _mm_shuffle_ps, _mm256_add_epi32, _mm256_andnot_ps,
        _mm256_castps256_ps128, _mm256_castsi256_si128, _mm256_cvtps_epi32, _mm256_extractf128_ps,
        _mm256_extracti128_si256, _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps,
        _mm256_packs_epi16, _mm256_packs_epi32, _mm256_permutevar8x32_epi32, _mm256_set1_ps,
        _mm256_setr_epi32, _mm256_setzero_ps, _mm256_setzero_si256, _mm256_storeu_si256,
    };

    use super::{GROUP, Rounding, Tile, quantise_by};

    #[target_feature(enable = "avx2,fma,f16c")]
    pub(super) fn quantise(inputs: &[f32], row: usize, tile: &mut Tile) {
        quantise_by(
            inputs,
            row,
            tile,
            |numbers| largest(numbers),
            |numbers, rounding, values| round(numbers, rounding, values),
        );
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(numbers: &[f32; GROUP], vector: usize) -> __m256 {
        let (vectors, _) = numbers.as_chunks::<8>();
        // SAFETY: these are eight numbers, and the load needs no alignment.
        unsafe { _mm256_loadu_ps(vectors[vector].as_ptr()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn largest(numbers: &[f32; GROUP]) -> f32 {
        let sign = _mm256_set1_ps(-0.0);
        let mut largest = _mm256_setzero_ps();
        for vector in 0..GROUP / 8 {
            // What is no number gives way to the second operand.
            largest = _mm256_max_ps(_mm256_andnot_ps(sign, load(numbers, vector)), largest);
        }
        let four = _mm_max_ps(
            _mm256_castps256_ps128(largest),
            _mm256_extractf128_ps::<1>(largest),
        );
        let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn round(numbers: &[f32; GROUP], rounding: Rounding, values: &mut [i8; GROUP]) -> i32 {
        let inverse = _mm256_set1_ps(rounding.inverse);
        let mut sums = _mm256_setzero_si256();
        let mut rounded = [_mm256_setzero_si256(); GROUP / 8];
        for (vector, rounded) in rounded.iter_mut().enumerate() {
            let scaled = _mm256_mul_ps(load(numbers, vector), inverse);
            let scaled = _mm256_max_ps(scaled, _mm256_set1_ps(-127.0));
            *rounded = _mm256_cvtps_epi32(_mm256_min_ps(scaled, _mm256_set1_ps(127.0)));
            sums = _mm256_add_epi32(sums, *rounded);
        }
        // Packing works within the halves of the vectors; the permutation brings their fours in order.
        let low = _mm256_packs_epi32(rounded[0], rounded[1]);
        let high = _mm256_packs_epi32(rounded[2], rounded[3]);
        let bytes = _mm256_packs_epi16(low, high);
        let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
        let bytes = _mm256_permutevar8x32_epi32(bytes, order);
        #[expect(clippy::cast_ptr_alignment, reason = "the store needs no alignment")]
        let place = values.as_mut_ptr().cast::<__m256i>();
        // SAFETY: the values are 32 bytes.
        unsafe { _mm256_storeu_si256(place, bytes) };
        let four = _mm_add_epi32(
            _mm256_castsi256_si128(sums),
            _mm256_extracti128_si256::<1>(sums),
        );
        let two = _mm_add_epi32(four, _mm_shuffle_epi32::<0b1110>(four));
        _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32::<1>(two)))
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m128i, __m512, _mm_storeu_si128, _mm512_abs_ps, _mm512_add_epi32, _mm512_cvtepi32_epi8,
        _mm512_cvtps_epi32, _mm512_loadu_ps, _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps,
        _mm512_reduce_add_epi32, _mm512_reduce_max_ps, _mm512_set1_ps, _mm512_setzero_ps,
        _mm512_setzero_si512,
    };

    use super::{GROUP, Rounding, Tile, quantise_by};

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
    pub(super) fn quantise(inputs: &[f32], row: usize, tile: &mut Tile) {
        quantise_by(
            inputs,
            row,
            tile,
            |numbers| largest(numbers),
            |numbers, rounding, values| round(numbers, rounding, values),
        );
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load(numbers: &[f32; GROUP], vector: usize) -> __m512 {
        let (vectors, _) = numbers.as_chunks::<16>();
        // SAFETY: these are sixteen numbers, and the load needs no alignment.
        unsafe { _mm512_loadu_ps(vectors[vector].as_ptr()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn largest(numbers: &[f32; GROUP]) -> f32 {
        let mut largest = _mm512_setzero_ps();
        for vector in 0..GROUP / 16 {
            // What is no number gives way to the second operand.
            largest = _mm512_max_ps(_mm512_abs_ps(load(numbers, vector)), largest);
        }
        _mm512_reduce_max_ps(largest)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn round(numbers: &[f32; GROUP], rounding: Rounding, values: &mut [i8; GROUP]) -> i32 {
        let inverse = _mm512_set1_ps(rounding.inverse);
        let mut sums = _mm512_setzero_si512();
        let (sixteens, _) = values.as_chunks_mut::<16>();
        for (vector, values) in sixteens.iter_mut().enumerate() {
            let scaled = _mm512_mul_ps(load(numbers, vector), inverse);
            let scaled = _mm512_max_ps(scaled, _mm512_set1_ps(-127.0));
            let rounded = _mm512_cvtps_epi32(_mm512_min_ps(scaled, _mm512_set1_ps(127.0)));
            sums = _mm512_add_epi32(sums, rounded);
            let bytes = _mm512_cvtepi32_epi8(rounded);
            #[expect(clippy::cast_ptr_alignment, reason = "the store needs no alignment")]
            let place = values.as_mut_ptr().cast::<__m128i>();
            // SAFETY: these are sixteen bytes.
            unsafe { _mm_storeu_si128(place, bytes) };
        }
        _mm512_reduce_add_epi32(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Activations;

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
        for outlier in tile.outliers {
            let [number] = outlier.rows(0);
            numbers[outlier.group * GROUP + outlier.input] += f64::from(*number);
        }
        numbers
    }

    #[test]
    fn groups_come_back_within_half_a_step_and_outliers_and_rests_as_well() {
        let mut inputs: Vec<f32> = (0..70).map(|i| (i as f32 * 1.3).cos()).collect();
        inputs[40] = 300.0;
        let cases = [
            (Precision::Eight, [1.0, 300.0, 1.0]),
            (Precision::Outliers, [1.0; 3]),
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
