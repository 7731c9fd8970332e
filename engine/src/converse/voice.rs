//! Spoken question -> spoken answer.

use std::{str::FromStr, sync::Arc, time::Instant};

use super::{
    Answer, Event, Question, Settings, Stage, Timing,
    ask::{Clock, ask},
};
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
    let mut clock = Clock::default();
    let started = Instant::now();
    let transcript = engine.hear(
        settings.transcriber.as_deref(),
        question,
        &settings.hear.clone().into(),
        &mut |segment| on_event(VoiceEvent::Segment(segment.clone())),
        cancellation,
    )?;
    clock.split(
        Stage::Transcribe,
        Stage::DetectLanguage,
        transcript.detection_seconds,
    );
    if transcript.text.trim().is_empty() {
        return Err(Error::invalid(
            "audio",
            "has no speech; record the question again",
        ));
    }
    on_event(VoiceEvent::Transcript(transcript.clone()));
    let language = guess(&transcript);
    if let Some(language) = &language {
        on_event(VoiceEvent::Language(language.clone()));
    }

    let mut speaker = Speaker {
        synthesizer: engine.synthesizer(settings.synthesizer.as_deref())?,
        options: &settings.speak,
        cancellation,
        samples: Vec::new(),
        first: None,
        seconds: 0.0,
        started,
        failure: None,
    };
    let asked = Question {
        text: transcript.text.clone(),
        history: settings.history.clone(),
        settings: settings.answer.clone(),
    };
    let mut on_answer = |event: Event| {
        let text = match &event {
            Event::Text(text) => Some(text.clone()),
            _ => None,
        };
        on_event(VoiceEvent::Answer(event));
        if let Some(text) = text {
            speaker.say(&text, on_event);
        }
    };
    let answer = ask(engine, store, &asked, &mut on_answer, cancellation)?;
    speaker.finish(transcript, language, answer, clock)
}

/// The language Whisper heard.
fn guess(transcript: &Transcript) -> Option<LanguageGuess> {
    let code = lingua::IsoCode639_1::from_str(&transcript.language).ok()?;
    Some(LanguageGuess {
        language: transcript.language.clone(),
        name: lingua::Language::from_iso_code_639_1(&code).to_string(),
        confidence: f64::from(transcript.language_probability),
    })
}

/// Speaks the answer while it is written.
struct Speaker<'a> {
    synthesizer: Arc<dyn speak::Synthesizer>,
    options: &'a speak::Options,
    cancellation: &'a Cancellation,
    samples: Vec<f32>,
    first: Option<f64>,
    seconds: f64,
    started: Instant,
    failure: Option<Error>,
}

impl Speaker<'_> {
    /// Speaks one piece; after a failure the rest of the answer stays silent.
    fn say(&mut self, text: &str, on_event: &mut dyn FnMut(VoiceEvent)) {
        if self.failure.is_some() {
            return;
        }
        let began = Instant::now();
        let Self {
            samples,
            first,
            started,
            ..
        } = self;
        let mut on_audio = |audio: Audio| {
            first.get_or_insert(started.elapsed().as_secs_f64());
            samples.extend_from_slice(&audio.samples);
            on_event(VoiceEvent::Audio(audio));
        };
        let outcome =
            self.synthesizer
                .synthesize(text, self.options, &mut on_audio, self.cancellation);
        self.failure = outcome.err();
        self.seconds += began.elapsed().as_secs_f64();
    }

    fn finish(
        self,
        transcript: Transcript,
        language: Option<LanguageGuess>,
        answer: Answer,
        clock: Clock,
    ) -> Result<VoiceAnswer> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let mut timings = clock.timings;
        timings.extend(answer.timings.iter().copied());
        // Sentences were spoken while the draft was written, so that stage is freed of them.
        if let Some(writing) = timings
            .iter_mut()
            .find(|timing| timing.stage == Stage::Generate)
        {
            writing.seconds = (writing.seconds - self.seconds).max(0.0);
        }
        timings.push(Timing {
            stage: Stage::Speak,
            seconds: self.seconds,
        });
        Ok(VoiceAnswer {
            transcript,
            language,
            answer,
            audio: Audio {
                samples: self.samples,
                sample_rate: self.synthesizer.sample_rate(),
            },
            first_audio_seconds: self
                .first
                .unwrap_or_else(|| self.started.elapsed().as_secs_f64()),
            timings,
        })
    }
}
