//! How often and how something is decoded until it went well.

use std::sync::Arc;

use super::{
    Job, WhisperTranscriber, quality, seconds,
    segments::{Decoded, Reading, STEP},
    sequence::Heard,
    silence, window,
    write::{MOST_TOKENS, Manner},
};
use crate::{
    Cancellation, Result,
    audio::SPEECH_RATE,
    transcribe::{Effort, transcript},
};

/// Temperatures of the attempts after poor ones.
const HOTTER: [f32; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];
/// Seconds that are worth being heard again after a text that ended early, and that it must have reached.
const REST: f64 = 1.0;

impl WhisperTranscriber {
    /// One stretch of audio of at most thirty seconds. What its text does not reach is heard again.
    pub(super) fn stretch(
        &self,
        samples: &[f32],
        job: &Job<'_>,
        mut heard: Option<Arc<Heard>>,
        cancellation: &Cancellation,
    ) -> Result<Decoded> {
        let mut all = Decoded::default();
        let mut start = 0;
        loop {
            let rest = &samples[start..];
            if silence::is_silent(rest) {
                return Ok(all);
            }
            let found = self.attempts(rest, job, heard.take(), cancellation)?;
            all.fallbacks += found.fallbacks;
            for mut segment in found.segments {
                transcript::shift(&mut segment, seconds(start));
                // The last word before may have been heard a little beyond where its text ended.
                let before = all.segments.last().map_or(0.0, |before| before.end);
                transcript::begin_after(&mut segment, before);
                all.segments.push(segment);
            }
            let covered = (found.covered * f64::from(SPEECH_RATE)) as usize;
            let left = rest.len().saturating_sub(covered);
            // A text that ends at once would be heard again and again.
            if seconds(covered) < REST || seconds(left) < REST {
                return Ok(all);
            }
            start += covered;
        }
    }

    /// With a context as short as the audio first, with the full one when that went badly, then hotter and hotter
    /// (Radford et al. 2022, section 4.5).
    fn attempts(
        &self,
        samples: &[f32],
        job: &Job<'_>,
        heard: Option<Arc<Heard>>,
        cancellation: &Cancellation,
    ) -> Result<Decoded> {
        let effort = job.options.effort;
        let is_short = window::encoder_context(samples.len()).is_some();
        let temperature = job.options.temperature;
        let mut best: Option<Decoded> = None;
        let mut attempts = 0;
        if is_short && effort != Effort::Thorough {
            let heard = match heard {
                Some(heard) => heard,
                None => self.hear(samples, false, cancellation)?,
            };
            let found = self.attempt(samples, &heard, job, temperature, cancellation)?;
            if effort == Effort::Once || !quality::is_poor(&found.segments) {
                return Ok(found.without_inventions());
            }
            best = Some(found);
            attempts += 1;
        }
        let heard = self.hear(samples, true, cancellation)?;
        let hotter = HOTTER.into_iter().filter(|hotter| *hotter > temperature);
        for temperature in [temperature].into_iter().chain(hotter) {
            let found = self.attempt(samples, &heard, job, temperature, cancellation)?;
            attempts += 1;
            let poor = quality::is_poor(&found.segments);
            let silent = found.segments.is_empty() || quality::is_silence(&found.segments);
            if !best
                .as_ref()
                .is_some_and(|best| quality::is_better(&best.segments, &found.segments))
            {
                best = Some(found);
            }
            if !poor || silent || effort == Effort::Once {
                break;
            }
        }
        let mut best = best.unwrap_or_default().without_inventions();
        best.fallbacks = attempts - 1;
        Ok(best)
    }

    fn attempt(
        &self,
        samples: &[f32],
        heard: &Arc<Heard>,
        job: &Job<'_>,
        temperature: f32,
        cancellation: &Cancellation,
    ) -> Result<Decoded> {
        let seconds = seconds(samples.len());
        let most_tokens = match job.options.effort {
            Effort::Once => super::most_tokens(seconds).min(MOST_TOKENS),
            Effort::Ordinary | Effort::Thorough => MOST_TOKENS,
        };
        let manner = Manner {
            prompt: &job.prompt,
            beginning: job.beginning,
            temperature,
            most_tokens,
            length: (seconds / STEP).ceil() as u32,
            hotwords: &job.hotwords,
        };
        let written = self.write(heard, &manner, cancellation)?;
        let reading = Reading {
            tokenizer: &self.tokenizer,
            variant: self.variant,
            samples,
            seconds,
            words: job.options.words,
            logprobs: job.options.logprobs,
        };
        Ok(reading.segments(&written))
    }
}
