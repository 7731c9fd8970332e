//! A file's tensors -> matrices and vectors, packed for the kernels.

use super::{
    damaged,
    ggml::{Model, Tensor},
};
use crate::{
    Result,
    kernel::{EightGroup, GROUP, Matrix, Pool},
};

/// A product and what is added to it.
pub(super) struct Linear {
    pub(super) matrix: Matrix,
    pub(super) bias: Vec<f32>,
}

/// A layer normalisation.
pub(super) struct Norm {
    pub(super) weights: Vec<f32>,
    pub(super) biases: Vec<f32>,
}

/// Attention within the rows. The values' bias is part of the output's: the weights of a mixture sum to one, so it
/// goes through unchanged. Keys have no bias, which would add the same to all scores of a query.
pub(super) struct SelfAttention {
    pub(super) norm: Norm,
    /// Query, scaled already, key and value in one matrix.
    pub(super) projections: Matrix,
    pub(super) query_bias: Vec<f32>,
    pub(super) output: Linear,
}

/// Attention to what the encoder heard.
pub(super) struct CrossAttention {
    pub(super) norm: Norm,
    /// Scaled already.
    pub(super) query: Linear,
    /// Key and value in one matrix, of what the encoder gave.
    pub(super) heard: Matrix,
    pub(super) output: Linear,
}

/// Two products with an activation between them.
pub(super) struct FeedForward {
    pub(super) norm: Norm,
    pub(super) expand: Linear,
    pub(super) contract: Linear,
}

/// Reads from a file.
pub(super) struct Reader<'a> {
    pub(super) file: &'a Model<'a>,
    pub(super) pool: &'a Pool,
    /// Numbers of a row.
    pub(super) width: usize,
    pub(super) heads: usize,
}

impl<'a> Reader<'a> {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor<'a>> {
        self.file.tensor(name, shape).map_err(damaged)
    }

    /// The numbers of a tensor of this shape, the fastest dimension first.
    pub(super) fn numbers(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        Ok(self.tensor(name, shape)?.numbers())
    }

    pub(super) fn norm(&self, name: &str) -> Result<Norm> {
        Ok(Norm {
            weights: self.numbers(&format!("{name}.weight"), &[self.width])?,
            biases: self.numbers(&format!("{name}.bias"), &[self.width])?,
        })
    }

    /// A matrix of weights as the file has them.
    pub(super) fn matrix(&self, name: &str, outputs: usize, inputs: usize) -> Result<Matrix> {
        let rows = Rows::read(self.tensor(name, &[inputs, outputs])?, inputs)?;
        Ok(self.pack(&[(rows, 1.0)], outputs, inputs))
    }

    fn linear(&self, name: &str, outputs: usize, inputs: usize) -> Result<Linear> {
        Ok(Linear {
            matrix: self.matrix(&format!("{name}.weight"), outputs, inputs)?,
            bias: self.numbers(&format!("{name}.bias"), &[outputs])?,
        })
    }

    /// A convolution over three neighbouring rows: inputs are `[tap][input]`.
    pub(super) fn convolution(&self, name: &str, inputs: usize) -> Result<Linear> {
        const TAPS: usize = 3;
        let outputs = self.width;
        let weights = self.numbers(&format!("{name}.weight"), &[TAPS, inputs, outputs])?;
        let by_tap: Vec<f32> = weights
            .chunks_exact(TAPS * inputs)
            .flat_map(|row| (0..TAPS).flat_map(move |tap| row[tap..].iter().step_by(TAPS).copied()))
            .collect();
        let row = |output: usize| &by_tap[output * TAPS * inputs..][..TAPS * inputs];
        let matrix = Matrix::eight(self.pool, outputs, TAPS * inputs, |output, group| {
            let mut numbers = [0.0; GROUP];
            let found = row(output)[group * GROUP..].iter().take(GROUP);
            for (number, found) in numbers.iter_mut().zip(found) {
                *number = *found;
            }
            EightGroup::nearest(&numbers)
        });
        let bias = self.numbers(&format!("{name}.bias"), &[1, outputs])?;
        Ok(Linear { matrix, bias })
    }

    pub(super) fn self_attention(&self, layer: &str) -> Result<SelfAttention> {
        let rows = |name: &str| self.square(&format!("{layer}.attn.{name}.weight"));
        let parts = [
            (rows("query")?, self.scale()),
            (rows("key")?, 1.0),
            (rows("value")?, 1.0),
        ];
        Ok(SelfAttention {
            norm: self.norm(&format!("{layer}.attn_ln"))?,
            projections: self.pack(&parts, 3 * self.width, self.width),
            query_bias: self.query_bias(&format!("{layer}.attn"))?,
            output: self.attention_output(&format!("{layer}.attn"))?,
        })
    }

    pub(super) fn cross_attention(&self, layer: &str) -> Result<CrossAttention> {
        let part = format!("{layer}.cross_attn");
        let rows = |name: &str| self.square(&format!("{part}.{name}.weight"));
        let query = self.pack(&[(rows("query")?, self.scale())], self.width, self.width);
        let heard = [(rows("key")?, 1.0), (rows("value")?, 1.0)];
        Ok(CrossAttention {
            norm: self.norm(&format!("{layer}.cross_attn_ln"))?,
            query: Linear {
                matrix: query,
                bias: self.query_bias(&part)?,
            },
            heard: self.pack(&heard, 2 * self.width, self.width),
            output: self.attention_output(&part)?,
        })
    }

    pub(super) fn feed_forward(&self, layer: &str) -> Result<FeedForward> {
        let wide = 4 * self.width;
        Ok(FeedForward {
            norm: self.norm(&format!("{layer}.mlp_ln"))?,
            expand: self.linear(&format!("{layer}.mlp.0"), wide, self.width)?,
            contract: self.linear(&format!("{layer}.mlp.2"), self.width, wide)?,
        })
    }

    /// What scores are multiplied by: one over the root of a head's width.
    fn scale(&self) -> f32 {
        1.0 / ((self.width / self.heads) as f32).sqrt()
    }

    fn square(&self, name: &str) -> Result<Rows> {
        let tensor = self.tensor(name, &[self.width, self.width])?;
        Rows::read(tensor, self.width)
    }

    fn query_bias(&self, part: &str) -> Result<Vec<f32>> {
        let mut bias = self.numbers(&format!("{part}.query.bias"), &[self.width])?;
        for number in &mut bias {
            *number *= self.scale();
        }
        Ok(bias)
    }

    fn attention_output(&self, part: &str) -> Result<Linear> {
        let name = format!("{part}.out");
        let mut linear = self.linear(&name, self.width, self.width)?;
        let weights = self.numbers(&format!("{name}.weight"), &[self.width, self.width])?;
        let values = self.numbers(&format!("{part}.value.bias"), &[self.width])?;
        for (bias, weights) in linear.bias.iter_mut().zip(weights.chunks(self.width)) {
            let products = weights.iter().zip(&values);
            *bias += products.map(|(weight, value)| weight * value).sum::<f32>();
        }
        Ok(linear)
    }

    /// Rows of several tensors below one another, those of each times a factor.
    fn pack(&self, parts: &[(Rows, f32)], outputs: usize, inputs: usize) -> Matrix {
        let each = outputs / parts.len();
        Matrix::eight(self.pool, outputs, inputs, |output, group| {
            let (rows, factor) = &parts[output / each];
            rows.group(output % each, group, *factor)
        })
    }
}

/// Groups of a tensor's rows.
struct Rows {
    groups: Vec<EightGroup>,
    /// In a row.
    each: usize,
}

impl Rows {
    fn read(tensor: Tensor<'_>, inputs: usize) -> Result<Self> {
        let groups = tensor.eight_groups().map_err(damaged)?;
        Ok(Self {
            groups: groups
                .map(|(scale, quants)| EightGroup { quants, scale })
                .collect(),
            each: inputs.div_ceil(GROUP),
        })
    }

    fn group(&self, row: usize, group: usize, factor: f32) -> EightGroup {
        let EightGroup { quants, scale } = self.groups[row * self.each + group];
        let scale = half::f16::from_f32(scale.to_f32() * factor);
        EightGroup { quants, scale }
    }
}
