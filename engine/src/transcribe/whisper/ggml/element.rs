//! How the numbers of a tensor are stored.

use std::fmt;

/// Numbers in one block of a quantised format.
pub(super) const BLOCK: usize = 32;

/// A storage format of GGML that is read; models in others run through whisper.cpp. The quantised one keeps blocks of
/// 32 neighbours of the innermost dimension with a scale in half precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ElementType {
    /// Single precision.
    F32,
    /// Half precision.
    F16,
    /// Signed bytes: number * scale.
    Q8_0,
}

impl ElementType {
    /// The format of GGML's number; otherwise GGML's name of the unsupported one.
    pub(super) fn from_number(number: i32) -> Result<Self, &'static str> {
        Ok(match number {
            0 => Self::F32,
            1 => Self::F16,
            8 => Self::Q8_0,
            other => return Err(unsupported(other)),
        })
    }

    /// Numbers that are stored together.
    pub fn block_elements(self) -> usize {
        match self {
            Self::F32 | Self::F16 => 1,
            Self::Q8_0 => BLOCK,
        }
    }

    /// Bytes that those numbers take.
    pub fn block_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
            Self::Q8_0 => 34,
        }
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Q8_0 => "Q8_0",
        })
    }
}

fn unsupported(number: i32) -> &'static str {
    match number {
        2 => "Q4_0",
        3 => "Q4_1",
        4 => "Q4_2",
        5 => "Q4_3",
        6 => "Q5_0",
        7 => "Q5_1",
        9 => "Q8_1",
        10 => "Q2_K",
        11 => "Q3_K",
        12 => "Q4_K",
        13 => "Q5_K",
        14 => "Q6_K",
        15 => "Q8_K",
        16 => "IQ2_XXS",
        17 => "IQ2_XS",
        18 => "IQ3_XXS",
        19 => "IQ1_S",
        20 => "IQ4_NL",
        21 => "IQ3_S",
        22 => "IQ2_S",
        23 => "IQ4_XS",
        24 => "I8",
        25 => "I16",
        26 => "I32",
        27 => "I64",
        28 => "F64",
        29 => "IQ1_M",
        30 => "BF16",
        34 => "TQ1_0",
        35 => "TQ2_0",
        39 => "MXFP4",
        _ => "an unknown format",
    }
}
