//! Quantised blocks -> numbers, or groups for the kernels.
//!
//! Formats that are four or five bits, a scale and a minimum, or eight bits and a scale, keep
//! their values when they are packed (scales as 16-bit floats); the others are rounded to eight bits with a scale for each
//! 32 numbers, which is finer than what they were stored with. `F16` and `F32` lose most: half of
//! one 127th of the largest number of each group.

use half::{bf16, f16};

use super::Format;
use crate::kernel::{AffineGroup, EightGroup, GROUP};

/// How wide the packed weights are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::generate) enum Packing {
    /// Groups of [`affine_group`].
    Four,
    /// Likewise.
    Five,
    /// Groups of [`eight_group`].
    Eight,
}

/// The narrowest packing that keeps the format's weights.
pub(in crate::generate) fn packing(format: Format) -> Packing {
    match format {
        Format::Q4_0 | Format::Q4_1 | Format::Q4K => Packing::Four,
        Format::Q5_0 | Format::Q5_1 | Format::Q5K => Packing::Five,
        _ => Packing::Eight,
    }
}

/// Group `group` of a row of four-bit or five-bit blocks.
///
/// # Panics
/// When the format has another [`packing`] or the row is too short.
pub(in crate::generate) fn affine_group(format: Format, row: &[u8], group: usize) -> AffineGroup {
    let block = &row[group * GROUP / format.block() * format.bytes()..][..format.bytes()];
    let centred = |quants, zero: f32| {
        let scale = half(block, 0);
        AffineGroup {
            quants,
            scale,
            minimum: f16::from_f32(-zero * scale.to_f32()),
        }
    };
    let shifted = |quants| AffineGroup {
        quants,
        scale: half(block, 0),
        minimum: half(block, 2),
    };
    match format {
        Format::Q4_0 => centred(nibbles(&block[2..]), 8.0),
        Format::Q4_1 => shifted(nibbles(&block[4..])),
        Format::Q5_0 => centred(fives(block, 2), 16.0),
        Format::Q5_1 => shifted(fives(block, 4)),
        Format::Q4K => k_group(block, group % 8, 16, |_| 0),
        Format::Q5K => {
            let part = group % 8;
            k_group(block, part, 48, |index| block[16 + index] >> part & 1)
        }
        other => panic!("{other:?} is not four or five bits wide"),
    }
}

/// One of the eight parts of a K block: its lower four bits begin at `low`, and `fifth` gives the
/// next one.
fn k_group(block: &[u8], part: usize, low: usize, fifth: impl Fn(usize) -> u8) -> AffineGroup {
    let (scale, minimum) = k_scales(block, part);
    let low = &block[low + part / 2 * 32..][..32];
    AffineGroup {
        quants: std::array::from_fn(|index| {
            low[index] >> (4 * (part % 2)) & 15 | fifth(index) << 4
        }),
        scale: f16::from_f32(scale),
        minimum: f16::from_f32(-minimum),
    }
}

/// Group `group` of a row, rounded to eight bits where it is not stored so. Numbers past the end
/// of the row are zeros.
pub(in crate::generate) fn eight_group(format: Format, row: &[u8], group: usize) -> EightGroup {
    match format {
        Format::Q8_0 => {
            let block = &row[group * 34..][..34];
            let quants = std::array::from_fn(|index| block[2 + index].cast_signed());
            EightGroup {
                quants,
                scale: half(block, 0),
            }
        }
        other => EightGroup::nearest(&numbers(other, row, group)),
    }
}

/// The 32 numbers of a group of a row.
pub(in crate::generate) fn numbers(format: Format, row: &[u8], group: usize) -> [f32; GROUP] {
    match format {
        Format::F32 => floats::<4>(row, group, f32::from_le_bytes),
        Format::F16 => floats::<2>(row, group, |bytes| f16::from_le_bytes(bytes).to_f32()),
        Format::Bf16 => floats::<2>(row, group, |bytes| bf16::from_le_bytes(bytes).to_f32()),
        Format::Q8_0 => {
            let group = eight_group(format, row, group);
            group
                .quants
                .map(|quant| f32::from(quant) * group.scale.to_f32())
        }
        Format::Q4_0 | Format::Q4_1 | Format::Q4K | Format::Q5_0 | Format::Q5_1 | Format::Q5K => {
            let group = affine_group(format, row, group);
            let (scale, minimum) = (group.scale.to_f32(), group.minimum.to_f32());
            group.quants.map(|quant| f32::from(quant) * scale + minimum)
        }
        Format::Q6K => q6_k(row, group),
    }
}

fn floats<const N: usize>(row: &[u8], group: usize, read: fn([u8; N]) -> f32) -> [f32; GROUP] {
    let (all, _) = row.as_chunks::<N>();
    std::array::from_fn(|index| {
        all.get(group * GROUP + index)
            .map_or(0.0, |bytes| read(*bytes))
    })
}

fn half(block: &[u8], at: usize) -> f16 {
    f16::from_le_bytes([block[at], block[at + 1]])
}

/// Low halves of 16 bytes, then their high halves.
fn nibbles(bytes: &[u8]) -> [u8; GROUP] {
    std::array::from_fn(|index| bytes[index % 16] >> (index / 16 * 4) & 15)
}

/// Four bits of each number in bytes, and its fifth in a word before them.
fn fives(block: &[u8], at: usize) -> [u8; GROUP] {
    let high = u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
    let low = nibbles(&block[at + 4..]);
    std::array::from_fn(|index| low[index] | ((high >> index & 1) << 4) as u8)
}

/// Scale and minimum of one of the eight parts of a K block: six bits each, packed into twelve
/// bytes after the two factors they are multiplied with.
fn k_scales(block: &[u8], part: usize) -> (f32, f32) {
    let packed = &block[4..16];
    let (scale, minimum) = if part < 4 {
        (packed[part] & 63, packed[part + 4] & 63)
    } else {
        let low = packed[part + 4];
        (
            low & 15 | packed[part - 4] >> 6 << 4,
            low >> 4 | packed[part] >> 6 << 4,
        )
    };
    (
        half(block, 0).to_f32() * f32::from(scale),
        half(block, 2).to_f32() * f32::from(minimum),
    )
}

fn q6_k(row: &[u8], group: usize) -> [f32; GROUP] {
    let block = &row[group / 8 * 210..][..210];
    // Two halves of 128 numbers, each of four parts of 32.
    let (side, part) = (group % 8 / 4, group % 4);
    let low = &block[side * 64 + part % 2 * 32..][..32];
    let high = &block[128 + side * 32..][..32];
    let scales = &block[192 + side * 8 + part * 2..][..2];
    let factor = half(block, 208).to_f32();
    std::array::from_fn(|index| {
        let quant = low[index] >> (part / 2 * 4) & 15 | (high[index] >> (2 * part) & 3) << 4;
        let scale = f32::from(scales[index / 16].cast_signed());
        factor * scale * (f32::from(quant) - 32.0)
    })
}

#[cfg(test)]
mod tests {
    use candle_core::{
        Device, Tensor,
        quantized::{GgmlDType, QTensor},
    };

    use super::*;

    /// candle quantises and is the reference for what the bytes mean.
    #[test]
    fn numbers_are_those_of_candle() {
        let values: Vec<f32> = (0..2048)
            .map(|i| (i as f32 * 0.37).sin() * (1.0 + i as f32 / 500.0))
            .collect();
        let tensor = Tensor::from_vec(values, (4, 512), &Device::Cpu).unwrap();
        for (ours, theirs) in [
            (Format::F32, GgmlDType::F32),
            (Format::F16, GgmlDType::F16),
            (Format::Bf16, GgmlDType::BF16),
            (Format::Q4_0, GgmlDType::Q4_0),
            (Format::Q4_1, GgmlDType::Q4_1),
            (Format::Q5_0, GgmlDType::Q5_0),
            (Format::Q5_1, GgmlDType::Q5_1),
            (Format::Q8_0, GgmlDType::Q8_0),
            (Format::Q4K, GgmlDType::Q4K),
            (Format::Q5K, GgmlDType::Q5K),
            (Format::Q6K, GgmlDType::Q6K),
        ] {
            let quantised = QTensor::quantize(&tensor, theirs).unwrap();
            let bytes = quantised.data().unwrap();
            let row_bytes = 512 / ours.block() * ours.bytes();
            assert_eq!(bytes.len(), 4 * row_bytes, "{ours:?}");
            let exact = quantised
                .dequantize(&Device::Cpu)
                .unwrap()
                .to_vec2::<f32>()
                .unwrap();
            for (row, exact) in bytes.chunks(row_bytes).zip(exact) {
                for (group, exact) in exact.chunks(GROUP).enumerate() {
                    let largest = exact.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
                    let packed = eight_group(ours, row, group);
                    for (index, exact) in exact.iter().enumerate() {
                        let found = numbers(ours, row, group)[index];
                        // Scales are kept in 16 bits.
                        assert!(
                            (found - exact).abs() <= largest * 1.5e-3,
                            "{ours:?}: {found} for {exact}"
                        );
                        let found = f32::from(packed.quants[index]) * packed.scale.to_f32();
                        assert!(
                            (found - exact).abs() <= largest * 6e-3,
                            "{ours:?}: {found} for {exact}"
                        );
                    }
                }
            }
        }
    }
}
