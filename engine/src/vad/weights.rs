//! The published weights -> [`Network`].

use std::{collections::HashMap, fmt::Display, path::Path};

use candle_core::{Device, Tensor, safetensors};

use super::network::{Convolution, FREQUENCIES, Network, TAPS, TRANSFORM, UNITS};
use crate::{Error, Result};

/// Inputs, outputs and stride of the four convolutions.
const CONVOLUTIONS: [(usize, usize, usize); 4] = [
    (FREQUENCIES, 128, 1),
    (128, 64, 2),
    (64, 64, 2),
    (64, UNITS, 1),
];

/// Reads the file.
pub(super) fn read(path: &Path) -> Result<Network> {
    let bytes = std::fs::read(path).map_err(|source| Error::Io {
        path: path.to_path_buf(),
        source,
    })?;
    let tensors = safetensors::load_buffer(&bytes, &Device::Cpu).map_err(failed)?;
    let tensors = Tensors(tensors);
    let convolution = |number: usize| -> Result<Convolution> {
        let (inputs, outputs, stride) = CONVOLUTIONS[number];
        let weights = tensors.values(
            &format!("conv{}.weight", number + 1),
            &[outputs, inputs, TAPS],
        )?;
        Ok(Convolution {
            weights: taps_before_inputs(&weights, inputs),
            bias: tensors.values(&format!("conv{}.bias", number + 1), &[outputs])?,
            inputs,
            stride,
        })
    };
    let gates = [4 * UNITS, UNITS];
    let bias = tensors.values("lstm_cell.bias_ih", &gates[..1])?;
    let other_bias = tensors.values("lstm_cell.bias_hh", &gates[..1])?;
    let output_bias = tensors.values("final_conv.bias", &[1])?;
    Ok(Network {
        transform: tensors.values("stft_conv.weight", &[2 * FREQUENCIES, 1, TRANSFORM])?,
        convolutions: [
            convolution(0)?,
            convolution(1)?,
            convolution(2)?,
            convolution(3)?,
        ],
        from_input: tensors.values("lstm_cell.weight_ih", &gates)?,
        from_memory: tensors.values("lstm_cell.weight_hh", &gates)?,
        gate_bias: bias.iter().zip(&other_bias).map(|(a, b)| a + b).collect(),
        output: tensors.values("final_conv.weight", &[1, UNITS, 1])?,
        output_bias: output_bias[0],
    })
}

struct Tensors(HashMap<String, Tensor>);

impl Tensors {
    /// A tensor that must have this shape.
    fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let tensor = self
            .0
            .get(name)
            .ok_or_else(|| failed(format!("there is no {name}")))?;
        if tensor.dims() != shape {
            let found = tensor.dims();
            return Err(failed(format!("{name} is {found:?} instead of {shape:?}")));
        }
        let flat = tensor.flatten_all().map_err(failed)?;
        flat.to_vec1().map_err(failed)
    }
}

/// `[outputs][inputs][taps]` -> `[outputs][taps][inputs]`: what is multiplied together lies together.
fn taps_before_inputs(weights: &[f32], inputs: usize) -> Vec<f32> {
    weights
        .chunks_exact(inputs * TAPS)
        .flat_map(|row| (0..TAPS).flat_map(move |tap| row[tap..].iter().step_by(TAPS).copied()))
        .collect()
}

fn failed(source: impl Display) -> Error {
    Error::backend("the voice activity detector", source)
}
