//! Weights rewritten in the format that candle runs best on a processor.
//!
//! candle has vector kernels for `Q8_0` and the K formats, but multiplies `Q4_1`, `Q5_0` and `Q5_1`
//! number by number. Those become `Q8_0`, which holds every value to within 0.4 % of the largest
//! of its block. Models of up to [`DENSE_PARAMETERS`] become `F32` altogether: quantised kernels
//! also round the activations, and that alone makes `SmolLM2` answer "What is the capital of
//! France?" in broken French, where `F32` gives the answer of an exact reference. Prompts are then
//! read more than five times faster too, by dense matrix products. The rewritten file exists in
//! memory only, and only while it is loaded.

use std::io::{Cursor, Read, Seek};

use candle_core::{
    Device,
    quantized::{GgmlDType, QTensor, gguf_file, gguf_file::Content},
};

use super::candle::failed;
use crate::Result;

/// Largest model that is run in `F32`, which takes four bytes for each parameter.
pub(super) const DENSE_PARAMETERS: usize = 200_000_000;

/// The same model with fast weights.
pub(super) fn widen<R: Read + Seek>(
    content: &Content,
    file: &mut R,
) -> Result<(Content, Cursor<Vec<u8>>)> {
    let mut tensors = Vec::with_capacity(content.tensor_infos.len());
    for name in content.tensor_infos.keys() {
        let tensor = content.tensor(file, name, &Device::Cpu).map_err(failed)?;
        let tensor = match target(content, name, tensor.dtype()) {
            Some(format) => {
                let values = tensor.dequantize(&Device::Cpu).map_err(failed)?;
                QTensor::quantize(&values, format).map_err(failed)?
            }
            None => tensor,
        };
        tensors.push((name.as_str(), tensor));
    }
    let metadata: Vec<_> = content
        .metadata
        .iter()
        .filter(|(key, _)| !key.starts_with("tokenizer."))
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    let tensors: Vec<_> = tensors
        .iter()
        .map(|(name, tensor)| (*name, tensor))
        .collect();
    let mut rewritten = Cursor::new(Vec::new());
    gguf_file::write(&mut rewritten, &metadata, &tensors).map_err(failed)?;
    rewritten.set_position(0);
    let content = Content::read(&mut rewritten).map_err(failed)?;
    Ok((content, rewritten))
}

/// Whether any weight would profit.
pub(super) fn is_worthwhile(content: &Content) -> bool {
    let mut tensors = content.tensor_infos.iter();
    tensors.any(|(name, info)| target(content, name, info.ggml_dtype).is_some())
}

/// The better format for a weight; `None` leaves it.
fn target(content: &Content, name: &str, format: GgmlDType) -> Option<GgmlDType> {
    let tensors = content.tensor_infos.values();
    let parameters: usize = tensors.map(|info| info.shape.elem_count()).sum();
    let slow = matches!(format, GgmlDType::Q4_1 | GgmlDType::Q5_0 | GgmlDType::Q5_1);
    if format == GgmlDType::F32 || only_looked_up(content, name) {
        None
    } else if parameters <= DENSE_PARAMETERS {
        Some(GgmlDType::F32)
    } else {
        slow.then_some(GgmlDType::Q8_0)
    }
}

/// The embedding table is multiplied only where it doubles as the output matrix.
fn only_looked_up(content: &Content, name: &str) -> bool {
    name == "token_embd.weight" && content.tensor_infos.contains_key("output.weight")
}
