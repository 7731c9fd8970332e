//! Collects decoded packets as one channel, at the original rate or at another.
//!
//! interleaved frames -> mean of the channels, made finite and clamped -> [`Mono`] -> (resampler)
//! -> samples.

use super::{Audio, Limits, RATES, resample::Converter};
use crate::{Error, Result};

/// Takes interleaved packets and keeps mono samples, within limits.
pub(super) struct Mono {
    source_rate: u32,
    frames: u64,
    max_frames: u64,
    max_seconds: f64,
    kept: Kept,
    mixed: Vec<f32>,
}

enum Kept {
    Original(Vec<f32>),
    Converted(Box<Converter>),
}

impl Mono {
    /// Starts with the rate of the file; `rate` is the wanted one, `None` keeps it.
    pub(super) fn new(source_rate: u32, rate: Option<u32>, limits: Limits) -> Result<Self> {
        if !RATES.contains(&source_rate) {
            return Err(Error::audio(format!(
                "the sample rate {source_rate} Hz is outside {} to {} Hz; convert the file first",
                RATES.start(),
                RATES.end()
            )));
        }
        let kept = match rate.filter(|rate| *rate != source_rate) {
            Some(rate) => Kept::Converted(Box::new(Converter::new(source_rate, rate)?)),
            None => Kept::Original(Vec::new()),
        };
        Ok(Self {
            source_rate,
            frames: 0,
            max_frames: (limits.max_seconds * f64::from(source_rate)) as u64,
            max_seconds: limits.max_seconds,
            kept,
            mixed: Vec::new(),
        })
    }

    /// Adds one packet.
    pub(super) fn push(&mut self, interleaved: &[f32], channels: usize, rate: u32) -> Result<()> {
        if rate != self.source_rate {
            return Err(Error::audio(format!(
                "the sample rate changes from {} to {rate} Hz within the file; split it there",
                self.source_rate
            )));
        }
        let channels = channels.max(1);
        self.frames += (interleaved.len() / channels) as u64;
        if self.frames > self.max_frames {
            return Err(Error::audio(format!(
                "longer than the limit of {:.0} s; split it into shorter parts",
                self.max_seconds
            )));
        }
        self.mixed.clear();
        let scale = 1.0 / channels as f32;
        self.mixed.extend(
            interleaved
                .chunks_exact(channels)
                .map(|frame| sane(frame.iter().copied().map(sane).sum::<f32>() * scale)),
        );
        match &mut self.kept {
            Kept::Original(samples) => samples.extend_from_slice(&self.mixed),
            Kept::Converted(converter) => converter.push(&self.mixed)?,
        }
        Ok(())
    }

    /// Frames seen so far, at the file's rate.
    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    /// The file's rate.
    pub(super) fn source_rate(&self) -> u32 {
        self.source_rate
    }

    /// All samples.
    pub(super) fn finish(self) -> Result<Audio> {
        match self.kept {
            Kept::Original(samples) => Ok(Audio {
                samples,
                sample_rate: self.source_rate,
            }),
            Kept::Converted(converter) => converter.finish(),
        }
    }
}

/// A float file may hold anything: not-a-number becomes silence, the rest is clamped.
pub(super) fn sane(sample: f32) -> f32 {
    if sample.is_nan() {
        0.0
    } else {
        sample.clamp(-1.0, 1.0)
    }
}
