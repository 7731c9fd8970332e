//! Whisper (Radford et al. 2022) on our kernels.
//!
//! audio -> 16 kHz -> silence gate -> [`window`] (which stretches, and how much context to encode) -> [`mel`] ->
//! [`encoder`] -> [`decoder`], token by token ([`write`], within the [`rules`]), several stretches at once -> [`quality`] (was
//! it a good decode? else again with more context, then hotter) -> [`segments`] and, by where the decoder looked
//! ([`alignment`]), words with times.
//!
//! Reads models in GGML's format whose weights have eight bits, on a processor; [`whisper_cpp`](super::whisper_cpp) runs the
//! others, and graphics cards.

mod alignment;
mod asked;
mod attempts;
mod attention;
mod begun;
mod choose;
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

use std::{ops::Range, sync::Arc};

use self::{
    attempts::AudioPart,
    decoder::{Continuation, Decoder, Workspace},
    encoder::Encoder,
    hotwords::Hotwords,
    mel::Spectrogram,
    sequence::Heard,
    stream::Machine,
    tokenizer::{LANGUAGES, Tokenizer},
};
use super::{Options, Segment, Task, Transcriber, Transcript};
use crate::{
    Cancellation, Error, Result,
    audio::{Audio, SPEECH_RATE},
    kernel::{Pool, Variant},
};

const BACKEND: &str = "whisper";
/// Parts that are written at once at most.
const MOST_AT_ONCE: usize = 8;
/// Bytes that what is heard of them may take: of whisper-base 18 MB each, of whisper-medium 150.
const HEARD_BYTES: usize = 256 << 20;

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
        let beginning = Continuation {
            sequence: &mut sequence,
            tokens: &[special.start_of_transcript],
            scored: 1,
        };
        let scores = self
            .decoder
            .forward(self.machine(), &mut [beginning], &mut workspace);
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
        let mut begun = self.begin(audio, options, cancellation)?;
        let job = self.job(begun.language, options)?;
        for part in begun.parts.clone() {
            let heard = begun.heard.take();
            let audio = AudioPart {
                samples: &begun.samples[part.clone()],
                job: &job,
                heard,
            };
            for decoded in self.parts(&[audio], cancellation)? {
                let segments = begun.take(decoded, part.start);
                segments.iter().for_each(&mut *on_segment);
            }
        }
        Ok(begun.finish())
    }

    fn transcribe_windows(
        &self,
        windows: &[Audio],
        options: &Options,
        cancellation: &Cancellation,
    ) -> Result<Vec<Transcript>> {
        let at_once = (HEARD_BYTES / self.decoder.bytes_of_heard()).clamp(1, MOST_AT_ONCE);
        let mut transcripts = Vec::with_capacity(windows.len());
        for windows in windows.chunks(at_once) {
            let mut all = Vec::with_capacity(windows.len());
            for window in windows {
                let begun = self.begin(window, options, cancellation)?;
                let job = self.job(begun.language, options)?;
                all.push((begun, job));
            }
            let mut parts: Vec<(usize, Range<usize>)> = Vec::new();
            for (number, (begun, _)) in all.iter().enumerate() {
                parts.extend(begun.parts.iter().map(|part| (number, part.clone())));
            }
            for some in parts.chunks(at_once) {
                let audio = some.iter().map(|(number, part)| {
                    let (begun, job) = &all[*number];
                    AudioPart {
                        samples: &begun.samples[part.clone()],
                        job,
                        heard: begun.heard_of(part),
                    }
                });
                let audio: Vec<AudioPart<'_>> = audio.collect();
                let decoded = self.parts(&audio, cancellation)?;
                for ((number, part), decoded) in some.iter().zip(decoded) {
                    all[*number].0.take(decoded, part.start);
                }
            }
            transcripts.extend(all.into_iter().map(|(begun, _)| begun.finish()));
        }
        Ok(transcripts)
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
