//! What happens to a row of numbers between two products.
//!
//! Each function is plain Rust, written in lanes so that the compiler makes vectors of it, and
//! compiled once for every variant.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is not compiled for the variant that calls it"
)]

use super::variant::for_each_variant;

/// Numbers that are worked on side by side.
pub(super) const LANES: usize = 16;
/// 1.5 * 2^23: a number around zero is rounded when this is added.
pub(super) const ROUND: f32 = 12_582_912.0;

for_each_variant! {
    /// Root-mean-square normalisation (Zhang and Sennrich 2019): each number over the root of the
    /// mean square plus `epsilon`, times its weight.
    pub(crate) fn rms_norm(input: &[f32], weights: &[f32], epsilon: f32, output: &mut [f32]) {
        let square = sum_of(input, |value| value * value) / input.len().max(1) as f32;
        let factor = 1.0 / (square + epsilon).sqrt();
        for ((output, input), weight) in output.iter_mut().zip(input).zip(weights) {
            *output = input * factor * weight;
        }
    }
}

for_each_variant! {
    /// Layer normalisation (Ba et al. 2016), in place: each number minus the mean, over the root
    /// of the variance plus `epsilon`, times its weight, plus its bias.
    pub(crate) fn layer_norm(row: &mut [f32], weights: &[f32], biases: &[f32], epsilon: f32) {
        let count = row.len().max(1) as f32;
        let mean = sum_of(row, |value| value) / count;
        let variance = sum_of(row, |value| (value - mean) * (value - mean)) / count;
        let factor = 1.0 / (variance + epsilon).sqrt();
        for ((value, weight), bias) in row.iter_mut().zip(weights).zip(biases) {
            *value = (*value - mean) * factor * weight + bias;
        }
    }
}

for_each_variant! {
    /// The Gaussian error linear unit (Hendrycks and Gimpel 2016) of each number plus its bias, in
    /// place.
    pub(crate) fn gelu(row: &mut [f32], biases: &[f32]) {
        for (value, bias) in row.iter_mut().zip(biases) {
            let x = *value + bias;
            *value = 0.5 * x * (1.0 + error_function::<FUSED>(x * std::f32::consts::FRAC_1_SQRT_2));
        }
    }
}

for_each_variant! {
    /// `gate` becomes `silu(gate) * up`.
    pub(crate) fn silu_times(gate: &mut [f32], up: &[f32]) {
        for (gate, up) in gate.iter_mut().zip(up) {
            *gate = *gate / (1.0 + exponential::<FUSED>(-*gate)) * up;
        }
    }
}

for_each_variant! {
    /// Scores, a multiple of [`LANES`] of them, become `e` to the power of their distance from the
    /// largest of them and of `before`. Gives that largest score and the sum of what they became.
    pub(crate) fn weigh(scores: &mut [f32], before: f32) -> (f32, f32) {
        let (lanes, _) = scores.as_chunks_mut::<LANES>();
        let mut largest = [before; LANES];
        for scores in &*lanes {
            for (largest, score) in largest.iter_mut().zip(scores) {
                *largest = if *score > *largest { *score } else { *largest };
            }
        }
        let largest = across(largest, |a, b| if b > a { b } else { a });
        let mut sums = [0.0; LANES];
        for scores in lanes {
            for (sum, score) in sums.iter_mut().zip(scores) {
                *score = exponential::<FUSED>(*score - largest);
                *sum += *score;
            }
        }
        (largest, across(sums, |a, b| a + b))
    }
}

for_each_variant! {
    /// Multiplies every number.
    pub(crate) fn scale(row: &mut [f32], factor: f32) {
        for value in row {
            *value *= factor;
        }
    }
}

for_each_variant! {
    /// Adds the numbers of `addend`.
    pub(crate) fn add(row: &mut [f32], addend: &[f32]) {
        for (value, addend) in row.iter_mut().zip(addend) {
            *value += addend;
        }
    }
}

#[inline(always)]
pub(super) fn sum_of(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += of(*value);
        }
    }
    across(sums, |a, b| a + b) + rest.iter().map(|value| of(*value)).sum::<f32>()
}

/// All lanes joined, half of them at a time: what follows one another takes longer.
#[inline(always)]
fn across(lanes: [f32; LANES], join: impl Fn(f32, f32) -> f32) -> f32 {
    let eight: [f32; 8] = std::array::from_fn(|lane| join(lanes[lane], lanes[lane + 8]));
    let four: [f32; 4] = std::array::from_fn(|lane| join(eight[lane], eight[lane + 4]));
    join(join(four[0], four[2]), join(four[1], four[3]))
}

/// `a * b + c`.
#[inline(always)]
pub(super) fn multiply_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// e to the power of `x`, without branches: 2 to the power of an integer times a polynomial of
/// the rest in `[-ln 2 / 2, ln 2 / 2]`, whose coefficients are those of the Taylor series. The
/// relative error is below 3e-7; below -87 the result is about 1e-38 rather than smaller.
#[inline(always)]
pub(super) fn exponential<const FUSED: bool>(x: f32) -> f32 {
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = multiply_add::<FUSED>(x, std::f32::consts::LOG2_E, ROUND);
    let whole = shifted - ROUND;
    let rest = multiply_add::<FUSED>(whole, -LN_2_HIGH, x);
    let rest = multiply_add::<FUSED>(whole, -LN_2_LOW, rest);
    let series = [
        1.0 / 5040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ];
    let power = series.iter().fold(0.0, |sum, coefficient| {
        multiply_add::<FUSED>(sum, rest, *coefficient)
    });
    let exponent = (shifted.to_bits().cast_signed()).wrapping_sub(ROUND.to_bits().cast_signed());
    power * f32::from_bits(((exponent + 127) << 23) as u32)
}

/// The error function as a ratio of polynomials, without branches. The coefficients are those of
/// Eigen's `erf` for 32-bit floats; the error is below 5e-7.
#[inline(always)]
fn error_function<const FUSED: bool>(x: f32) -> f32 {
    const NUMERATOR: [f32; 7] = [
        -2.726_142_3e-10,
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_5e-5,
        -7.349_906e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const DENOMINATOR: [f32; 5] = [
        -1.456_607_2e-5,
        -2.133_740_6e-4,
        -1.682_827e-3,
        -7.373_329_2e-3,
        -1.426_473_9e-2,
    ];
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let horner = |coefficients: &[f32]| {
        coefficients.iter().fold(0.0, |sum, coefficient| {
            multiply_add::<FUSED>(sum, square, *coefficient)
        })
    };
    x * horner(&NUMERATOR) / horner(&DENOMINATOR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Variant;

    #[test]
    fn the_exponential_is_exact_to_seven_digits() {
        for step in -8700..=8800 {
            let x = step as f32 / 100.0;
            for found in [exponential::<false>(x), exponential::<true>(x)] {
                let error = (f64::from(found) / f64::from(x).exp() - 1.0).abs();
                assert!(error < 4e-7, "{x}: {error}");
            }
        }
    }

    #[test]
    fn every_variant_normalises_weighs_and_gates_alike() {
        let input: Vec<f32> = (0..77).map(|i| (i as f32 * 0.7).sin() * 3.0).collect();
        let weights: Vec<f32> = (0..77).map(|i| 1.0 + i as f32 * 0.01).collect();
        for variant in Variant::available() {
            let mut output = vec![0.0; 77];
            rms_norm(variant, &input, &weights, 1e-5, &mut output);
            let square: f64 = input.iter().map(|x| f64::from(x * x)).sum::<f64>() / 77.0;
            let exact = f64::from(input[5] * weights[5]) / (square + 1e-5).sqrt();
            assert!((f64::from(output[5]) - exact).abs() < 1e-5);

            let mut scores: [f32; LANES] = std::array::from_fn(|i| input[i]);
            let (largest, total) = weigh(variant, &mut scores, -1e30);
            assert!(input[..LANES].iter().all(|score| *score <= largest));
            assert!((scores.iter().sum::<f32>() - total).abs() < 1e-5);
            let ratio = scores[3] / scores[4];
            assert!((ratio / (input[3] - input[4]).exp() - 1.0).abs() < 1e-5);
            scale(variant, &mut scores, 1.0 / total);
            assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-5);

            let mut gate = input.clone();
            silu_times(variant, &mut gate, &weights);
            let exact = input[9] / (1.0 + (-input[9]).exp()) * weights[9];
            assert!((gate[9] - exact).abs() < 1e-5);
        }
    }
}
