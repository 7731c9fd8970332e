//! GGUF files: the header is parsed, the weights stay in the file and are mapped into memory.
//!
//! file -> [`reader`] (bounded reads, nothing is allocated on the header's word alone) ->
//! [`Value`]s and [`Tensor`]s -> [`blocks`] (quantised blocks -> numbers or packed groups).
//!
//! Format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

pub(super) mod blocks;
mod format;
mod reader;
#[cfg(test)]
pub(super) mod testing;
mod value;

use std::{collections::HashMap, fs::File, path::Path};

use memmap2::Mmap;

pub(super) use format::Format;
pub(super) use value::Value;

use super::metadata::damaged;
use crate::{Error, Result};
use reader::Reader;

/// Most key-value pairs, tensors and dimensions a header may name.
const MOST_PAIRS: u64 = 4_096;
const MOST_TENSORS: u64 = 65_536;
const MOST_DIMENSIONS: u32 = 4;

/// A parsed file.
pub(super) struct Gguf {
    pub(super) metadata: HashMap<String, Value>,
    tensors: HashMap<String, Tensor>,
    file: Mmap,
}

/// Where a tensor lies. Its bytes were checked to be inside the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tensor {
    /// Dimensions, the one whose numbers are neighbours first.
    pub(super) shape: Vec<usize>,
    pub(super) format: Format,
    bytes: std::ops::Range<usize>,
}

impl Gguf {
    /// Maps the file and parses its header.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read, [`Error::Backend`] when it is no usable GGUF file.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let failed = |source| Error::Io {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(failed)?;
        Self::parse(map(&file).map_err(failed)?)
    }

    fn parse(file: Mmap) -> Result<Self> {
        let mut reader = Reader::new(&file);
        if reader.bytes(4)? != b"GGUF" {
            return Err(damaged("the file does not begin as GGUF files do"));
        }
        let version = reader.u32()?;
        if !(2..=3).contains(&version) {
            return Err(damaged(format!(
                "the file is of version {version}; 2 and 3 are supported"
            )));
        }
        let tensor_count = bounded(reader.u64()?, MOST_TENSORS, "tensors")?;
        let pair_count = bounded(reader.u64()?, MOST_PAIRS, "key-value pairs")?;
        let mut metadata = HashMap::new();
        for _ in 0..pair_count {
            let key = reader.string()?;
            metadata.insert(key, Value::read(&mut reader)?);
        }
        let headers = (0..tensor_count)
            .map(|_| Header::read(&mut reader))
            .collect::<Result<Vec<_>>>()?;
        let start = data_start(&metadata, reader.position())?;
        let tensors = headers
            .into_iter()
            .map(|header| header.place(start, file.len()))
            .collect::<Result<_>>()?;
        Ok(Self {
            metadata,
            tensors,
            file,
        })
    }
}

impl Gguf {
    /// The tensor of the name, if there is one.
    pub(super) fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }

    /// Numbers of all tensors.
    pub(super) fn parameters(&self) -> usize {
        let counts = self.tensors.values();
        counts
            .map(|tensor| tensor.shape.iter().product::<usize>())
            .sum()
    }

    /// The tensor's bytes, whole blocks.
    pub(super) fn bytes(&self, tensor: &Tensor) -> &[u8] {
        &self.file[tensor.bytes.clone()]
    }

    /// Gives back the memory that holds the tensor's bytes, for who has packed them: otherwise all
    /// weights are in memory twice. Whoever reads them again has them read from the file.
    #[expect(unsafe_code, reason = "advice about mapped memory")]
    pub(super) fn release(&self, tensor: &Tensor) {
        #[cfg(unix)]
        // SAFETY: the mapping is of a file and never written, so that its pages come back with the
        // same bytes.
        let released = unsafe {
            let (start, length) = (tensor.bytes.start, tensor.bytes.len());
            let advice = memmap2::UncheckedAdvice::DontNeed;
            self.file.unchecked_advise_range(advice, start, length)
        };
        #[cfg(not(unix))]
        let released: std::io::Result<()> = Ok(());
        if let Err(error) = released {
            tracing::debug!(%error, "the memory of packed weights could not be given back");
        }
    }

    /// Forgets what the header says but for where the tensors are: a vocabulary takes some tens
    /// of megabytes.
    pub(super) fn forget_metadata(&mut self) {
        self.metadata = HashMap::new();
    }
}

/// Maps the file.
#[expect(unsafe_code, reason = "memory mapping")]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: model files are only ever replaced by renaming, never written in place, so what is
    // mapped does not change; a file that somebody else truncates ends the process with a signal.
    unsafe { Mmap::map(file) }
}

/// A tensor as the header names it.
struct Header {
    name: String,
    shape: Vec<usize>,
    format: Format,
    offset: u64,
}

impl Header {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let name = reader.string()?;
        let dimensions = reader.u32()?;
        if dimensions > MOST_DIMENSIONS {
            return Err(damaged(format!("`{name}` has {dimensions} dimensions")));
        }
        let shape = (0..dimensions)
            .map(|_| {
                let length = reader.u64()?;
                usize::try_from(length).map_err(|_| damaged(format!("`{name}` is too large")))
            })
            .collect::<Result<Vec<_>>>()?;
        let format = Format::from_number(reader.u32()?)
            .ok_or_else(|| damaged(format!("`{name}` is of a format that is not supported")))?;
        Ok(Self {
            name,
            shape,
            format,
            offset: reader.u64()?,
        })
    }

    /// Where it lies in the file, if it does.
    fn place(self, start: usize, file: usize) -> Result<(String, Tensor)> {
        let outside = || damaged(format!("`{}` does not lie inside the file", self.name));
        let row = self.shape.first().copied().unwrap_or(1);
        if row % self.format.block() != 0 {
            return Err(damaged(format!(
                "`{}` has rows of {row} numbers, which are no whole blocks",
                self.name
            )));
        }
        let count = self
            .shape
            .iter()
            .try_fold(1_usize, |product, length| product.checked_mul(*length))
            .ok_or_else(outside)?;
        let size = (count / self.format.block())
            .checked_mul(self.format.bytes())
            .ok_or_else(outside)?;
        let offset = usize::try_from(self.offset).map_err(|_| outside())?;
        let begin = start.checked_add(offset).ok_or_else(outside)?;
        let end = begin.checked_add(size).ok_or_else(outside)?;
        if end > file {
            return Err(outside());
        }
        let tensor = Tensor {
            shape: self.shape,
            format: self.format,
            bytes: begin..end,
        };
        Ok((self.name, tensor))
    }
}

/// Data begin at the next multiple of the alignment.
fn data_start(metadata: &HashMap<String, Value>, header: usize) -> Result<usize> {
    let alignment = match metadata.get("general.alignment") {
        None => 32,
        Some(Value::Unsigned(alignment)) if (1..=1 << 20).contains(alignment) => {
            *alignment as usize
        }
        Some(_) => return Err(damaged("`general.alignment` is no usable number")),
    };
    Ok(header.next_multiple_of(alignment))
}

fn bounded(count: u64, most: u64, what: &str) -> Result<u64> {
    if count > most {
        return Err(damaged(format!(
            "the header names {count} {what}; at most {most} are allowed"
        )));
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;
    use testing::Writer;

    fn parse(bytes: &[u8]) -> Result<Gguf> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Gguf::parse(map(&file).unwrap())
    }

    fn sample() -> Vec<u8> {
        let mut writer = Writer::default();
        writer.text("general.architecture", "llama");
        writer.number("llama.block_count", 2);
        writer.texts("tokenizer.ggml.tokens", &["a", "b"]);
        writer.tensor("weights", &[32, 3], Format::F32, &vec![1; 32 * 3 * 4]);
        writer.finish()
    }

    #[test]
    fn what_was_written_is_read() {
        let gguf = parse(&sample()).unwrap();
        assert_eq!(gguf.metadata.len(), 3);
        let tensor = gguf.tensor("weights").unwrap();
        assert_eq!(tensor.shape, [32, 3]);
        assert_eq!(gguf.bytes(tensor), vec![1; 32 * 3 * 4]);
        assert!(gguf.tensor("absent").is_none());
    }

    #[test]
    fn what_was_released_is_read_again() {
        let mut gguf = parse(&sample()).unwrap();
        let tensor = gguf.tensor("weights").unwrap().clone();
        gguf.release(&tensor);
        gguf.forget_metadata();
        assert_eq!(gguf.bytes(&tensor), vec![1; 32 * 3 * 4]);
    }

    #[test]
    fn a_file_cut_anywhere_is_an_error() {
        let whole = sample();
        for end in 1..whole.len() {
            assert!(parse(&whole[..end]).is_err(), "{end}");
        }
    }

    proptest! {
        #[test]
        fn mangled_bytes_never_panic(position in 0_usize..400, value: u8, length in 1_usize..9) {
            let mut bytes = sample();
            let end = (position + length).min(bytes.len());
            if position < end {
                bytes[position..end].fill(value);
            }
            parse(&bytes).ok();
        }

        #[test]
        fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 1..300)) {
            let mut bytes = b"GGUF\x03\0\0\0".to_vec();
            bytes.extend(noise);
            parse(&bytes).ok();
        }
    }
}
