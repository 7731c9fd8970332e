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
mod tests {
    use super::super::ctranslate::tests::written;
    use super::*;

    type Variables = Vec<(String, Vec<u32>, u8, Vec<u8>)>;

    const STATE: u32 = 32;

    fn floats(shape: &[u32]) -> Vec<u8> {
        let count = shape.iter().product::<u32>();
        (0..count)
            .flat_map(|index| (index as f32).to_le_bytes())
            .collect()
    }

    /// A Whisper of one layer on each side, state 32, 8 mel bands and 5 tokens.
    fn smallest() -> Variables {
        let dimensions = Dimensions {
            tokens: 5,
            audio_context: 4,
            state: STATE as usize,
            audio_heads: 2,
            audio_layers: 1,
            text_context: 3,
            text_heads: 2,
            text_layers: 1,
            mels: 8,
        };
        let mut variables: Variables = plan(&dimensions)
            .iter()
            .map(|group| {
                let rows: usize = group.parts.iter().map(|part| part.1).sum();
                let width = if group.variable.contains("linear_1/weight")
                    && group.variable.contains("ffn")
                {
                    4 * STATE
                } else {
                    STATE
                };
                let shape = match group.shape {
                    Shape::Convolution if group.variable.contains("conv1") => {
                        vec![rows as u32, 8, 3]
                    }
                    Shape::Convolution => vec![rows as u32, STATE, 3],
                    Shape::Matrix => vec![rows as u32, width],
                    _ if group.variable.contains("position") => vec![rows as u32, STATE],
                    _ => vec![rows as u32],
                };
                (group.variable.clone(), shape.clone(), 0, floats(&shape))
            })
            .collect();
        for side in ["encoder", "decoder"] {
            variables.push((format!("{side}/num_heads"), vec![], 2, vec![2, 0]));
        }
        variables
    }

    fn converted(variables: &Variables, format: WhisperFormat) -> Result<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let (model, vocabulary) = (folder.path().join("model"), folder.path().join("words"));
        std::fs::write(&model, written(variables)).unwrap();
        std::fs::write(&vocabulary, "a\nb\n<|endoftext|>\n").unwrap();
        let conversion = Conversion {
            model: &model,
            vocabulary: &vocabulary,
            format,
        };
        let mut bytes = Vec::new();
        convert(&conversion, &mut bytes, &mut |_, _| Ok(()))?;
        Ok(bytes)
    }

    /// Name, type, dimensions innermost first and bytes of each tensor.
    fn tensors(mut bytes: &[u8]) -> Vec<(String, i32, Vec<usize>, Vec<u8>)> {
        fn number(bytes: &mut &[u8]) -> i32 {
            let (head, rest) = bytes.split_at(4);
            *bytes = rest;
            i32::from_le_bytes(head.try_into().unwrap())
        }
        // Magic, 11 dimensions, filters of 8 bands, two one-byte tokens.
        bytes = &bytes[4 + 11 * 4 + 8 + 8 * 201 * 4 + 4 + 2 * 5..];
        let mut tensors = Vec::new();
        while !bytes.is_empty() {
            let (rank, length, kind) = (number(&mut bytes), number(&mut bytes), number(&mut bytes));
            let shape: Vec<usize> = (0..rank).map(|_| number(&mut bytes) as usize).collect();
            let (name, rest) = bytes.split_at(length as usize);
            let elements: usize = shape.iter().product();
            let size = match kind {
                0 => elements * 4,
                1 => elements * 2,
                8 => elements / 32 * 34,
                other => panic!("type {other}"),
            };
            let (data, rest) = rest.split_at(size);
            tensors.push((
                String::from_utf8_lossy(name).into_owned(),
                kind,
                shape,
                data.to_vec(),
            ));
            bytes = rest;
        }
        tensors
    }

    #[test]
    fn every_tensor_that_whisper_needs_is_written_once() {
        for (format, matrix) in [(WhisperFormat::F16, 1), (WhisperFormat::Q8_0, 8)] {
            let tensors = tensors(&converted(&smallest(), format).unwrap());
            // whisper.cpp: 7 + 15 per layer for the encoder, 4 + 24 per layer for the decoder.
            assert_eq!(tensors.len(), 7 + 15 + 4 + 24);
            let kind = |name: &str| tensors.iter().find(|tensor| tensor.0 == name).unwrap();
            assert_eq!(kind("encoder.conv1.weight").1, 1);
            assert_eq!(kind("encoder.conv1.bias").2, [1, 32]);
            assert_eq!(kind("decoder.positional_embedding").1, 0);
            assert_eq!(kind("decoder.token_embedding.weight").1, matrix);
            assert!(tensors.iter().all(|tensor| !tensor.0.ends_with("key.bias")));
        }
    }

    #[test]
    fn fused_rows_are_split_into_query_key_and_value() {
        let tensors = tensors(&converted(&smallest(), WhisperFormat::F16).unwrap());
        let first = |name: &str| {
            let tensor = tensors.iter().find(|tensor| tensor.0 == name).unwrap();
            half::f16::from_le_bytes([tensor.3[0], tensor.3[1]]).to_f32()
        };
        assert_eq!(
            first("encoder.blocks.0.attn.query.weight").to_bits(),
            0_f32.to_bits()
        );
        assert_eq!(
            first("encoder.blocks.0.attn.key.weight").to_bits(),
            1024_f32.to_bits()
        );
        assert_eq!(
            first("encoder.blocks.0.attn.value.weight").to_bits(),
            2048_f32.to_bits()
        );
        let bias = tensors
            .iter()
            .find(|tensor| tensor.0 == "decoder.blocks.0.cross_attn.value.bias");
        assert_eq!(bias.unwrap().3[..4], 32_f32.to_le_bytes());
    }

    #[test]
    fn a_missing_or_misshapen_variable_is_named() {
        let mut variables = smallest();
        variables.retain(|variable| variable.0 != "decoder/layer_norm/beta");
        let error = converted(&variables, WhisperFormat::F16)
            .unwrap_err()
            .to_string();
        assert!(error.contains("decoder/layer_norm/beta"), "{error}");
        let mut variables = smallest();
        let wrong = variables
            .iter_mut()
            .find(|variable| variable.0 == "encoder/conv2/bias");
        *wrong.unwrap() = ("encoder/conv2/bias".to_owned(), vec![1], 0, floats(&[1]));
        let error = converted(&variables, WhisperFormat::F16)
            .unwrap_err()
            .to_string();
        assert!(error.contains("encoder/conv2/bias"), "{error}");
    }
}
