//! The weights of a network, checked against its shape and packed for the kernels.

use super::{config::Config, rotation::Rotation};
use crate::{
    Result,
    generate::{
        gguf::{
            Gguf, Tensor,
            blocks::{self, Packing},
        },
        metadata::damaged,
    },
    kernel::{GROUP, Matrix, Pool},
};

/// One layer.
pub(super) struct Layer {
    pub(super) attention_norm: Vec<f32>,
    pub(super) query: Projection,
    pub(super) key: Projection,
    pub(super) value: Projection,
    pub(super) mix: Matrix,
    pub(super) feed_norm: Vec<f32>,
    pub(super) gate: Matrix,
    pub(super) up: Matrix,
    pub(super) down: Matrix,
}

/// A product, and what is added to it.
pub(super) struct Projection {
    pub(super) matrix: Matrix,
    pub(super) bias: Option<Vec<f32>>,
}

/// Reads weights from a file by name.
pub(super) struct Reader<'a> {
    pub(super) file: &'a Gguf,
    pub(super) pool: &'a Pool,
}

impl Layer {
    pub(super) fn read(reader: &Reader<'_>, config: &Config, number: usize) -> Result<Self> {
        let name = |part: &str| format!("blk.{number}.{part}");
        let vector = |part: &str| reader.vector(&name(part), config.width);
        let matrix = |part: &str, outputs, inputs| reader.matrix(&name(part), outputs, inputs);
        let projection = |part: &str, outputs| -> Result<Projection> {
            let bias = name(&format!("{part}.bias"));
            let bias = reader.file.tensor(&bias).is_some().then_some(bias);
            Ok(Projection {
                matrix: matrix(&format!("{part}.weight"), outputs, config.width)?,
                bias: bias.map(|bias| reader.vector(&bias, outputs)).transpose()?,
            })
        };
        let (width, feed_forward) = (config.width, config.feed_forward);
        Ok(Self {
            attention_norm: vector("attn_norm.weight")?,
            query: projection("attn_q", config.query_width())?,
            key: projection("attn_k", config.kv_width())?,
            value: projection("attn_v", config.kv_width())?,
            mix: matrix("attn_output.weight", width, config.query_width())?,
            feed_norm: vector("ffn_norm.weight")?,
            gate: matrix("ffn_gate.weight", feed_forward, width)?,
            up: matrix("ffn_up.weight", feed_forward, width)?,
            down: matrix("ffn_down.weight", width, feed_forward)?,
        })
    }

    /// Bytes of its packed weights.
    pub(super) fn bytes(&self) -> usize {
        let projections = [&self.query, &self.key, &self.value].map(|part| &part.matrix);
        let matrices = [&self.mix, &self.gate, &self.up, &self.down];
        projections
            .iter()
            .chain(&matrices)
            .map(|matrix| matrix.bytes())
            .sum()
    }
}

impl Reader<'_> {
    /// Packs a matrix: weights of four and five bits keep their values, the others have eight.
    pub(super) fn matrix(&self, name: &str, outputs: usize, inputs: usize) -> Result<Matrix> {
        let tensor = self.tensor(name, &[inputs, outputs])?;
        let rows = Rows::new(self.file, tensor);
        let format = tensor.format;
        let affine = |output, group| blocks::affine_group(format, rows.row(output), group);
        let matrix = match blocks::packing(format) {
            Packing::Four => Matrix::four(self.pool, outputs, inputs, affine),
            Packing::Five => Matrix::five(self.pool, outputs, inputs, affine),
            Packing::Eight => Matrix::eight(self.pool, outputs, inputs, |output, group| {
                blocks::eight_group(format, rows.row(output), group)
            }),
        };
        self.file.release(tensor);
        Ok(matrix)
    }

    /// A vector of numbers.
    pub(super) fn vector(&self, name: &str, length: usize) -> Result<Vec<f32>> {
        let tensor = self.tensor(name, &[length])?;
        let mut numbers = vec![0.0; length];
        Rows::new(self.file, tensor).numbers(0, &mut numbers);
        Ok(numbers)
    }

    /// The rotation, with the model's own factors if it has some.
    pub(super) fn rotation(&self, config: &Config) -> Result<Rotation> {
        let name = "rope_freqs.weight";
        let factors = match self.file.tensor(name) {
            Some(_) => Some(self.vector(name, config.head_width / 2)?),
            None => None,
        };
        let usable = |factor: &f32| factor.is_finite() && *factor > 0.0;
        if !factors.iter().flatten().all(usable) {
            return Err(damaged(format!("`{name}` holds unusable factors")));
        }
        Ok(Rotation::new(
            config.pairing,
            config.head_width,
            config.rotation_base,
            config.rotation_scale,
            factors.as_deref(),
        ))
    }

    /// The tensor, if it has this shape.
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<&Tensor> {
        let tensor = self
            .file
            .tensor(name)
            .ok_or_else(|| damaged(format!("the tensor `{name}` is missing")))?;
        if tensor.shape == shape {
            Ok(tensor)
        } else {
            Err(damaged(format!(
                "`{name}` has the shape {:?}; its header asks for {shape:?}",
                tensor.shape
            )))
        }
    }
}

/// Rows of numbers as they lie in the file.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    tensor: &'a Tensor,
    bytes: &'a [u8],
    row_bytes: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(file: &'a Gguf, tensor: &'a Tensor) -> Self {
        let inputs = tensor.shape.first().copied().unwrap_or(0);
        Self {
            tensor,
            bytes: file.bytes(tensor),
            row_bytes: inputs / tensor.format.block() * tensor.format.bytes(),
        }
    }

    fn row(&self, row: usize) -> &'a [u8] {
        &self.bytes[row * self.row_bytes..][..self.row_bytes]
    }

    /// The row's numbers.
    pub(super) fn numbers(&self, row: usize, numbers: &mut [f32]) {
        let bytes = self.row(row);
        for (group, numbers) in numbers.chunks_mut(GROUP).enumerate() {
            let found = blocks::numbers(self.tensor.format, bytes, group);
            numbers.copy_from_slice(&found[..numbers.len()]);
        }
    }
}
