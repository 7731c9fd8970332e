//! Writer of whisper.cpp's model format.
//!
//! Little-endian: magic, eleven i32 of dimensions, the mel filters, the tokens' bytes, then
//! per tensor rank, name length and type as i32, the dimensions innermost first, the name and
//! the data. whisper.cpp finds tensors by name, so their order is free.

use std::io::{self, Write};

use super::mel;
use super::quantise::Encoding;

/// "ggml" read as a little-endian number.
const MAGIC: u32 = 0x6767_6d6c;

/// Dimensions of a Whisper model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dimensions {
    pub(super) tokens: usize,
    pub(super) audio_context: usize,
    pub(super) state: usize,
    pub(super) audio_heads: usize,
    pub(super) audio_layers: usize,
    pub(super) text_context: usize,
    pub(super) text_heads: usize,
    pub(super) text_layers: usize,
    pub(super) mels: usize,
}

fn integer(output: &mut dyn Write, value: usize) -> io::Result<()> {
    let value = i32::try_from(value).map_err(io::Error::other)?;
    output.write_all(&value.to_le_bytes())
}

/// Everything before the tensors. `file_type` is whisper.cpp's number of the weights' format.
pub(super) fn write_header(
    output: &mut dyn Write,
    dimensions: &Dimensions,
    file_type: usize,
    tokens: &[Vec<u8>],
) -> io::Result<()> {
    output.write_all(&MAGIC.to_le_bytes())?;
    for value in [
        dimensions.tokens,
        dimensions.audio_context,
        dimensions.state,
        dimensions.audio_heads,
        dimensions.audio_layers,
        dimensions.text_context,
        dimensions.state,
        dimensions.text_heads,
        dimensions.text_layers,
        dimensions.mels,
        file_type,
        dimensions.mels,
        mel::BINS,
    ] {
        integer(output, value)?;
    }
    output.write_all(&Encoding::F32.encode(&mel::filters(dimensions.mels)))?;
    integer(output, tokens.len())?;
    for token in tokens {
        integer(output, token.len())?;
        output.write_all(token)?;
    }
    Ok(())
}

/// A tensor to write; `shape` is outermost first.
pub(super) struct Tensor<'a> {
    pub(super) name: &'a str,
    pub(super) shape: &'a [usize],
    pub(super) values: &'a [f32],
    pub(super) encoding: Encoding,
}

impl Tensor<'_> {
    pub(super) fn write(&self, output: &mut dyn Write) -> io::Result<()> {
        integer(output, self.shape.len())?;
        integer(output, self.name.len())?;
        output.write_all(&self.encoding.id().to_le_bytes())?;
        for dimension in self.shape.iter().rev() {
            integer(output, *dimension)?;
        }
        output.write_all(self.name.as_bytes())?;
        output.write_all(&self.encoding.encode(self.values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tensor_lists_its_dimensions_innermost_first() {
        let mut bytes = Vec::new();
        let tensor = Tensor {
            name: "ab",
            shape: &[2, 1],
            values: &[1.0, -2.0],
            encoding: Encoding::F32,
        };
        tensor.write(&mut bytes).unwrap();
        let numbers = [2_i32, 2, 0, 1, 2];
        let mut expected: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        expected.extend(b"ab");
        expected.extend([1.0_f32.to_le_bytes(), (-2.0_f32).to_le_bytes()].concat());
        assert_eq!(bytes, expected);
    }
}
