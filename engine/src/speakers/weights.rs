//! Resemblyzer's published weights -> [`Network`].

use std::{fs::File, io::Read, path::Path};

use super::{
    DIMENSIONS,
    error::{Error, Result},
    mel::BANDS,
    network::{Layer, Network, UNITS},
    pickle::{self, Tensors},
};
use crate::kernel::lstm::GATES;

/// Bytes of the file that are read, at most; the published one has 17 million.
const LARGEST: u64 = 64 << 20;

/// Reads the file.
pub(super) fn read(path: &Path) -> Result<Network> {
    let io = |source| Error::Io {
        path: path.to_path_buf(),
        source,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(io)?;
    file.take(LARGEST).read_to_end(&mut bytes).map_err(io)?;
    let tensors = pickle::read(&bytes)?;
    Ok(Network {
        layers: [
            layer(&tensors, 0, BANDS)?,
            layer(&tensors, 1, UNITS)?,
            layer(&tensors, 2, UNITS)?,
        ],
        projection: tensors.values("linear.weight", &[DIMENSIONS, UNITS])?,
        bias: tensors.values("linear.bias", &[DIMENSIONS])?,
    })
}

fn layer(tensors: &Tensors<'_>, number: usize, inputs: usize) -> Result<Layer> {
    let rows = GATES * UNITS;
    let named =
        |name: &str, shape: &[usize]| tensors.values(&format!("lstm.{name}_l{number}"), shape);
    let from_input = named("weight_ih", &[rows, inputs])?;
    let from_hidden = named("weight_hh", &[rows, UNITS])?;
    let bias = named("bias_ih", &[rows])?;
    let other_bias = named("bias_hh", &[rows])?;
    let bias: Vec<f32> = bias.iter().zip(&other_bias).map(|(a, b)| a + b).collect();
    let unit = |unit: usize| {
        let inputs = gates_of(unit, &from_input, inputs);
        inputs.chain(gates_of(unit, &from_hidden, UNITS))
    };
    Ok(Layer {
        inputs,
        weights: (0..UNITS).flat_map(unit).collect(),
        bias: (0..UNITS)
            .map(|unit| std::array::from_fn(|gate| bias[gate * UNITS + unit]))
            .collect(),
    })
}

/// `[GATES * UNITS][columns]` -> `[columns][GATES]` of one unit: what is used together lies together.
fn gates_of(unit: usize, weights: &[f32], columns: usize) -> impl Iterator<Item = [f32; GATES]> {
    let place = move |gate: usize, column: usize| (gate * UNITS + unit) * columns + column;
    (0..columns).map(move |column| std::array::from_fn(|gate| weights[place(gate, column)]))
}
