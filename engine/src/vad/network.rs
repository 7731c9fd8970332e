//! The network, one window at a time.

use super::WINDOW;

/// Samples before the window that it is judged with.
const CONTEXT: usize = 64;
/// What the window is mirrored by at its end.
const MIRRORED: usize = 64;
/// Samples of one Fourier transform, and from one to the next.
pub(super) const TRANSFORM: usize = 256;
const HOP: usize = 128;
/// Fourier transforms of a window.
const FRAMES: usize = (CONTEXT + WINDOW + MIRRORED - TRANSFORM) / HOP + 1;
/// Frequencies of a transform: real parts, then as many imaginary ones.
pub(super) const FREQUENCIES: usize = 129;
/// Units of the LSTM cell.
pub(super) const UNITS: usize = 128;
/// Inputs before and after the one that a convolution is about, itself included.
pub(super) const TAPS: usize = 3;

/// A convolution over frames with [`TAPS`] taps and one frame of zeros at each end, then a ramp
/// function.
pub(super) struct Convolution {
    /// `[outputs][TAPS][inputs]`.
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) inputs: usize,
    /// Frames from one output to the next.
    pub(super) stride: usize,
}

/// All weights.
pub(super) struct Network {
    /// `[2 * FREQUENCIES][TRANSFORM]`, the window function included.
    pub(super) transform: Vec<f32>,
    pub(super) convolutions: [Convolution; 4],
    /// `[4 * UNITS][UNITS]` each: input, forget, cell and output gate.
    pub(super) from_input: Vec<f32>,
    pub(super) from_memory: Vec<f32>,
    /// Both biases added.
    pub(super) gate_bias: Vec<f32>,
    pub(super) output: Vec<f32>,
    pub(super) output_bias: f32,
}

/// What a stream remembers.
pub(super) struct Memory {
    context: [f32; CONTEXT],
    hidden: [f32; UNITS],
    cell: [f32; UNITS],
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            context: [0.0; CONTEXT],
            hidden: [0.0; UNITS],
            cell: [0.0; UNITS],
        }
    }
}

impl Network {
    /// The probability in `[0, 1]` that somebody speaks in the window.
    pub(super) fn probability(&self, memory: &mut Memory, window: &[f32; WINDOW]) -> f32 {
        let mut frames = self.spectrum(&memory.context, window);
        memory.context.copy_from_slice(&window[WINDOW - CONTEXT..]);
        for convolution in &self.convolutions {
            frames = convolution.run(&frames);
        }
        self.remember(memory, &frames);
        let heard: [f32; UNITS] = memory.hidden.map(|unit| unit.max(0.0));
        sigmoid(dot(&heard, &self.output) + self.output_bias)
    }

    /// Magnitudes, `[FRAMES][FREQUENCIES]`.
    fn spectrum(&self, context: &[f32; CONTEXT], window: &[f32; WINDOW]) -> Vec<f32> {
        let mut samples = [0.0; CONTEXT + WINDOW + MIRRORED];
        samples[..CONTEXT].copy_from_slice(context);
        samples[CONTEXT..CONTEXT + WINDOW].copy_from_slice(window);
        for (index, sample) in samples[CONTEXT + WINDOW..].iter_mut().enumerate() {
            // The last sample itself is not said twice.
            *sample = window[WINDOW - 2 - index];
        }
        let mut magnitudes = Vec::with_capacity(FRAMES * FREQUENCIES);
        for frame in 0..FRAMES {
            let piece = &samples[frame * HOP..frame * HOP + TRANSFORM];
            magnitudes.extend((0..FREQUENCIES).map(|frequency| {
                let part = |row: usize| {
                    dot(
                        &self.transform[row * TRANSFORM..(row + 1) * TRANSFORM],
                        piece,
                    )
                };
                part(frequency).hypot(part(FREQUENCIES + frequency))
            }));
        }
        magnitudes
    }

    /// One step of the LSTM cell (Hochreiter & Schmidhuber 1997, with the forget gate of Gers 2000).
    fn remember(&self, memory: &mut Memory, input: &[f32]) {
        let gate = |row: usize, hidden: &[f32; UNITS]| {
            let weights = row * UNITS..(row + 1) * UNITS;
            self.gate_bias[row]
                + dot(&self.from_input[weights.clone()], input)
                + dot(&self.from_memory[weights], hidden)
        };
        let before = memory.hidden;
        for unit in 0..UNITS {
            let kept = sigmoid(gate(UNITS + unit, &before)) * memory.cell[unit];
            let new = sigmoid(gate(unit, &before)) * gate(2 * UNITS + unit, &before).tanh();
            memory.cell[unit] = kept + new;
            memory.hidden[unit] =
                sigmoid(gate(3 * UNITS + unit, &before)) * memory.cell[unit].tanh();
        }
    }
}

impl Convolution {
    /// `[frames][inputs]` -> `[frames / stride, rounded up][outputs]`.
    fn run(&self, frames: &[f32]) -> Vec<f32> {
        let count = frames.len() / self.inputs;
        let mut outputs = Vec::with_capacity(count.div_ceil(self.stride) * self.bias.len());
        for middle in (0..count).step_by(self.stride) {
            // The taps that lie within; the others meet zeros.
            let first = middle.saturating_sub(1);
            let last = (middle + 1).min(count - 1);
            let seen = &frames[first * self.inputs..(last + 1) * self.inputs];
            let skipped = (first + 1 - middle) * self.inputs;
            let rows = self.weights.chunks_exact(TAPS * self.inputs);
            outputs.extend(rows.zip(&self.bias).map(|(row, bias)| {
                (dot(&row[skipped..skipped + seen.len()], seen) + bias).max(0.0)
            }));
        }
        outputs
    }
}

/// Sixteen sums side by side, which the compiler keeps in vectors.
fn dot(left: &[f32], right: &[f32]) -> f32 {
    const LANES: usize = 16;
    let (left, left_rest) = left.as_chunks::<LANES>();
    let (right, right_rest) = right.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (left, right) in left.iter().zip(right) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    let rest = left_rest.iter().zip(right_rest);
    sums.iter().sum::<f32>() + rest.map(|(left, right)| left * right).sum::<f32>()
}

fn sigmoid(value: f32) -> f32 {
    1.0 / (1.0 + (-value).exp())
}
