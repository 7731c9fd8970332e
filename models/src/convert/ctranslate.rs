//! Reader of `CTranslate2`'s binary model format, version 6.
//!
//! All numbers are little-endian: version u32, spec name, revision u32, count u32, then per
//! variable name, rank u8, that many u32 dimensions, type u8, byte count u32 and the bytes;
//! at the end aliases. A name is a u16 length and that many bytes, the last one zero. The
//! index keeps offsets, so that memory use does not grow with the weights.

use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};

/// More variables than any Whisper has (large: 1,500), few enough to index.
const MOST_VARIABLES: u32 = 65_536;
/// Whisper's variables have at most three dimensions.
const HIGHEST_RANK: u8 = 4;

/// Number format of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    F32,
    I8,
    I16,
    I32,
    F16,
    Bf16,
}

impl Kind {
    fn from_id(id: u8) -> Option<Self> {
        [
            Self::F32,
            Self::I8,
            Self::I16,
            Self::I32,
            Self::F16,
            Self::Bf16,
        ]
        .get(usize::from(id))
        .copied()
    }

    fn size(self) -> u64 {
        match self {
            Self::I8 => 1,
            Self::I16 | Self::F16 | Self::Bf16 => 2,
            Self::F32 | Self::I32 => 4,
        }
    }
}

/// Where a variable lies and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) shape: Vec<usize>,
    pub(super) kind: Kind,
    offset: u64,
    bytes: u64,
}

/// An indexed model file.
#[derive(Debug)]
pub(super) struct Model<R> {
    reader: R,
    variables: HashMap<String, Variable>,
}

fn broken(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

impl<R: Read + Seek> Model<R> {
    /// Reads the index of a `WhisperSpec` file of `length` bytes.
    pub(super) fn open(mut reader: R, length: u64) -> io::Result<Self> {
        let version = u32::from_le_bytes(array(&mut reader)?);
        if version != 6 {
            return Err(broken(format!(
                "it has format version {version}, 6 is understood"
            )));
        }
        let spec = name(&mut reader)?;
        let revision = u32::from_le_bytes(array(&mut reader)?);
        if spec != "WhisperSpec" || revision != 3 {
            return Err(broken(format!(
                "it is a {spec} of revision {revision}, WhisperSpec of revision 3 is understood"
            )));
        }
        let count = u32::from_le_bytes(array(&mut reader)?);
        if count > MOST_VARIABLES {
            return Err(broken(format!("it claims {count} variables")));
        }
        let mut variables = HashMap::new();
        for _ in 0..count {
            let name = name(&mut reader)?;
            let variable = Variable::read(&mut reader, length)
                .map_err(|error| broken(format!("variable {name}: {error}")))?;
            if variables.insert(name.clone(), variable).is_some() {
                return Err(broken(format!("variable {name} comes twice")));
            }
        }
        Ok(Self { reader, variables })
    }

    /// The variable of that name, if there is one.
    pub(super) fn find(&self, name: &str) -> Option<&Variable> {
        self.variables.get(name)
    }

    /// Its shape.
    pub(super) fn shape(&self, name: &str) -> io::Result<&[usize]> {
        self.find(name)
            .map(|variable| variable.shape.as_slice())
            .ok_or_else(|| broken(format!("variable {name} is missing")))
    }

    /// A single whole number, e.g. the number of heads.
    pub(super) fn integer(&mut self, name: &str) -> io::Result<i32> {
        let (variable, bytes) = self.bytes(name)?;
        match (variable.kind, bytes.as_slice()) {
            (Kind::I8, [value]) => Ok(i32::from(value.cast_signed())),
            (Kind::I16, &[a, b]) => Ok(i32::from(i16::from_le_bytes([a, b]))),
            (Kind::I32, &[a, b, c, d]) => Ok(i32::from_le_bytes([a, b, c, d])),
            _ => Err(broken(format!("variable {name} is no whole number"))),
        }
    }

    /// All its values in single precision, with its shape.
    pub(super) fn weights(&mut self, name: &str) -> io::Result<(Vec<usize>, Vec<f32>)> {
        let (variable, bytes) = self.bytes(name)?;
        let pairs = bytes.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
        let values = match variable.kind {
            Kind::F16 => pairs
                .map(|pair| half::f16::from_le_bytes(pair).to_f32())
                .collect(),
            Kind::Bf16 => pairs
                .map(|pair| half::bf16::from_le_bytes(pair).to_f32())
                .collect(),
            Kind::F32 => bytes
                .chunks_exact(4)
                .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
                .collect(),
            Kind::I8 | Kind::I16 | Kind::I32 => {
                return Err(broken(format!(
                    "variable {name} holds integers; float weights are understood"
                )));
            }
        };
        Ok((variable.shape, values))
    }

    fn bytes(&mut self, name: &str) -> io::Result<(Variable, Vec<u8>)> {
        let variable = self
            .find(name)
            .cloned()
            .ok_or_else(|| broken(format!("variable {name} is missing")))?;
        self.reader.seek(SeekFrom::Start(variable.offset))?;
        // The index checked the count against the file's length.
        let mut bytes = vec![0; usize::try_from(variable.bytes).map_err(io::Error::other)?];
        self.reader.read_exact(&mut bytes)?;
        Ok((variable, bytes))
    }
}

impl Variable {
    fn read<R: Read + Seek>(reader: &mut R, length: u64) -> io::Result<Self> {
        let [rank] = array(reader)?;
        if rank > HIGHEST_RANK {
            return Err(broken(format!("{rank} dimensions")));
        }
        let mut shape = Vec::with_capacity(usize::from(rank));
        let mut elements = 1_u64;
        for _ in 0..rank {
            let dimension = u32::from_le_bytes(array(reader)?);
            elements = elements.saturating_mul(u64::from(dimension));
            shape.push(dimension as usize);
        }
        let [id] = array(reader)?;
        let kind = Kind::from_id(id).ok_or_else(|| broken(format!("unknown type {id}")))?;
        let bytes = u64::from(u32::from_le_bytes(array(reader)?));
        if elements.checked_mul(kind.size()) != Some(bytes) {
            return Err(broken(format!(
                "{bytes} bytes for {elements} elements of {kind:?}"
            )));
        }
        let offset = reader.stream_position()?;
        if offset.checked_add(bytes).is_none_or(|end| end > length) {
            return Err(broken("it goes past the end of the file"));
        }
        reader.seek(SeekFrom::Start(offset + bytes))?;
        Ok(Self {
            shape,
            kind,
            offset,
            bytes,
        })
    }
}

fn array<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn name(reader: &mut impl Read) -> io::Result<String> {
    let length = u16::from_le_bytes(array(reader)?);
    let mut bytes = vec![0; usize::from(length)];
    reader.read_exact(&mut bytes)?;
    if bytes.pop() != Some(0) {
        return Err(broken("a name does not end with a zero"));
    }
    String::from_utf8(bytes).map_err(|_| broken("a name is not UTF-8"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    /// Writes the format, for the tests of this folder.
    pub(crate) fn written(variables: &[(String, Vec<u32>, u8, Vec<u8>)]) -> Vec<u8> {
        let mut file = 6_u32.to_le_bytes().to_vec();
        let text = |file: &mut Vec<u8>, name: &str| {
            file.extend((name.len() as u16 + 1).to_le_bytes());
            file.extend(name.as_bytes());
            file.push(0);
        };
        text(&mut file, "WhisperSpec");
        file.extend(3_u32.to_le_bytes());
        file.extend((variables.len() as u32).to_le_bytes());
        for (name, shape, kind, bytes) in variables {
            text(&mut file, name);
            file.push(shape.len() as u8);
            for dimension in shape {
                file.extend(dimension.to_le_bytes());
            }
            file.push(*kind);
            file.extend((bytes.len() as u32).to_le_bytes());
            file.extend(bytes);
        }
        file.extend(0_u32.to_le_bytes());
        file
    }

    fn opened(bytes: &[u8]) -> io::Result<Model<Cursor<&[u8]>>> {
        Model::open(Cursor::new(bytes), bytes.len() as u64)
    }

    fn sample() -> Vec<u8> {
        let half = |value: f32| half::f16::from_f32(value).to_le_bytes();
        written(&[
            ("heads".to_owned(), vec![], 2, vec![6, 0]),
            (
                "weight".to_owned(),
                vec![1, 2],
                4,
                [half(0.5), half(-2.0)].concat(),
            ),
        ])
    }

    #[test]
    fn reads_back_what_was_written() {
        let file = sample();
        let mut model = opened(&file).unwrap();
        assert_eq!(model.integer("heads").unwrap(), 6);
        let (shape, values) = model.weights("weight").unwrap();
        assert_eq!((shape, values), (vec![1, 2], vec![0.5, -2.0]));
        assert!(model.integer("weight").is_err());
        assert!(model.weights("heads").is_err());
        assert!(model.weights("absent").is_err());
    }

    #[test]
    fn a_claim_larger_than_the_file_is_refused_without_allocating() {
        let file = written(&[("w".to_owned(), vec![u32::MAX, u32::MAX], 0, vec![])]);
        assert!(
            opened(&file)
                .unwrap_err()
                .to_string()
                .contains("variable w")
        );
        let mut file = written(&[]);
        let count = file.len() - 8;
        file[count..count + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(opened(&file).unwrap_err().to_string().contains("claims"));
    }

    proptest! {
        #[test]
        fn a_cut_file_is_an_error(cut in 0_usize..80) {
            let file = sample();
            // The last four bytes are the alias count, which is not read.
            let cut = cut.min(file.len() - 5);
            prop_assert!(opened(&file[..cut]).is_err());
        }

        #[test]
        fn a_changed_byte_never_panics(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut file = sample();
            let place = place.index(file.len());
            file[place] = byte;
            if let Ok(mut model) = opened(&file) {
                let _ = model.weights("weight");
                let _ = model.integer("heads");
            }
        }

        #[test]
        fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = opened(&bytes);
        }
    }
}
