//! Whisper (Radford et al. 2022) on our kernels.
//!
//! audio -> 16 kHz -> silence gate -> [`window`] (which stretches, and how much context to encode) -> [`mel`] ->
//! [`encoder`] -> [`decoder`], token by token ([`write`], within the [`rules`]) -> [`quality`] (was it a good decode? else
//! again with more context, then hotter) -> [`segments`] and, by where the decoder looked ([`alignment`]), words with times.
//!
//! Reads models in GGML's format whose weights have eight bits, on a processor; [`whisper_cpp`](super::whisper_cpp) runs the
//! others, and graphics cards.

mod alignment;
mod asked;
mod attempts;
mod attention;
mod decoder;
mod edges;
mod encoder;
mod ggml;
mod heads;
pub(super) mod hotwords;
mod languages;
mod load;
mod mel;
mod memory;
pub(super) mod quality;
mod rules;
mod segments;
mod sequence;
pub(super) mod silence;
mod stream;
mod tokenizer;
mod weights;
pub(super) mod window;
pub(super) mod words;
mod write;

pub(super) use asked::{PROMPT_BYTES, SURE, check, choose, knows_english_only, most_tokens};
pub use hotwords::{MOST as MOST_HOTWORDS, MOST_BYTES as MOST_HOTWORD_BYTES};
pub(super) use languages::code;
pub use languages::{language_name, language_names};

use std::{sync::Arc, time::Instant};

use self::{
    decoder::{Decoder, Workspace},
    encoder::Encoder,
    hotwords::Hotwords,
    mel::Spectrogram,
    sequence::Heard,
    stream::Machine,
    tokenizer::{LANGUAGES, Tokenizer},
};
use super::{Options, Segment, Task, Transcriber, Transcript, transcript};
use crate::{
    Cancellation, Error, Result,
    audio::{Audio, SPEECH_RATE},
    kernel::{Pool, Variant},
};

const BACKEND: &str = "whisper";

/// A Whisper model; calls may come from several threads.
pub struct WhisperTranscriber {
    model: String,
    tokenizer: Tokenizer,
    spectrogram: Spectrogram,
    encoder: Encoder,
    decoder: Decoder,
    pool: Arc<Pool>,
    variant: Variant,
}

/// What to decode with.
struct Job<'a> {
    options: &'a Options,
    /// What comes before the text.
    prompt: Vec<u32>,
    /// How many of the prompt's last tokens begin the transcript.
    beginning: usize,
    hotwords: Hotwords,
}

impl WhisperTranscriber {
    fn machine(&self) -> Machine<'_> {
        Machine {
            pool: &self.pool,
            variant: self.variant,
        }
    }

    /// What the decoder looks at of at most thirty seconds; with the context that the model was trained with, or with as
    /// little as the audio needs.
    fn hear(&self, samples: &[f32], full: bool, cancellation: &Cancellation) -> Result<Arc<Heard>> {
        let most = self.encoder.most_positions();
        let positions = match window::encoder_context(samples.len()) {
            Some(positions) if !full => positions.min(most),
            _ => most,
        };
        let frames = self.spectrogram.compute(samples, 2 * positions);
        let encoded = self.encoder.run(self.machine(), &frames, cancellation)?;
        Ok(self.decoder.hear(self.machine(), &encoded, positions))
    }

    /// How likely each language is in what was heard.
    fn languages(&self, heard: &Arc<Heard>) -> Vec<(&'static str, f32)> {
        let special = self.tokenizer.special();
        let mut sequence = self.decoder.sequence(heard, 1);
        let mut workspace = Workspace::default();
        let beginning = [special.start_of_transcript];
        let machine = self.machine();
        let scores = self
            .decoder
            .forward(machine, &mut sequence, &beginning, 1, &mut workspace);
        let scores = &scores[special.first_language as usize..][..special.languages()];
        let largest = scores.iter().copied().fold(f32::MIN, f32::max);
        let sum: f32 = scores.iter().map(|score| (score - largest).exp()).sum();
        let shares = scores.iter().map(|score| (score - largest).exp() / sum);
        let codes = LANGUAGES.iter().map(|(code, _)| *code);
        codes.zip(shares).collect()
    }

    /// What comes before the text.
    fn job<'a>(&self, language: &str, options: &'a Options) -> Result<Job<'a>> {
        let (tokenizer, special) = (&self.tokenizer, self.tokenizer.special());
        let mut prompt = Vec::new();
        if let Some(text) = &options.prompt {
            let start = text.ceil_char_boundary(text.len().saturating_sub(PROMPT_BYTES));
            let tokens = tokenizer.encode(&format!(" {}", text[start..].trim_start()));
            if !text.trim().is_empty() {
                let most = self.decoder.most_tokens() / 2 - 1;
                prompt.push(special.previous);
                prompt.extend(&tokens[tokens.len().saturating_sub(most)..]);
            }
        }
        let before = prompt.len();
        prompt.push(special.start_of_transcript);
        if special.is_multilingual() {
            prompt.push(special.language(language).unwrap_or(special.first_language));
            prompt.push(match options.task {
                Task::Transcribe => special.transcribe,
                Task::Translate => special.translate,
            });
        }
        Ok(Job {
            options,
            beginning: prompt.len() - before,
            prompt,
            hotwords: Hotwords::new(tokenizer, &options.hotwords)?,
        })
    }

    fn check(&self, options: &Options) -> Result<()> {
        check(
            &self.model,
            self.tokenizer.special().is_multilingual(),
            options,
        )
    }
}

fn seconds(samples: usize) -> f64 {
    samples as f64 / f64::from(SPEECH_RATE)
}

impl Transcriber for WhisperTranscriber {
    fn transcribe(
        &self,
        audio: &Audio,
        options: &Options,
        on_segment: &mut dyn FnMut(&Segment),
        cancellation: &Cancellation,
    ) -> Result<Transcript> {
        self.check(options)?;
        let duration = audio.seconds();
        let resampled = audio.resampled(SPEECH_RATE)?;
        let samples = resampled.samples.as_slice();
        let asked = options.language.as_deref().map(code).transpose()?;
        if silence::is_silent(samples) {
            return Ok(transcript::empty(asked, duration));
        }
        cancellation.check()?;
        let parts = window::parts(samples);
        let mut heard = None;
        let (mut detection_seconds, mut found) = (0.0, (asked.unwrap_or("en"), 1.0));
        if asked.is_none() && self.tokenizer.special().is_multilingual() {
            let started = Instant::now();
            let first = self.hear(&samples[parts[0].clone()], false, cancellation)?;
            found = choose(&self.languages(&first), options)?;
            detection_seconds = started.elapsed().as_secs_f64();
            heard = Some(first);
        }
        let job = self.job(found.0, options)?;
        let mut segments: Vec<Segment> = Vec::new();
        let mut fallbacks = 0;
        for part in parts {
            let heard = heard.take();
            let new = self.stretch(&samples[part.clone()], &job, heard, cancellation)?;
            fallbacks += new.fallbacks;
            for mut segment in new.segments {
                transcript::shift(&mut segment, seconds(part.start));
                segment.id = segments.len();
                on_segment(&segment);
                segments.push(segment);
            }
        }
        Ok(Transcript {
            language: found.0.to_owned(),
            language_probability: found.1,
            detection_seconds,
            duration,
            text: transcript::text(&segments),
            segments,
            fallbacks,
            quality: None,
        })
    }

    fn language_probabilities(
        &self,
        audio: &Audio,
        cancellation: &Cancellation,
    ) -> Result<Vec<(&'static str, f32)>> {
        if !self.tokenizer.special().is_multilingual() {
            return Err(knows_english_only(&self.model));
        }
        let resampled = audio.resampled(SPEECH_RATE)?;
        if resampled.samples.len() < silence::SHORTEST {
            return Err(Error::invalid("audio", "is too short to tell its language"));
        }
        let head = &resampled.samples[..resampled.samples.len().min(window::SAMPLES)];
        Ok(self.languages(&self.hear(head, false, cancellation)?))
    }
}

fn damaged(message: impl std::fmt::Display) -> Error {
    Error::backend(BACKEND, format!("the model cannot be read: {message}"))
}

#[cfg(test)]
mod tests;
