//! Whisper (Radford et al. 2022) on our kernels.
//!
//! audio -> 16 kHz -> silence gate -> [`window`] (which stretches, and how much context to encode) -> [`mel`] ->
//! [`encoder`] -> [`decoder`], token by token ([`write`], within the [`rules`]) -> [`quality`] (was it a good decode? else
//! again with more context, then hotter) -> [`segments`] and, by where the decoder looked ([`alignment`]), words with times.
//!
//! Reads models in GGML's format whose weights have eight bits, on a processor; [`whisper_cpp`](super::whisper_cpp) runs the
//! others, and graphics cards.

mod alignment;
mod attention;
mod decoder;
mod edges;
mod encoder;
mod ggml;
mod heads;
pub(super) mod hotwords;
mod languages;
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

pub(super) use languages::code;
pub use languages::{language_name, language_names};
pub(super) use silence::quietest;

use std::{fs::File, io::Read as _, path::Path, sync::Arc, time::Instant};

use self::{
    decoder::{Decoder, Workspace},
    encoder::Encoder,
    hotwords::Hotwords,
    mel::Spectrogram,
    segments::{Reading, STEP},
    sequence::Heard,
    stream::Machine,
    tokenizer::{LANGUAGES, Tokenizer},
    weights::Reader,
    write::{MOST_TOKENS, Manner},
};
use super::{Effort, Options, Segment, Task, Transcriber, Transcript, transcript};
use crate::{
    Cancellation, Error, Result,
    audio::{Audio, SPEECH_RATE},
    engine::LoadSettings,
    kernel::{PANEL, Pool, Variant, attention::MOST_WIDTH},
};

const BACKEND: &str = "whisper";

/// Longest prompt in bytes; what stands before its end is left out. Whisper itself uses the last
/// 224 tokens.
pub(super) const PROMPT_BYTES: usize = 4_096;

/// The file's number for weights of eight bits.
const EIGHT_BITS: usize = 7;
/// Temperatures of the attempts after poor ones.
const HOTTER: [f32; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];
/// Seconds that are worth being heard again after a text that ended early, and that it must have reached.
const REST: f64 = 1.0;

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
    /// Loads a model; `None` when its weights have other than eight bits.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be read, [`Error::Backend`] when it is damaged.
    pub fn load(model: &str, file: &Path, settings: &LoadSettings) -> Result<Option<Self>> {
        let failed = |source| Error::Io {
            path: file.to_path_buf(),
            source,
        };
        let mut opened = File::open(file).map_err(failed)?;
        let mut bytes = vec![0; ggml::HEADER_BYTES];
        opened.read_exact(&mut bytes).map_err(failed)?;
        // Others are large, and in formats that are not read here.
        let header = ggml::header(&bytes).map_err(damaged)?;
        if header.file_type != EIGHT_BITS {
            return Ok(None);
        }
        opened.read_to_end(&mut bytes).map_err(failed)?;
        let file = ggml::Model::read(&bytes).map_err(damaged)?;
        let header = file.hyperparameters();
        let heads = header.text_heads;
        let width = header.text_state;
        check_heads(width, heads)?;
        // Room for a prompt and as much text, and for half a minute of audio.
        if header.text_context < 2 * MOST_TOKENS || header.audio_context < window::POSITIONS {
            return Err(damaged(
                "it has too little room for half a minute of speech",
            ));
        }
        if header.audio_heads != heads {
            return Err(damaged("encoder and decoder have different heads"));
        }
        let reader = Reader {
            file: &file,
            pool: &settings.pool,
            width,
            heads,
        };
        let tokenizer = Tokenizer::new(file.words(), header.vocabulary).map_err(damaged)?;
        let aligned = heads::aligned(header, tokenizer.special().is_multilingual());
        let spectrogram =
            Spectrogram::new(file.mel_filters(), header.mel_bands).map_err(damaged)?;
        Ok(Some(Self {
            model: model.to_owned(),
            tokenizer,
            spectrogram,
            encoder: Encoder::read(&reader)?,
            decoder: Decoder::read(&reader, aligned)?,
            pool: Arc::clone(&settings.pool),
            variant: Variant::best(),
        }))
    }

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

    /// One stretch of audio of at most thirty seconds. What its text does not reach is heard again.
    fn stretch(
        &self,
        samples: &[f32],
        job: &Job<'_>,
        mut heard: Option<Arc<Heard>>,
        cancellation: &Cancellation,
    ) -> Result<segments::Heard> {
        let mut all = segments::Heard::default();
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
    ) -> Result<segments::Heard> {
        let effort = job.options.effort;
        let is_short = window::encoder_context(samples.len()).is_some();
        let temperature = job.options.temperature;
        let mut best: Option<segments::Heard> = None;
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
    ) -> Result<segments::Heard> {
        let seconds = seconds(samples.len());
        let most_tokens = match job.options.effort {
            Effort::Once => most_tokens(seconds).min(MOST_TOKENS),
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

    fn check(&self, options: &Options) -> Result<()> {
        check(
            &self.model,
            self.tokenizer.special().is_multilingual(),
            options,
        )
    }
}

/// Refuses what a model of this kind cannot do.
pub(super) fn check(model: &str, multilingual: bool, options: &Options) -> Result<()> {
    if !(0.0..=1.0).contains(&options.temperature) {
        return Err(Error::invalid("temperature", "must lie between 0 and 1"));
    }
    if multilingual {
        return Ok(());
    }
    if options.task == Task::Translate {
        let message =
            format!("{model} cannot translate; use a multilingual model such as whisper-base");
        return Err(Error::invalid("model", message));
    }
    match options.language.as_deref() {
        Some(asked) if code(asked)? != "en" => {
            let message = format!("`{asked}`: {model} hears English only; use whisper-base");
            Err(Error::invalid("language", message))
        }
        _ => Ok(()),
    }
}

/// More tokens than anybody says in so many seconds: a decode that repeats itself ends there.
pub(super) fn most_tokens(seconds: f64) -> usize {
    const BEYOND: f64 = 12.0;
    const EACH_SECOND: f64 = 10.0;
    (BEYOND + EACH_SECOND * seconds).ceil() as usize
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

/// The likeliest language, or the presumed one where none is likely.
pub(super) fn choose(
    languages: &[(&'static str, f32)],
    options: &Options,
) -> Result<(&'static str, f32)> {
    /// Probability from which a language needs no other reason.
    const SURE: f32 = 0.6;
    let of = |code: &str| languages.iter().find(|(other, _)| *other == code).copied();
    let presumed = options.presumed.as_deref().map(code).transpose()?;
    let likeliest = languages
        .iter()
        .copied()
        .max_by(|one, other| one.1.total_cmp(&other.1));
    let found = likeliest.unwrap_or(("en", 0.0));
    Ok(match presumed.and_then(of) {
        Some(presumed) if found.1 < SURE => presumed,
        _ => found,
    })
}

pub(super) fn knows_english_only(model: &str) -> Error {
    let message =
        format!("{model} knows English only; use a multilingual model such as whisper-base");
    Error::invalid("model", message)
}

/// The kernels work on whole panels of a head.
fn check_heads(width: usize, heads: usize) -> Result<()> {
    let each = width.checked_div(heads).unwrap_or(0);
    let fits =
        each * heads == width && each.is_multiple_of(PANEL) && (PANEL..=MOST_WIDTH).contains(&each);
    if fits {
        Ok(())
    } else {
        Err(damaged(format!(
            "{heads} heads in {width} numbers are not supported"
        )))
    }
}

fn damaged(message: impl std::fmt::Display) -> Error {
    Error::backend(BACKEND, format!("the model cannot be read: {message}"))
}

#[cfg(test)]
mod tests;
