//! Values of the header's key-value pairs.

use super::reader::Reader;
use crate::{Result, generate::metadata::damaged};

/// A value. Numbers are widened: nobody asks a header for a particular width.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::generate) enum Value {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Bool(bool),
    Text(String),
    List(Vec<Value>),
}

/// Type numbers of the format.
const TEXT: u32 = 8;
const LIST: u32 = 9;

impl Value {
    /// What kind of value it is, for messages.
    pub(in crate::generate) fn kind(&self) -> &'static str {
        match self {
            Self::Unsigned(_) => "an unsigned number",
            Self::Signed(_) => "a signed number",
            Self::Float(_) => "a fraction",
            Self::Bool(_) => "true or false",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
        }
    }

    /// Reads type and value.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u32()? {
            LIST => {
                let kind = reader.u32()?;
                let length = reader.u64()?;
                Self::list(reader, kind, length)
            }
            kind => Self::one(reader, kind),
        }
    }

    fn list(reader: &mut Reader<'_>, kind: u32, length: u64) -> Result<Self> {
        // Every element takes at least a byte, so a longer list cannot be there.
        if length > reader.left() as u64 {
            return Err(damaged(format!("a list of {length} values is cut off")));
        }
        let values = (0..length).map(|_| Self::one(reader, kind));
        values.collect::<Result<_>>().map(Self::List)
    }

    fn one(reader: &mut Reader<'_>, kind: u32) -> Result<Self> {
        Ok(match kind {
            0 => Self::Unsigned(reader.array::<1>()?[0].into()),
            1 => Self::Signed(i8::from_le_bytes(reader.array()?).into()),
            2 => Self::Unsigned(u16::from_le_bytes(reader.array()?).into()),
            3 => Self::Signed(i16::from_le_bytes(reader.array()?).into()),
            4 => Self::Unsigned(reader.u32()?.into()),
            5 => Self::Signed(i32::from_le_bytes(reader.array()?).into()),
            6 => Self::Float(f32::from_le_bytes(reader.array()?).into()),
            7 => Self::Bool(reader.array::<1>()?[0] != 0),
            TEXT => Self::Text(reader.string()?),
            10 => Self::Unsigned(reader.u64()?),
            11 => Self::Signed(i64::from_le_bytes(reader.array()?)),
            12 => Self::Float(f64::from_le_bytes(reader.array()?)),
            other => return Err(damaged(format!("a value is of the unknown type {other}"))),
        })
    }
}
