//! One tensor of the file.

use super::blocks::{self, EightGroups};
use super::reader::Reader;
use super::{ElementType, Error, Result};

/// GGML has no tensors of higher rank.
const MOST_DIMENSIONS: usize = 4;
/// Whisper's longest name has 42 bytes; the bound keeps messages readable.
const LONGEST_NAME: usize = 256;

/// A tensor in the file: what it is and where its bytes are.
#[derive(Debug, Clone, Copy)]
pub struct Tensor<'a> {
    name: &'a str,
    element: ElementType,
    rank: usize,
    /// Ones beyond the rank.
    dimensions: [usize; MOST_DIMENSIONS],
    bytes: &'a [u8],
}

impl<'a> Tensor<'a> {
    /// Reads rank, length of the name, format, dimensions and name, and skips over the numbers.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let start = reader.position();
        let impossible = || Error::Dimensions { offset: start };
        let rank = reader.length()?;
        let name_length = reader.length()?;
        let number = reader.integer()?;
        if !(1..=MOST_DIMENSIONS).contains(&rank) {
            return Err(impossible());
        }
        let mut dimensions = [1; MOST_DIMENSIONS];
        for dimension in dimensions.iter_mut().take(rank) {
            *dimension = reader.length()?;
        }
        let name = read_name(reader, name_length)?;
        let element =
            ElementType::from_number(number).map_err(|element| Error::UnsupportedElement {
                tensor: name.to_owned(),
                element,
                number,
            })?;
        // Blocks lie along the innermost dimension, so a row is a whole number of them.
        let [row, rows @ ..] = dimensions;
        if dimensions.contains(&0) || !row.is_multiple_of(element.block_elements()) {
            return Err(impossible());
        }
        let length = rows
            .into_iter()
            .try_fold(row / element.block_elements(), usize::checked_mul)
            .and_then(|blocks| blocks.checked_mul(element.block_bytes()))
            .ok_or_else(impossible)?;
        Ok(Self {
            name,
            element,
            rank,
            dimensions,
            bytes: reader.take(length)?,
        })
    }

    /// Its name, such as `encoder.blocks.0.attn.query.weight`; at most 256 bytes.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Its dimensions, innermost first, none of them zero. Matrices are `[inputs, outputs]`: each
    /// output's row of weights lies together.
    pub fn shape(&self) -> &[usize] {
        self.dimensions.get(..self.rank).unwrap_or_default()
    }

    /// Whether the dimensions are those, apart from ones at the end.
    pub fn has_shape(&self, expected: &[usize]) -> bool {
        let longest = self.dimensions.len().max(expected.len());
        let padded = |shape: &[usize], place| shape.get(place).copied().unwrap_or(1);
        (0..longest).all(|place| padded(&self.dimensions, place) == padded(expected, place))
    }

    /// All its numbers in single precision, in the file's order; at most 8 times the bytes of the
    /// file. Numbers of a damaged file may be infinite or none at all.
    pub fn numbers(&self) -> Vec<f32> {
        blocks::numbers(self.element, self.bytes)
    }

    /// The blocks of a `Q8_0` tensor in the file's order.
    ///
    /// # Errors
    /// [`Error::Element`] when it is stored in another format.
    pub fn eight_groups(&self) -> Result<EightGroups<'a>> {
        if self.element == ElementType::Q8_0 {
            Ok(EightGroups::new(self.bytes))
        } else {
            Err(Error::Element {
                tensor: self.name.to_owned(),
                expected: ElementType::Q8_0,
                found: self.element,
            })
        }
    }
}

fn read_name<'a>(reader: &mut Reader<'a>, length: usize) -> Result<&'a str> {
    let unusable = Error::Name {
        offset: reader.position(),
    };
    if length > LONGEST_NAME {
        return Err(unusable);
    }
    std::str::from_utf8(reader.take(length)?).map_err(|_| unusable)
}
