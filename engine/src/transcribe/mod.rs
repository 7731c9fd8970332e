//! Speech to text.
//!
//! [`Audio`] -> [`Transcriber`] -> [`Transcript`]: segments and words with times and the quality
//! figures Whisper's users know (average log-probability, compression ratio, no-speech). [`recording`] does so with a
//! whole recording, of which it finds the speech, the languages and the speakers, and writes it down as is wished
//! ([`formatting`]); [`live`] while somebody speaks; [`spoken`] only tells which languages they speak.

pub mod formatting;
mod level;
pub mod live;
mod quality;
pub mod recording;
pub mod spoken;
mod transcript;
mod whisper;
mod whisper_cpp;

pub use quality::Quality;
pub use transcript::{Segment, Token, Transcript, Word, append};
pub use whisper::{
    MOST_HOTWORD_BYTES, MOST_HOTWORDS, WhisperTranscriber, language_name, language_names,
};
pub use whisper_cpp::WhisperCppTranscriber;

use crate::{Cancellation, Result, audio::Audio};

/// What to do with the speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Task {
    /// Write down what was said, in the language it was said in.
    #[default]
    Transcribe,
    /// Write down an English translation (multilingual Whisper models only).
    Translate,
}

/// How much work a transcription is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// Audio shorter than the model's window is decoded once, whatever comes of it: for what will be decoded again
    /// anyway.
    Once,
    /// It is decoded again with the model's whole window when that went badly.
    #[default]
    Ordinary,
    /// It is decoded with the model's whole window at once, as the model was trained.
    Thorough,
}

/// Settings of one transcription.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// ISO 639-1 code (`en`); `None` detects it.
    pub language: Option<String>,
    /// ISO 639-1 code of the language to presume where the audio leaves doubt.
    pub presumed: Option<String>,
    /// Transcribe or translate.
    pub task: Task,
    /// Words and spellings to expect; the last 223 tokens of it are used.
    pub prompt: Option<String>,
    /// Words that are likelier than the model thinks, at most [`MOST_HOTWORDS`] of at most [`MOST_HOTWORD_BYTES`].
    pub hotwords: Vec<String>,
    /// Sampling temperature in `[0, 1]`; 0 is greedy. Poor decodes are retried hotter.
    pub temperature: f32,
    /// Also give times and probabilities for each word.
    pub words: bool,
    /// Also give the probability of each token.
    pub logprobs: bool,
    /// How much work is put into it.
    pub effort: Effort,
}

/// A speech recognizer. Implementations are used from one worker thread at a time or several.
pub trait Transcriber: Send + Sync {
    /// Transcribes audio of any rate and length.
    ///
    /// `on_segment` sees each finished segment in order, before the call returns. Silence gives
    /// an empty transcript.
    ///
    /// # Errors
    /// [`crate::Error::InvalidInput`] for an unknown language, [`crate::Error::Cancelled`], and
    /// [`crate::Error::Backend`].
    fn transcribe(
        &self,
        audio: &Audio,
        options: &Options,
        on_segment: &mut dyn FnMut(&Segment),
        cancellation: &Cancellation,
    ) -> Result<Transcript>;

    /// Transcribes windows of one recording, of at most 30 seconds and any rate each, as [`Transcriber::transcribe`] does one
    /// after the other: as many transcripts, in the same order. What can write several at once reads its weights less often.
    ///
    /// # Errors
    /// As [`Transcriber::transcribe`].
    fn transcribe_windows(
        &self,
        windows: &[Audio],
        options: &Options,
        cancellation: &Cancellation,
    ) -> Result<Vec<Transcript>> {
        let transcripts = windows
            .iter()
            .map(|window| self.transcribe(window, options, &mut |_| {}, cancellation));
        transcripts.collect()
    }

    /// How likely each language is to be spoken in at most 30 seconds of audio of any rate: ISO 639-1 codes with
    /// probabilities that sum to 1. [`spoken::languages`] tells of longer recordings, and where there is no
    /// speech.
    ///
    /// # Errors
    /// [`crate::Error::InvalidInput`] when the model knows one language only, [`crate::Error::Cancelled`], and
    /// [`crate::Error::Backend`].
    fn language_probabilities(
        &self,
        audio: &Audio,
        cancellation: &Cancellation,
    ) -> Result<Vec<(&'static str, f32)>>;
}
