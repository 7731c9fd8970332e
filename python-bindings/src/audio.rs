//! Audio from Python -> samples that the engine hears.

use std::{fs::File, path::PathBuf};

use locutor::{
    Error, Result,
    audio::{Audio, Limits, RATES, SPEECH_RATE, decode_at, decode_reader},
};
use pyo3::prelude::*;

/// Where audio comes from.
#[derive(FromPyObject)]
pub(crate) enum Source {
    /// A file's bytes.
    Encoded(Vec<u8>),
    /// A file.
    Path(PathBuf),
}

impl Source {
    pub(crate) fn decode(self) -> Result<Audio> {
        let limits = Limits::default();
        match self {
            Self::Encoded(bytes) => decode_at(&bytes, SPEECH_RATE, limits),
            Self::Path(path) => {
                let file = File::open(&path).map_err(|source| Error::Io { path, source })?;
                decode_reader(file, Some(SPEECH_RATE), limits)
            }
        }
    }
}

/// Audio from 32-bit floats in the machine's byte order; what is beyond [-1, 1] is clipped, what
/// is no number is silence.
pub(crate) fn from_samples(bytes: &[u8], sample_rate: u32) -> Result<Audio> {
    if !RATES.contains(&sample_rate) {
        let message = format!("is {sample_rate}; give hertz in {RATES:?}");
        return Err(Error::invalid("sample_rate", message));
    }
    let samples = bytes.as_chunks::<4>().0.iter().map(|bytes| {
        let sample = f32::from_ne_bytes(*bytes);
        if sample.is_finite() {
            sample.clamp(-1.0, 1.0)
        } else {
            0.0
        }
    });
    Ok(Audio {
        samples: samples.collect(),
        sample_rate,
    })
}
