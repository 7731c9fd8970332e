//! Tensor values as ggml stores them: f32, f16, and blocks of 32 signed bytes (`Q8_0`).
//!
//! `Q8_0` follows ggml's reference: scale = largest magnitude / 127, kept in half precision,
//! while the values are divided by the scale in full precision and rounded away from zero.

/// Values in one block.
pub(super) const BLOCK: usize = 32;

/// How a tensor is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    F32,
    F16,
    Q8_0,
}

impl Encoding {
    /// ggml's number of the type.
    pub(super) fn id(self) -> i32 {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q8_0 => 8,
        }
    }

    /// The bytes of the values; for `Q8_0` their count must be a multiple of [`BLOCK`].
    pub(super) fn encode(self, values: &[f32]) -> Vec<u8> {
        match self {
            Self::F32 => values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
            Self::F16 => values
                .iter()
                .flat_map(|value| half::f16::from_f32(*value).to_le_bytes())
                .collect(),
            Self::Q8_0 => {
                let mut bytes = Vec::with_capacity(values.len() / BLOCK * (BLOCK + 2));
                for block in values.chunks_exact(BLOCK) {
                    encode_block(block, &mut bytes);
                }
                bytes
            }
        }
    }
}

fn encode_block(block: &[f32], bytes: &mut Vec<u8>) {
    let largest = block
        .iter()
        .fold(0.0_f32, |most, value| most.max(value.abs()));
    let scale = largest / 127.0;
    let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
    bytes.extend(half::f16::from_f32(scale).to_le_bytes());
    bytes.extend(
        block
            .iter()
            .map(|value| ((value * inverse).round() as i8).cast_unsigned()),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(bytes: &[u8]) -> Vec<f32> {
        bytes
            .chunks_exact(BLOCK + 2)
            .flat_map(|block| {
                let scale = half::f16::from_le_bytes([block[0], block[1]]).to_f32();
                block[2..]
                    .iter()
                    .map(move |byte| f32::from(byte.cast_signed()) * scale)
            })
            .collect()
    }

    #[test]
    fn a_known_block() {
        let mut values = [0.0_f32; BLOCK];
        (values[0], values[1], values[2]) = (127.0, -63.5, 0.5);
        let bytes = Encoding::Q8_0.encode(&values);
        // Scale 1.0 in half precision, then 127, -63.5 -> -64 and 0.5 -> 1 (away from zero).
        assert_eq!(bytes[..5], [0x00, 0x3c, 127, 192, 1]);
        assert_eq!(bytes.len(), 34);
    }

    proptest! {
        #[test]
        fn the_error_stays_below_one_step(values in prop::collection::vec(-4.0_f32..4.0, BLOCK * 3)) {
            let read = decoded(&Encoding::Q8_0.encode(&values));
            for (block, read) in values.chunks(BLOCK).zip(read.chunks(BLOCK)) {
                let largest = block.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
                // Half a step of rounding, and the scale's own 11 bits on up to 127 steps.
                let bound = largest / 127.0 * (0.5 + 127.0 / 2048.0) + 1e-5;
                for (value, read) in block.iter().zip(read) {
                    prop_assert!((value - read).abs() <= bound);
                }
            }
        }
    }
}
