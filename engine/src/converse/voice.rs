//! Spoken question -> spoken answer.

use super::{Answer, Event, Settings, Timing};
use crate::{
    Cancellation, Engine, Error, Result,
    audio::Audio,
    generate::Message,
    language::LanguageGuess,
    retrieve::VectorStore,
    speak, transcribe,
    transcribe::{Segment, Transcript},
};

/// How to hear, answer and speak.
#[derive(Debug, Clone, Default)]
pub struct VoiceSettings {
    /// Speech recognizer; `None` is the engine's default.
    pub transcriber: Option<String>,
    /// How to listen.
    pub hear: transcribe::Options,
    /// Earlier turns, oldest first; may be empty.
    pub history: Vec<Message>,
    /// How to answer.
    pub answer: Settings,
    /// Speech synthesizer; `None` is the engine's default.
    pub synthesizer: Option<String>,
    /// How to speak.
    pub speak: speak::Options,
}

/// News of a voice turn, in this order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum VoiceEvent {
    /// A part of the question was heard.
    Segment(Segment),
    /// The whole question was heard.
    Transcript(Transcript),
    /// The language it is in; absent when it is too short to tell.
    Language(LanguageGuess),
    /// News of the answer.
    Answer(Event),
    /// The next piece of speech; follows the text it speaks.
    Audio(Audio),
}

/// A finished voice turn.
#[derive(Debug, Clone, PartialEq)]
pub struct VoiceAnswer {
    /// The question as it was heard.
    pub transcript: Transcript,
    /// Its language; `None` when it is too short to tell.
    pub language: Option<LanguageGuess>,
    /// The answer; its `timings` are also part of [`VoiceAnswer::timings`].
    pub answer: Answer,
    /// The whole answer as speech.
    pub audio: Audio,
    /// Seconds from the beginning of the call to the first piece of speech.
    pub first_audio_seconds: f64,
    /// Time spent in each stage of the turn, in order.
    pub timings: Vec<Timing>,
}

/// Hears a question, answers it from the documents of the store, and speaks the answer sentence
/// by sentence while it is written.
///
/// # Errors
/// [`Error::InvalidInput`] for audio in which nobody speaks; otherwise as
/// [`Transcriber::transcribe`](transcribe::Transcriber::transcribe), [`ask`](super::ask) and
/// [`Synthesizer::synthesize`](speak::Synthesizer::synthesize).
pub fn voice_turn(
    engine: &Engine,
    store: &dyn VectorStore,
    question: &Audio,
    settings: &VoiceSettings,
    on_event: &mut dyn FnMut(VoiceEvent),
    cancellation: &Cancellation,
) -> Result<VoiceAnswer> {
    let _ = (engine, store, question, settings, on_event, cancellation);
    Err(Error::backend("converse", "voice turns are being written"))
}
