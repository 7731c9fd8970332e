//! Bytes of the wire -> samples.

use serde::{Deserialize, Serialize};

/// How samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Encoding {
    /// 16 bits, little-endian, 24 kHz.
    #[default]
    #[serde(rename = "audio/pcm")]
    Pcm,
    /// G.711 µ-law, 8 kHz.
    #[serde(rename = "audio/pcmu")]
    MuLaw,
    /// G.711 A-law, 8 kHz.
    #[serde(rename = "audio/pcma")]
    ALaw,
}

impl Encoding {
    /// Samples per second.
    pub fn rate(self) -> u32 {
        match self {
            Self::Pcm => 24_000,
            Self::MuLaw | Self::ALaw => 8_000,
        }
    }

    /// Mono samples in `[-1, 1]`; `None` when a sample is cut in two.
    pub fn samples(self, bytes: &[u8]) -> Option<Vec<f32>> {
        let law = |expand: fn(u8) -> i16| bytes.iter().map(|byte| scaled(expand(*byte))).collect();
        match self {
            Self::Pcm => {
                let (pairs, rest) = bytes.as_chunks::<2>();
                let samples = pairs.iter().map(|pair| scaled(i16::from_le_bytes(*pair)));
                rest.is_empty().then(|| samples.collect())
            }
            Self::MuLaw => Some(law(mu_law)),
            Self::ALaw => Some(law(a_law)),
        }
    }
}

fn scaled(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}

/// ITU-T G.711, µ-law: inverted bits; a sign, three bits of exponent, four of mantissa, a bias of 33 (here in 16 bits).
fn mu_law(byte: u8) -> i16 {
    const BIAS: i16 = 0x84;
    let bits = !byte;
    let exponent = (bits >> 4) & 7;
    let magnitude = ((i16::from(bits & 15) << 3) + BIAS) << exponent;
    let value = magnitude - BIAS;
    if bits & 0x80 == 0 { value } else { -value }
}

/// ITU-T G.711, A-law: every other bit inverted; the lowest exponent is linear.
fn a_law(byte: u8) -> i16 {
    let bits = byte ^ 0x55;
    let exponent = (bits >> 4) & 7;
    let mantissa = i16::from(bits & 15) << 4;
    let magnitude = match exponent {
        0 => mantissa + 8,
        exponent => (mantissa + 0x108) << (exponent - 1),
    };
    if bits & 0x80 == 0 {
        -magnitude
    } else {
        magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g711_is_as_in_its_tables() {
        // Extremes, the smallest steps and one between, as 16 bits.
        let mu = [
            (0xff, 0),
            (0x7f, 0),
            (0x80, 32_124),
            (0x00, -32_124),
            (0xfe, 8),
            (0xef, 132),
        ];
        for (byte, value) in mu {
            assert_eq!(mu_law(byte), value, "{byte:x}");
        }
        let a = [
            (0xd5, 8),
            (0x55, -8),
            (0xaa, 32_256),
            (0x2a, -32_256),
            (0xd4, 24),
            (0xc5, 264),
        ];
        for (byte, value) in a {
            assert_eq!(a_law(byte), value, "{byte:x}");
        }
    }

    #[test]
    fn half_a_sample_is_none() {
        assert_eq!(Encoding::Pcm.samples(&[0, 64, 0]), None);
        assert_eq!(Encoding::Pcm.samples(&[0, 64]), Some(vec![0.5]));
        assert_eq!(Encoding::MuLaw.samples(&[0xff]), Some(vec![0.0]));
    }
}
