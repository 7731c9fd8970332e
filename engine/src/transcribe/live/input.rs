//! What is pushed -> samples at the rate of speech, with or without their noise.

use crate::{
    Result,
    audio::{NoiseSuppressor, SPEECH_RATE, Stream},
};

pub(super) enum Input {
    AsIs(Box<Stream>),
    WithoutNoise(Box<NoiseSuppressor>),
}

impl Input {
    pub(super) fn new(rate: u32, noise_suppression: bool) -> Result<Self> {
        if noise_suppression {
            let suppressor = NoiseSuppressor::new(rate, SPEECH_RATE)?;
            return Ok(Self::WithoutNoise(Box::new(suppressor)));
        }
        Ok(Self::AsIs(Box::new(Stream::new(rate, SPEECH_RATE)?)))
    }

    pub(super) fn push(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        match self {
            Self::AsIs(stream) => stream.push(samples),
            Self::WithoutNoise(suppressor) => suppressor.push(samples),
        }
    }

    pub(super) fn flush(&mut self) -> Result<Vec<f32>> {
        match self {
            Self::AsIs(stream) => stream.flush(),
            Self::WithoutNoise(suppressor) => suppressor.flush(),
        }
    }
}
