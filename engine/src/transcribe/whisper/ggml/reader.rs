//! A position in the file that never leaves it.

use super::{Error, Result};

/// Reads one thing after another from the bytes of a file.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position == self.bytes.len()
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let (taken, _) = rest.split_at_checked(count).ok_or(Error::Truncated {
            offset: self.position,
            needed: count,
            available: rest.len(),
        })?;
        self.position += count;
        Ok(taken)
    }

    fn array<const COUNT: usize>(&mut self) -> Result<[u8; COUNT]> {
        let offset = self.position;
        let taken = self.take(COUNT)?;
        taken.try_into().map_err(|_| Error::Length { offset })
    }

    /// The next four bytes as they are.
    pub(super) fn bits(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// The next i32.
    pub(super) fn integer(&mut self) -> Result<i32> {
        self.array().map(i32::from_le_bytes)
    }

    /// The next i32, which must not be negative.
    pub(super) fn length(&mut self) -> Result<usize> {
        let offset = self.position;
        usize::try_from(self.integer()?).map_err(|_| Error::Length { offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_never_passed() {
        let mut reader = Reader::new(&[1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 9]);
        assert_eq!(reader.length(), Ok(1));
        assert_eq!(reader.length(), Err(Error::Length { offset: 4 }));
        assert!(!reader.is_at_end());
        let missing = Error::Truncated {
            offset: 8,
            needed: usize::MAX,
            available: 1,
        };
        assert_eq!(reader.take(usize::MAX), Err(missing));
        assert_eq!(reader.take(1), Ok(&[9][..]));
        assert!(reader.is_at_end());
        assert!(reader.bits().is_err());
    }
}
