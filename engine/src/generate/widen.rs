//! Weights rewritten as `F32`, so that candle is an exact reference on a processor: its quantised
//! kernels round the inputs of every product. It takes four bytes for each parameter. The rewritten
//! file exists in memory only, and only while it is loaded.

use std::io::{Cursor, Read, Seek};

use candle_core::{
    Device,
    quantized::{GgmlDType, QTensor, gguf_file, gguf_file::Content},
};

use super::candle::failed;
use crate::Result;

/// The same model in `F32`.
pub(super) fn widen<R: Read + Seek>(
    content: &Content,
    file: &mut R,
) -> Result<(Content, Cursor<Vec<u8>>)> {
    let mut tensors = Vec::with_capacity(content.tensor_infos.len());
    for name in content.tensor_infos.keys() {
        let tensor = content.tensor(file, name, &Device::Cpu).map_err(failed)?;
        let tensor = if is_rounded(content, name, tensor.dtype()) {
            let values = tensor.dequantize(&Device::Cpu).map_err(failed)?;
            QTensor::quantize(&values, GgmlDType::F32).map_err(failed)?
        } else {
            tensor
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
    tensors.any(|(name, info)| is_rounded(content, name, info.ggml_dtype))
}

/// Whether multiplying with the weight would round.
fn is_rounded(content: &Content, name: &str, format: GgmlDType) -> bool {
    format != GgmlDType::F32 && !only_looked_up(content, name)
}

/// The embedding table is multiplied only where it doubles as the output matrix.
fn only_looked_up(content: &Content, name: &str) -> bool {
    name == "token_embd.weight" && content.tensor_infos.contains_key("output.weight")
}
