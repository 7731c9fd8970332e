//! `CTranslate2` Whisper -> whisper.cpp's GGML.
//!
//! `CTranslate2` fuses projections that read the same input; here their rows are split again.
//! The fused self-attention and cross-attention biases hold zeros for the key, which Whisper
//! has no bias for. Convolution biases become columns. Position embeddings, biases and norms
//! stay f32, convolutions f16; every other matrix takes the requested format.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

use super::ctranslate::Model;
use super::ggml::{self, Dimensions, Tensor};
use super::quantise::{BLOCK, Encoding};
use super::vocabulary;
use crate::catalog::WhisperFormat;
use crate::{Error, Result};

/// The largest Whisper has 32 on each side.
const MOST_LAYERS: usize = 1024;

/// What to convert.
pub(crate) struct Conversion<'a> {
    /// The whole `model.bin`.
    pub(crate) model: &'a Path,
    /// Its `vocabulary.txt`.
    pub(crate) vocabulary: &'a Path,
    /// Format of the matrices.
    pub(crate) format: WhisperFormat,
}

/// Writes the model as GGML; `step` gets done and total tensors and may stop the work.
///
/// # Errors
/// [`Error::Format`] when the input is no Whisper model, [`Error::Io`], or what `step` gives.
pub(crate) fn convert(
    conversion: &Conversion<'_>,
    output: &mut dyn Write,
    step: &mut dyn FnMut(u64, u64) -> Result<()>,
) -> Result<()> {
    let format = |reason: String| Error::Format {
        path: conversion.model.to_path_buf(),
        format: "CTranslate2 Whisper model",
        reason,
    };
    let text =
        std::fs::read_to_string(conversion.vocabulary).map_err(Error::io(conversion.vocabulary))?;
    let tokens = vocabulary::tokens(&text).map_err(|reason| Error::Format {
        path: conversion.vocabulary.to_path_buf(),
        format: "Whisper vocabulary",
        reason,
    })?;
    let file = File::open(conversion.model).map_err(Error::io(conversion.model))?;
    let length = file.metadata().map_err(Error::io(conversion.model))?.len();
    let mut model =
        Model::open(BufReader::new(file), length).map_err(|error| format(error.to_string()))?;
    let dimensions = dimensions(&mut model).map_err(|error| format(error.to_string()))?;
    check(&dimensions, tokens.len()).map_err(format)?;
    let plan = plan(&dimensions);
    let mut output = BufWriter::with_capacity(1 << 20, output);
    let written = |error: io::Error| match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => format(error.to_string()),
        _ => Error::io(conversion.model)(error),
    };
    let file_type = match conversion.format {
        WhisperFormat::F16 => 1,
        WhisperFormat::Q8_0 => 2007,
    };
    ggml::write_header(&mut output, &dimensions, file_type, &tokens).map_err(written)?;
    for (done, group) in plan.iter().enumerate() {
        step(done as u64, plan.len() as u64)?;
        group
            .write(&mut model, conversion.format, &mut output)
            .map_err(written)?;
    }
    output.flush().map_err(written)
}

fn dimensions<R: Read + Seek>(model: &mut Model<R>) -> io::Result<Dimensions> {
    let layers = |model: &Model<R>, side: &str| {
        (0..MOST_LAYERS)
            .take_while(|layer| {
                let probe = format!("{side}/layer_{layer}/ffn/linear_0/weight");
                model.find(&probe).is_some()
            })
            .count()
    };
    let shape = |model: &Model<R>, name: &str, rank: usize| -> io::Result<Vec<usize>> {
        let shape = model.shape(name)?.to_vec();
        if shape.len() == rank {
            Ok(shape)
        } else {
            Err(io::Error::other(format!(
                "variable {name} has shape {shape:?}"
            )))
        }
    };
    let audio = shape(model, "encoder/position_encodings/encodings", 2)?;
    let text = shape(model, "decoder/position_encodings/encodings", 2)?;
    let tokens = shape(model, "decoder/embeddings/weight", 2)?;
    let convolution = shape(model, "encoder/conv1/weight", 3)?;
    let heads = |count: i32| usize::try_from(count).map_err(io::Error::other);
    Ok(Dimensions {
        tokens: tokens[0],
        audio_context: audio[0],
        state: audio[1],
        audio_heads: heads(model.integer("encoder/num_heads")?)?,
        audio_layers: layers(model, "encoder"),
        text_context: text[0],
        text_heads: heads(model.integer("decoder/num_heads")?)?,
        text_layers: layers(model, "decoder"),
        mels: convolution[1],
    })
}

fn check(dimensions: &Dimensions, words: usize) -> std::result::Result<(), String> {
    if words >= dimensions.tokens {
        return Err(format!(
            "the vocabulary has {words} words, the model {} tokens",
            dimensions.tokens
        ));
    }
    if dimensions.state == 0 || !dimensions.state.is_multiple_of(BLOCK) || dimensions.state > 65_536
    {
        return Err(format!("a state of {} values", dimensions.state));
    }
    if dimensions.mels == 0 || dimensions.mels > 256 {
        return Err(format!("{} mel bands", dimensions.mels));
    }
    Ok(())
}

/// One variable of the source and the tensors that its rows become.
struct Group {
    variable: String,
    /// Rows of each part; an empty name drops the part.
    parts: Vec<(String, usize)>,
    shape: Shape,
}

/// How values are laid out and stored.
#[derive(Clone, Copy)]
enum Shape {
    /// As they are, in the requested format.
    Matrix,
    /// As they are, f32.
    Vector,
    /// One column, f32.
    Column,
    /// Three dimensions, f16.
    Convolution,
}

impl Group {
    fn write<R: Read + Seek>(
        &self,
        model: &mut Model<R>,
        format: WhisperFormat,
        output: &mut dyn Write,
    ) -> io::Result<()> {
        let (shape, values) = model.weights(&self.variable)?;
        let rows: usize = self.parts.iter().map(|part| part.1).sum();
        if shape.first() != Some(&rows) {
            let reason = format!(
                "variable {} has shape {shape:?}, {rows} rows are needed",
                self.variable
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        let width = values.len() / rows.max(1);
        let mut start = 0;
        for (name, rows) in &self.parts {
            let end = start + rows * width;
            let mut shape = shape.clone();
            shape[0] = *rows;
            let encoding = match self.shape {
                Shape::Matrix => match format {
                    WhisperFormat::F16 => Encoding::F16,
                    WhisperFormat::Q8_0 => Encoding::Q8_0,
                },
                Shape::Convolution => Encoding::F16,
                Shape::Vector => Encoding::F32,
                Shape::Column => {
                    shape.push(1);
                    Encoding::F32
                }
            };
            if encoding == Encoding::Q8_0 && !width.is_multiple_of(BLOCK) {
                let reason = format!("variable {} has rows of {width} values", self.variable);
                return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
            }
            if !name.is_empty() {
                let values = &values[start..end];
                Tensor {
                    name,
                    shape: &shape,
                    values,
                    encoding,
                }
                .write(output)?;
            }
            start = end;
        }
        Ok(())
    }
}

/// Collects the groups of a model.
struct Plan {
    groups: Vec<Group>,
    state: usize,
}

fn plan(dimensions: &Dimensions) -> Vec<Group> {
    let state = dimensions.state;
    let mut plan = Plan {
        groups: Vec::new(),
        state,
    };
    let positions = "position_encodings/encodings";
    plan.one(
        &format!("encoder/{positions}"),
        "encoder.positional_embedding",
        dimensions.audio_context,
        Shape::Vector,
    );
    for convolution in ["conv1", "conv2"] {
        plan.one(
            &format!("encoder/{convolution}/weight"),
            &format!("encoder.{convolution}.weight"),
            state,
            Shape::Convolution,
        );
        plan.one(
            &format!("encoder/{convolution}/bias"),
            &format!("encoder.{convolution}.bias"),
            state,
            Shape::Column,
        );
    }
    plan.norm("encoder/layer_norm", "encoder.ln_post");
    for layer in 0..dimensions.audio_layers {
        plan.layer("encoder", layer);
    }
    plan.one(
        &format!("decoder/{positions}"),
        "decoder.positional_embedding",
        dimensions.text_context,
        Shape::Vector,
    );
    plan.one(
        "decoder/embeddings/weight",
        "decoder.token_embedding.weight",
        dimensions.tokens,
        Shape::Matrix,
    );
    plan.norm("decoder/layer_norm", "decoder.ln");
    for layer in 0..dimensions.text_layers {
        plan.layer("decoder", layer);
        plan.cross_attention(layer);
    }
    plan.groups
}

impl Plan {
    fn one(&mut self, variable: &str, name: &str, rows: usize, shape: Shape) {
        self.split(variable, &[name], rows, shape);
    }

    /// Equal parts of `rows` rows each.
    fn split(&mut self, variable: &str, names: &[&str], rows: usize, shape: Shape) {
        self.groups.push(Group {
            variable: variable.to_owned(),
            parts: names
                .iter()
                .map(|name| ((*name).to_owned(), rows))
                .collect(),
            shape,
        });
    }

    fn norm(&mut self, variable: &str, name: &str) {
        let state = self.state;
        self.one(
            &format!("{variable}/gamma"),
            &format!("{name}.weight"),
            state,
            Shape::Vector,
        );
        self.one(
            &format!("{variable}/beta"),
            &format!("{name}.bias"),
            state,
            Shape::Vector,
        );
    }

    /// A projection with bias; `rows` per named part, `key` having no bias of its own.
    fn linear(&mut self, variable: &str, names: &[String], rows: usize) {
        let weights: Vec<String> = names.iter().map(|name| format!("{name}.weight")).collect();
        let biases: Vec<String> = names
            .iter()
            .map(|name| {
                if name.rsplit('.').next() == Some("key") {
                    String::new()
                } else {
                    format!("{name}.bias")
                }
            })
            .collect();
        let weights: Vec<&str> = weights.iter().map(String::as_str).collect();
        let biases: Vec<&str> = biases.iter().map(String::as_str).collect();
        self.split(&format!("{variable}/weight"), &weights, rows, Shape::Matrix);
        self.split(&format!("{variable}/bias"), &biases, rows, Shape::Vector);
    }

    fn layer(&mut self, side: &str, layer: usize) {
        let state = self.state;
        let from = format!("{side}/layer_{layer}");
        let to = format!("{side}.blocks.{layer}");
        self.norm(&format!("{from}/ffn/layer_norm"), &format!("{to}.mlp_ln"));
        self.linear(
            &format!("{from}/ffn/linear_0"),
            &[format!("{to}.mlp.0")],
            4 * state,
        );
        self.linear(
            &format!("{from}/ffn/linear_1"),
            &[format!("{to}.mlp.2")],
            state,
        );
        self.norm(
            &format!("{from}/self_attention/layer_norm"),
            &format!("{to}.attn_ln"),
        );
        let fused = ["query", "key", "value"].map(|part| format!("{to}.attn.{part}"));
        self.linear(&format!("{from}/self_attention/linear_0"), &fused, state);
        self.linear(
            &format!("{from}/self_attention/linear_1"),
            &[format!("{to}.attn.out")],
            state,
        );
    }

    fn cross_attention(&mut self, layer: usize) {
        let state = self.state;
        let from = format!("decoder/layer_{layer}/attention");
        let to = format!("decoder.blocks.{layer}.cross_attn");
        self.norm(&format!("{from}/layer_norm"), &format!("{to}_ln"));
        self.linear(&format!("{from}/linear_0"), &[format!("{to}.query")], state);
        let fused = ["key", "value"].map(|part| format!("{to}.{part}"));
        self.linear(&format!("{from}/linear_1"), &fused, state);
        self.linear(&format!("{from}/linear_2"), &[format!("{to}.out")], state);
    }
}

#[cfg(test)]
mod tests;
