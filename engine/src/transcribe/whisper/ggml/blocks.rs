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
        ElementType::Q4_0 | ElementType::Q4_1 | ElementType::Q5_0 | ElementType::Q5_1 => {
            let blocks = bytes.chunks_exact(element.block_bytes());
            blocks.flat_map(|block| nibbles(element, block)).collect()
        }
    }
}

/// A block of four or five bits each: scale, minimum (`_1` only), 32 fifth bits (`Q5` only), and
/// 16 bytes whose low halves are the first 16 numbers and whose high halves are the others.
fn nibbles(element: ElementType, block: &[u8]) -> [f32; BLOCK] {
    let has_minimum = matches!(element, ElementType::Q4_1 | ElementType::Q5_1);
    let has_fifth_bits = matches!(element, ElementType::Q5_0 | ElementType::Q5_1);
    let mut rest = block;
    let scale = half(&mut rest);
    let minimum = if has_minimum { half(&mut rest) } else { 0.0 };
    let fifth_bits = if has_fifth_bits {
        u32::from_le_bytes(split(&mut rest))
    } else {
        0
    };
    let center = match element {
        ElementType::Q4_0 => 8.0,
        ElementType::Q5_0 => 16.0,
        _ => 0.0,
    };
    let halves: [u8; BLOCK / 2] = split(&mut rest);
    std::array::from_fn(|place| {
        let byte = halves[place % halves.len()];
        let low = if place < halves.len() {
            byte & 15
        } else {
            byte >> 4
        };
        let fifth = ((fifth_bits >> place) & 1) as u8;
        (f32::from(low | (fifth << 4)) - center) * scale + minimum
    })
}

fn half(rest: &mut &[u8]) -> f32 {
    f16::from_le_bytes(split(rest)).to_f32()
}

/// The next bytes of a block; zeros when it is too short, which whole blocks never are.
fn split<const COUNT: usize>(rest: &mut &[u8]) -> [u8; COUNT] {
    let Some((first, others)) = rest.split_first_chunk() else {
        return [0; COUNT];
    };
    *rest = others;
    *first
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

    #[test]
    fn small_numbers_of_every_format() {
        let mut halves = [0; BLOCK / 2];
        halves[1] = 0xf3;
        let four = block(ElementType::Q4_0, &[&TWO, &halves]);
        assert_eq!((four[0], four[1], four[17]), (-16.0, -10.0, 14.0));
        let four = block(ElementType::Q4_1, &[&TWO, &ONE, &halves]);
        assert_eq!((four[0], four[1], four[17]), (1.0, 7.0, 31.0));
        // Fifth bits of the numbers 1 and 31.
        let fifth = 0x8000_0002_u32.to_le_bytes();
        let five = block(ElementType::Q5_0, &[&ONE, &fifth, &halves]);
        assert_eq!((five[1], five[17], five[31]), (3.0, -1.0, 0.0));
        let five = block(ElementType::Q5_1, &[&ONE, &TWO, &fifth, &halves]);
        assert_eq!((five[1], five[17], five[31]), (21.0, 17.0, 18.0));
    }
}
