//! One call per task: the work runs on the task's lane, the caller reads along.
//!
//! `finish()` on what is returned waits for the result; iterating reads the events before it.

use std::sync::Arc;

use super::{Engine, LaneName};
use crate::{
    Cancellation, Result,
    audio::Audio,
    converse::{self, Answer, Event, Question},
    embed::Embedding,
    generate::{self, Continue, Generation, Message, Piece},
    language::{self, LanguageGuess},
    retrieve::VectorStore,
    schedule::{Pending, Streaming},
    speak,
    transcribe::{
        Segment, Transcript,
        recording::{self, Tools},
        spoken::{self, SpokenLanguages},
    },
};

impl Engine {
    /// Writes down a recording, as [`recording::transcribe`] does; `model` `None` is the default one.
    ///
    /// # Errors
    /// [`crate::Error::Busy`] at once; the rest from `finish`.
    pub fn transcribe(
        &self,
        model: Option<String>,
        audio: Audio,
        request: impl Into<recording::Request>,
    ) -> Result<Streaming<Segment, Transcript>> {
        let request = request.into();
        Streaming::start(|cancellation, events| {
            self.submit(
                LaneName::Transcribe,
                cancellation,
                move |engine, cancellation| {
                    let stop = cancellation.clone();
                    let mut on_segment = |segment: &Segment| {
                        if events.send(segment.clone()).is_err() {
                            stop.cancel();
                        }
                    };
                    let model = model.as_deref();
                    engine.hear(model, &audio, &request, &mut on_segment, cancellation)
                },
            )
        })
    }

    /// As [`Engine::transcribe`], on the caller's thread: for work that has its place in a queue already.
    ///
    /// # Errors
    /// [`crate::Error::Model`] when a model is missing, and those of [`recording::transcribe`].
    pub fn hear(
        &self,
        model: Option<&str>,
        audio: &Audio,
        request: &recording::Request,
        on_segment: &mut dyn FnMut(&Segment),
        cancellation: &Cancellation,
    ) -> Result<Transcript> {
        let encoder = request.speakers.as_ref().map(|_| self.speaker_encoder());
        let tools = Tools {
            transcriber: self.transcriber(model)?,
            detector: optional(self.detector())?,
            speaker_encoder: encoder.transpose()?,
        };
        recording::transcribe(&tools, audio, request, on_segment, cancellation)
    }

    /// Tells which languages a text may be in, as [`language::detect()`] does.
    ///
    /// # Errors
    /// [`crate::Error::Busy`] at once; nothing but [`crate::Error::Cancelled`] from `wait`.
    pub fn detect_language(
        &self,
        text: String,
        cancellation: Cancellation,
    ) -> Result<Pending<Vec<LanguageGuess>>> {
        self.submit(LaneName::Embed, cancellation, move |_, _| {
            Ok(language::detect(&text))
        })
    }

    /// Tells which languages are spoken in a recording, as [`spoken::languages`] does; `model` `None` is the
    /// default one. The events are the share that was judged, in `[0, 1]`.
    ///
    /// # Errors
    /// [`crate::Error::Busy`] at once; the rest from `finish`.
    pub fn spoken_languages(
        &self,
        model: Option<String>,
        audio: Audio,
    ) -> Result<Streaming<f64, SpokenLanguages>> {
        Streaming::start(|cancellation, events| {
            self.submit(
                LaneName::Transcribe,
                cancellation,
                move |engine, cancellation| {
                    let transcriber = engine.transcriber(model.as_deref())?;
                    let detector = engine.detector()?;
                    let mut on_progress = |share: f64| {
                        if events.send(share).is_err() {
                            cancellation.cancel();
                        }
                    };
                    spoken::languages(
                        &*transcriber,
                        &detector,
                        &audio,
                        &mut on_progress,
                        cancellation,
                    )
                },
            )
        })
    }

    /// Embeds texts; `model` `None` is the default one.
    ///
    /// # Errors
    /// [`crate::Error::Busy`] at once; the rest from `wait`.
    pub fn embed(
        &self,
        model: Option<String>,
        texts: Vec<String>,
        cancellation: Cancellation,
    ) -> Result<Pending<Vec<Embedding>>> {
        self.submit(
            LaneName::Embed,
            cancellation,
            move |engine, cancellation| {
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                engine
                    .embedder(model.as_deref())?
                    .embed(&texts, cancellation)
            },
        )
    }

    /// Continues a conversation; `model` `None` is the default one.
    ///
    /// # Errors
    /// [`crate::Error::Busy`] at once; the rest from `finish`.
    pub fn generate(
        &self,
        model: Option<String>,
        messages: Vec<Message>,
        options: generate::Options,
    ) -> Result<Streaming<String, Generation>> {
        Streaming::start(|cancellation, events| {
            self.submit(
                LaneName::Generate,
                cancellation,
                move |engine, cancellation| {
                    let generator = engine.generator(model.as_deref())?;
                    let mut on_piece = |piece: Piece<'_>| match events.send(piece.text.to_owned()) {
                        Ok(()) => Continue::Continue(()),
                        Err(_) => Continue::Break(()),
                    };
                    generator.generate(&messages, &options, &mut on_piece, cancellation)
                },
            )
        })
    }

    /// Answers a question from the documents of the store; see [`converse::ask`].
    ///
    /// # Errors
    /// [`crate::Error::Busy`] at once; the rest from `finish`.
    pub fn ask(
        &self,
        store: Arc<dyn VectorStore>,
        question: Question,
    ) -> Result<Streaming<Event, Answer>> {
        Streaming::start(|cancellation, events| {
            self.submit(
                LaneName::Generate,
                cancellation,
                move |engine, cancellation| {
                    let mut on_event = |event: Event| {
                        if events.send(event).is_err() {
                            cancellation.cancel();
                        }
                    };
                    converse::ask(
                        engine,
                        store.as_ref(),
                        &question,
                        &mut on_event,
                        cancellation,
                    )
                },
            )
        })
    }

    /// Speaks text sentence by sentence; `model` `None` is the default one.
    ///
    /// # Errors
    /// [`crate::Error::Busy`] at once; the rest from `finish`.
    pub fn speak(
        &self,
        model: Option<String>,
        text: String,
        options: speak::Options,
    ) -> Result<Streaming<Audio, ()>> {
        Streaming::start(|cancellation, events| {
            self.submit(
                LaneName::Speak,
                cancellation,
                move |engine, cancellation| {
                    let synthesizer = engine.synthesizer(model.as_deref())?;
                    let stop = cancellation.clone();
                    let mut on_audio = |audio: Audio| {
                        if events.send(audio).is_err() {
                            stop.cancel();
                        }
                    };
                    synthesizer.synthesize(&text, &options, &mut on_audio, cancellation)
                },
            )
        })
    }
}

/// `None` where the model is not installed.
fn optional<T>(model: Result<T>) -> Result<Option<T>> {
    match model {
        Ok(model) => Ok(Some(model)),
        // One that is damaged is to be repaired, not done without.
        Err(crate::Error::Model(error @ locutor_models::Error::Missing { .. })) => {
            tracing::debug!(%error, "speech is told from silence by its level only");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
