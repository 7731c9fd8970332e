//! A reader that can be told to stop.

use std::io::{Error, Read, Result, Seek, SeekFrom};

use crate::Cancellation;

/// Passes reads on until its [`Cancellation`] is set; from then on they fail. Hours of audio are
/// decoded in one call, which ends early this way.
#[derive(Debug)]
pub struct Interruptible<R> {
    reader: R,
    cancellation: Cancellation,
}

impl<R> Interruptible<R> {
    /// Reads from `reader` while `cancellation` is not set.
    pub fn new(reader: R, cancellation: Cancellation) -> Self {
        Self {
            reader,
            cancellation,
        }
    }
}

impl<R: Read> Read for Interruptible<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.cancellation.is_cancelled() {
            // Not `Interrupted`: that kind asks for another try.
            return Err(Error::other("the work was cancelled"));
        }
        self.reader.read(buffer)
    }
}

impl<R: Seek> Seek for Interruptible<R> {
    fn seek(&mut self, position: SeekFrom) -> Result<u64> {
        self.reader.seek(position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::audio::{Audio, Limits, decode_reader, wav};

    /// Cancels the work when so many bytes have been read.
    struct Trap {
        bytes: Cursor<Vec<u8>>,
        left: usize,
        cancellation: Cancellation,
    }

    impl Read for Trap {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let count = self.bytes.read(buffer)?;
            self.left = self.left.saturating_sub(count);
            if self.left == 0 {
                self.cancellation.cancel();
            }
            Ok(count)
        }
    }

    impl Seek for Trap {
        fn seek(&mut self, position: SeekFrom) -> Result<u64> {
            self.bytes.seek(position)
        }
    }

    #[test]
    fn decoding_ends_where_it_is_cancelled() {
        let bytes = wav::encode(&Audio {
            samples: vec![0.1; 2_000_000],
            sample_rate: 16_000,
        });
        let (whole, cancellation) = (bytes.len() as u64, Cancellation::new());
        let mut trap = Trap {
            bytes: Cursor::new(bytes),
            left: 400_000,
            cancellation: cancellation.clone(),
        };
        let reader = Interruptible::new(&mut trap, cancellation);
        assert!(decode_reader(reader, None, Limits::default()).is_err());
        assert!(trap.bytes.position() < whole / 2);
    }
}
