//! Reads whisper.cpp's model file without copying its tensors.
//!
//! Little-endian: magic, eleven i32 of hyperparameters, the mel filter bank, the words of the
//! vocabulary, then tensors until the file ends. Every length is checked against the bytes that
//! are there before it is used, so a damaged or hostile file gives an [`Error`].

use std::collections::HashMap;

mod blocks;
mod element;
mod error;
mod hyperparameters;
mod reader;
mod tensor;
#[cfg(test)]
mod tests;

pub use element::ElementType;
pub use error::{Error, Result};
pub use hyperparameters::Hyperparameters;
pub use tensor::Tensor;

use reader::Reader;

/// "ggml" read as a little-endian number.
const MAGIC: u32 = 0x6767_6d6c;
/// Bins of the spectrum that the filters weigh: a transform of 400 points has 201.
pub const SPECTRUM_BINS: usize = 201;
/// The largest Whisper has about 1,300 tensors; more would only serve to fill the memory.
const MOST_TENSORS: usize = 1 << 14;

/// A parsed model file; tensors and words borrow from its bytes.
#[derive(Debug, Clone)]
pub struct Model<'a> {
    hyperparameters: Hyperparameters,
    mel_filters: Vec<f32>,
    words: Vec<&'a [u8]>,
    tensors: HashMap<&'a str, Tensor<'a>>,
}

/// Bytes that the header takes: magic and eleven numbers.
pub const HEADER_BYTES: usize = 12 * size_of::<i32>();

/// The header alone, from at least [`HEADER_BYTES`] bytes: what the rest is like may be another format's affair.
///
/// # Errors
/// [`Error`] names what is wrong with it.
pub fn header(bytes: &[u8]) -> Result<Hyperparameters> {
    read_header(&mut Reader::new(bytes))
}

fn read_header(reader: &mut Reader<'_>) -> Result<Hyperparameters> {
    let magic = reader.bits()?;
    if magic != MAGIC {
        return Err(Error::Magic { found: magic });
    }
    Hyperparameters::read(reader)
}

impl<'a> Model<'a> {
    /// Reads the index of a whole file; takes memory for the filters and the index only.
    ///
    /// # Errors
    /// [`Error`] names what is wrong with the file and where.
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let hyperparameters = read_header(&mut reader)?;
        let mel_filters = read_filters(&mut reader, hyperparameters.mel_bands)?;
        let words = read_words(&mut reader, hyperparameters.vocabulary)?;
        let mut tensors = HashMap::new();
        while !reader.is_at_end() {
            let tensor = Tensor::read(&mut reader)?;
            if tensors.len() == MOST_TENSORS {
                return Err(Error::TooManyTensors { most: MOST_TENSORS });
            }
            if tensors.insert(tensor.name(), tensor).is_some() {
                return Err(Error::Duplicate {
                    tensor: tensor.name().to_owned(),
                });
            }
        }
        Ok(Self {
            hyperparameters,
            mel_filters,
            words,
            tensors,
        })
    }

    /// The dimensions of the network.
    pub fn hyperparameters(&self) -> &Hyperparameters {
        &self.hyperparameters
    }

    /// The mel filter bank: one filter of [`SPECTRUM_BINS`] finite weights after another, as many
    /// as the hyperparameters have mel bands.
    pub fn mel_filters(&self) -> &[f32] {
        &self.mel_filters
    }

    /// The bytes of each token, by id. Files list at most as many as the vocabulary has tokens;
    /// those that are missing at its end are special. A word may be empty.
    pub fn words(&self) -> &[&'a [u8]] {
        &self.words
    }

    /// The tensor of that name, whose shape must be `expected_shape`: innermost dimension first,
    /// ones at its end do not matter.
    ///
    /// # Errors
    /// [`Error::Missing`] or [`Error::Shape`].
    pub fn tensor(&self, name: &str, expected_shape: &[usize]) -> Result<Tensor<'a>> {
        let tensor = self.tensors.get(name).ok_or_else(|| Error::Missing {
            tensor: name.to_owned(),
        })?;
        if tensor.has_shape(expected_shape) {
            Ok(*tensor)
        } else {
            Err(Error::Shape {
                tensor: name.to_owned(),
                expected: expected_shape.to_vec(),
                found: tensor.shape().to_vec(),
            })
        }
    }
}

fn read_filters(reader: &mut Reader<'_>, mel_bands: usize) -> Result<Vec<f32>> {
    let bands = reader.integer()?;
    let bins = reader.integer()?;
    if usize::try_from(bands) != Ok(mel_bands) || usize::try_from(bins) != Ok(SPECTRUM_BINS) {
        return Err(Error::Filters { bands, bins });
    }
    // At most 256 bands, so this cannot overflow.
    let bytes = reader.take(mel_bands * SPECTRUM_BINS * size_of::<f32>())?;
    let (weights, _) = bytes.as_chunks();
    let weights: Vec<f32> = weights.iter().copied().map(f32::from_le_bytes).collect();
    // A weight that is no number would make every spectrum useless without a word about it.
    if weights.iter().all(|weight| weight.is_finite()) {
        Ok(weights)
    } else {
        Err(Error::Filters { bands, bins })
    }
}

fn read_words<'a>(reader: &mut Reader<'a>, vocabulary: usize) -> Result<Vec<&'a [u8]>> {
    let count = reader.integer()?;
    let words = usize::try_from(count)
        .ok()
        .filter(|&words| words <= vocabulary);
    let words = words.ok_or(Error::Vocabulary {
        words: count,
        vocabulary,
    })?;
    // Not reserved in advance: the file may be too short to hold them.
    (0..words)
        .map(|_| {
            let length = reader.length()?;
            reader.take(length)
        })
        .collect()
}
