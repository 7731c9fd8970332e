//! Numbers from their stored bytes. The layout of quantised blocks follows GGML's reference.

use half::f16;

use super::ElementType;
use super::element::BLOCK;

/// Bytes of a `Q8_0` block: a scale in half precision and 32 signed bytes.
const EIGHT_BYTES: usize = 34;

/// The blocks of a `Q8_0` tensor: a scale and 32 numbers that it multiplies.
#[derive(Debug, Clone)]
pub struct EightGroups<'a> {
    blocks: std::slice::Iter<'a, [u8; EIGHT_BYTES]>,
}

impl<'a> EightGroups<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let blocks = bytes.as_chunks().0.iter();
        Self { blocks }
    }
}

impl Iterator for EightGroups<'_> {
    type Item = (f16, [i8; BLOCK]);

    fn next(&mut self) -> Option<Self::Item> {
        let [low, high, numbers @ ..] = *self.blocks.next()?;
        let numbers: [u8; BLOCK] = numbers;
        Some((
            f16::from_le_bytes([low, high]),
            numbers.map(u8::cast_signed),
        ))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.blocks.size_hint()
    }
}

impl ExactSizeIterator for EightGroups<'_> {}

/// All numbers of a tensor; bytes that make no whole block are left out.
pub(super) fn numbers(element: ElementType, bytes: &[u8]) -> Vec<f32> {
    match element {
        ElementType::F32 => {
            let numbers = bytes.as_chunks().0;
            numbers.iter().copied().map(f32::from_le_bytes).collect()
        }
        ElementType::F16 => {
            let numbers = bytes.as_chunks().0.iter();
            numbers
                .map(|number| f16::from_le_bytes(*number).to_f32())
                .collect()
        }
        ElementType::Q8_0 => EightGroups::new(bytes)
            .flat_map(|(scale, numbers)| {
                let scale = scale.to_f32();
                numbers.map(|number| f32::from(number) * scale)
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(element: ElementType, parts: &[&[u8]]) -> Vec<f32> {
        numbers(element, &parts.concat())
    }

    const ONE: [u8; 2] = [0x00, 0x3c];
    const TWO: [u8; 2] = [0x00, 0x40];

    #[test]
    fn whole_numbers_of_every_format() {
        assert_eq!(numbers(ElementType::F32, &1.5_f32.to_le_bytes()), [1.5]);
        assert_eq!(numbers(ElementType::F16, &[TWO, ONE].concat()), [2.0, 1.0]);
        let mut eight = [0; BLOCK];
        (eight[0], eight[31]) = (0x80, 3);
        let eight = block(ElementType::Q8_0, &[&TWO, &eight]);
        assert_eq!((eight.len(), eight[0], eight[31]), (32, -256.0, 6.0));
    }
}
