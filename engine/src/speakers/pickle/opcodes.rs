//! The opcodes of Python's pickles, protocol 2.

use std::rc::Rc;

use super::{
    super::error::{Result, damaged},
    object::{Object, Value},
};

/// The next bytes, which are removed.
pub(super) fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8]> {
    bytes
        .split_off(..count)
        .ok_or_else(|| damaged("the file ends early"))
}

/// Reads pickles that lie one after the other.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Bytes that were not read.
    pub(super) fn rest(&self) -> usize {
        self.bytes.len()
    }

    fn integer(&mut self, bytes: usize) -> Result<usize> {
        let bytes = take(&mut self.bytes, bytes)?.iter().rev();
        Ok(bytes.fold(0, |value: usize, &byte| {
            value.wrapping_shl(8) | usize::from(byte)
        }))
    }

    fn text(&mut self, length: usize) -> Result<Rc<str>> {
        let text = str::from_utf8(take(&mut self.bytes, length)?);
        Ok(text.map_err(|_| damaged("a text is none"))?.into())
    }

    /// Up to the end of the line.
    fn line(&mut self) -> Result<Rc<str>> {
        let length = self.bytes.iter().position(|&byte| byte == b'\n');
        let text = self.text(length.unwrap_or(self.bytes.len()))?;
        take(&mut self.bytes, 1)?;
        Ok(text)
    }

    /// Runs one pickle. Every opcode takes a byte at least, so this ends.
    pub(super) fn object(&mut self) -> Result<Object> {
        let mut object = Object::default();
        loop {
            match take(&mut self.bytes, 1)? {
                b"\x80" => drop(self.integer(1)?),
                b"." => return Ok(object),
                b"(" => object.stack.push(Value::Mark),
                b"}" | b"]" | b"N" | b"\x88" | b"\x89" => object.stack.push(Value::Other),
                b")" => object.stack.push(Value::Integers([].into())),
                b"G" => {
                    self.integer(8)?;
                    object.stack.push(Value::Other);
                }
                b"K" => object.stack.push(Value::Integer(self.integer(1)?)),
                b"M" => object.stack.push(Value::Integer(self.integer(2)?)),
                b"J" => object.stack.push(Value::Integer(self.integer(4)?)),
                b"\x8a" => {
                    let length = self.integer(1)?;
                    object.stack.push(Value::Integer(self.integer(length)?));
                }
                b"X" => {
                    let length = self.integer(4)?;
                    object.stack.push(Value::Text(self.text(length)?));
                }
                b"c" => {
                    let class = format!("{}.{}", self.line()?, self.line()?);
                    object.stack.push(Value::Class(class.into()));
                }
                b"q" => object.remember(self.integer(1)?)?,
                b"r" => object.remember(self.integer(4)?)?,
                b"h" => object.recall(self.integer(1)?)?,
                b"j" => object.recall(self.integer(4)?)?,
                b"\x85" => object.tuple(1)?,
                b"\x86" => object.tuple(2)?,
                b"\x87" => object.tuple(3)?,
                b"t" => {
                    let length = object.since_mark();
                    object.tuple(length)?;
                    object.drop_under_top()?;
                }
                b"Q" => {
                    let Some(Value::Storage(_)) = object.stack.last() else {
                        return Err(damaged("a storage is none"));
                    };
                }
                b"R" => object.call()?,
                b"b" => drop(object.pop(1)?),
                code @ (b"a" | b"s") => {
                    let items = object.pop(if code == b"a" { 1 } else { 2 })?;
                    object.keep(&items);
                }
                b"e" | b"u" => {
                    let items = object.pop(object.since_mark())?;
                    object.pop(1)?;
                    object.keep(&items);
                }
                code => return Err(damaged(format!("opcode {code:?} is unknown"))),
            }
        }
    }
}
