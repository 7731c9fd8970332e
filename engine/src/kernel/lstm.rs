//! A step of an LSTM layer (Hochreiter & Schmidhuber 1997), for several windows side by side: each weight is read once
//! for all of them.

#![expect(
    clippy::inline_always,
    reason = "small pieces that must be compiled for the instructions of their caller"
)]

use super::{
    row::{exponential, multiply_add},
    variant::for_each_variant,
};

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
fn sigmoid<const FUSED: bool>(x: f32) -> f32 {
    1.0 / (1.0 + exponential::<FUSED>(-x))
}

/// The hyperbolic tangent.
#[inline(always)]
fn tangent<const FUSED: bool>(x: f32) -> f32 {
    2.0 / (1.0 + exponential::<FUSED>(-2.0 * x)) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_are_exact_to_six_digits() {
        for step in -7000..7000_i16 {
            let x = f32::from(step) / 100.0;
            assert!((f64::from(tangent::<false>(x)) - f64::from(x).tanh()).abs() < 1e-6);
            let exact = 1.0 / (1.0 + f64::from(-x).exp());
            assert!((f64::from(sigmoid::<false>(x)) - exact).abs() < 1e-6);
        }
    }

    #[test]
    fn extremes_stay_finite() {
        for x in [f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN] {
            assert!(sigmoid::<false>(x).is_finite() && tangent::<true>(x).is_finite());
        }
    }
}
