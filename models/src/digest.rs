//! SHA-256 of files and of bytes on their way to a file.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::catalog::Expected;
use crate::{Error, Result};

/// Large enough that the system calls do not show, small enough to report often.
pub(crate) const CHUNK: usize = 1 << 18;

pub(crate) fn hexadecimal(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Size and digest of a file; `step` gets each count of bytes read and may stop the work.
pub(crate) fn of_file(path: &Path, step: &mut dyn FnMut(u64) -> Result<()>) -> Result<Expected> {
    let mut file = File::open(path).map_err(Error::io(path))?;
    let mut digest = Sha256::new();
    let mut size = 0;
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = file.read(&mut chunk).map_err(Error::io(path))?;
        if count == 0 {
            return Ok(Expected {
                size,
                sha256: hexadecimal(&digest.finalize()),
            });
        }
        digest.update(&chunk[..count]);
        size += count as u64;
        step(count as u64)?;
    }
}

/// Hashes what passes through it.
pub(crate) struct Hashing<W> {
    inner: W,
    digest: Sha256,
    size: u64,
}

impl<W: Write> Hashing<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
            size: 0,
        }
    }

    pub(crate) fn finish(self) -> (W, Expected) {
        let expected = Expected {
            size: self.size,
            sha256: hexadecimal(&self.digest.finalize()),
        };
        (self.inner, expected)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.digest.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// What differs, if anything.
pub(crate) fn difference(expected: &Expected, found: &Expected) -> Option<String> {
    if expected.size != found.size {
        return Some(format!(
            "has {} bytes instead of {}",
            found.size, expected.size
        ));
    }
    (expected.sha256 != found.sha256).then(|| {
        format!(
            "has SHA-256 {} instead of {}",
            found.sha256, expected.sha256
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_and_stream_agree_with_the_standard() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        let mut writer = Hashing::new(File::create(&path).unwrap());
        writer.write_all(b"abc").unwrap();
        let (_, streamed) = writer.finish();
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            streamed.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(streamed, of_file(&path, &mut |_| Ok(())).unwrap());
    }
}
