//! The smallest possible Whisper, converted and read back.

use super::*;
use crate::convert::ctranslate::tests::written;

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
            let width =
                if group.variable.contains("linear_1/weight") && group.variable.contains("ffn") {
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
