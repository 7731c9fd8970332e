//! A step of an LSTM layer (Hochreiter & Schmidhuber 1997), for several windows side by side: each weight is read once
//! for all of them.

#![expect(
    clippy::inline_always,
    reason = "small pieces that must be compiled for the instructions of their caller"
)]

use super::variant::for_each_variant;

/// Gates of a unit, in `PyTorch`'s order: input, forget, cell, output.
pub(crate) const GATES: usize = 4;
/// Windows that are processed side by side.
pub(crate) const LANES: usize = 16;

/// One number of each window.
pub(crate) type Lanes = [f32; LANES];

for_each_variant! {
    /// One step of an LSTM layer for [`LANES`] windows: `seen` are the layer's inputs and then its outputs of the frame
    /// before, `weights` are `[units][seen][GATES]`; `cells` are the layer's memory, which is changed.
    pub(crate) fn step(
        weights: &[[f32; GATES]],
        bias: &[[f32; GATES]],
        seen: &[Lanes],
        cells: &mut [Lanes],
        outputs: &mut [Lanes],
    ) {
        let units = weights.chunks_exact(seen.len()).zip(bias);
        for (((weights, bias), cell), output) in units.zip(cells).zip(outputs) {
            let mut sums = bias.map(|bias| [bias; LANES]);
            for (weights, seen) in weights.iter().zip(seen) {
                for gate in 0..GATES {
                    for lane in 0..LANES {
                        sums[gate][lane] = multiply_add::<FUSED>(weights[gate], seen[lane], sums[gate][lane]);
                    }
                }
            }
            let [input, forget, candidate, open] = sums;
            for lane in 0..LANES {
                let kept = sigmoid::<FUSED>(forget[lane]) * cell[lane];
                let new = sigmoid::<FUSED>(input[lane]) * tangent::<FUSED>(candidate[lane]);
                cell[lane] = kept + new;
                output[lane] = sigmoid::<FUSED>(open[lane]) * tangent::<FUSED>(cell[lane]);
            }
        }
    }
}

#[inline(always)]
fn multiply_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

#[inline(always)]
fn sigmoid<const FUSED: bool>(x: f32) -> f32 {
    1.0 / (1.0 + exponential::<FUSED>(-x))
}

/// The hyperbolic tangent.
#[inline(always)]
fn tangent<const FUSED: bool>(x: f32) -> f32 {
    2.0 / (1.0 + exponential::<FUSED>(-2.0 * x)) - 1.0
}

/// e to the power of x, of which the size is limited to 80: a power of two times the Taylor series of the rest.
#[inline(always)]
fn exponential<const FUSED: bool>(x: f32) -> f32 {
    /// Added to a small number and taken away again, it rounds it to a whole one.
    const ROUND: f32 = 12_582_912.0;
    /// The logarithm of two in two parts, of which the first has few bits, so that its product is exact.
    const HIGH: f32 = 0.693_359_4;
    const LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-80.0, 80.0);
    let shifted = multiply_add::<FUSED>(x, std::f32::consts::LOG2_E, ROUND);
    let whole = shifted - ROUND;
    let rest = multiply_add::<FUSED>(whole, -LOW, multiply_add::<FUSED>(whole, -HIGH, x));
    let mut power = 1.0 / 720.0;
    for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        power = multiply_add::<FUSED>(power, rest, coefficient);
    }
    // The lowest bits of the shifted number are the whole one, which becomes the exponent.
    power * f32::from_bits((shifted.to_bits().wrapping_add(127)) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_are_exact_to_six_digits() {
        for step in -7000..7000_i16 {
            let x = f32::from(step) / 100.0;
            let exact = f64::from(x).exp();
            for found in [exponential::<false>(x), exponential::<true>(x)] {
                assert!((f64::from(found) / exact - 1.0).abs() < 1e-6, "{x}");
            }
            assert!((f64::from(tangent::<false>(x)) - f64::from(x).tanh()).abs() < 1e-6);
            let exact = 1.0 / (1.0 + f64::from(-x).exp());
            assert!((f64::from(sigmoid::<false>(x)) - exact).abs() < 1e-6);
        }
    }

    #[test]
    fn extremes_stay_finite() {
        for x in [f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN] {
            assert!(exponential::<false>(x).is_finite());
        }
    }
}
