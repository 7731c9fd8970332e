//! What a model hears in a clip, beside what is said in it.

use anyhow::{Context, Result};
use locutor::{
    Cancellation, Engine,
    transcribe::{Options, Transcriber, Transcript},
};
use serde::Serialize;

use super::{Unit, plain::plain, samples::Clip};

/// A transcribed clip.
#[derive(Debug, Clone, Serialize)]
pub struct Heard {
    /// See [`Clip::name`].
    pub clip: String,
    /// ISO 639-1 code of what is spoken.
    pub language: String,
    /// ISO 639-1 code of what the model took it for, or was told.
    pub detected: String,
    /// What is said.
    pub said: String,
    /// What the model wrote.
    pub heard: String,
    /// What is counted.
    pub unit: Unit,
    /// Units of what is said.
    pub length: usize,
    /// Units wrong, missing or too many.
    pub errors: usize,
}

/// Transcribes each clip; `on_heard` sees each at once.
///
/// # Errors
/// When the model is not installed or fails.
pub fn hear_all(
    engine: &Engine,
    model: &str,
    clips: &[Clip],
    language_given: bool,
    on_heard: &mut dyn FnMut(&Heard),
) -> Result<Vec<Heard>> {
    let transcriber = engine.transcriber(Some(model))?;
    let mut all = Vec::with_capacity(clips.len());
    for clip in clips {
        let transcript = hear(&*transcriber, clip, language_given)
            .with_context(|| format!("{model} on {}", clip.name))?;
        let heard = Heard::new(clip, transcript);
        on_heard(&heard);
        all.push(heard);
    }
    Ok(all)
}

fn hear(transcriber: &dyn Transcriber, clip: &Clip, language_given: bool) -> Result<Transcript> {
    let options = Options {
        language: language_given.then(|| clip.language.clone()),
        ..Options::default()
    };
    let never = Cancellation::new();
    Ok(transcriber.transcribe(&clip.audio, &options, &mut |_| {}, &never)?)
}

impl Heard {
    fn new(clip: &Clip, transcript: Transcript) -> Self {
        let unit = Unit::of(&clip.text);
        // Both in the language spoken: a model that takes it for another is wrong by as much as
        // its words are.
        let said = plain(&clip.text, &clip.language);
        let (length, errors) = unit.compare(&said, &plain(&transcript.text, &clip.language));
        Self {
            clip: clip.name.clone(),
            language: clip.language.clone(),
            detected: transcript.language,
            said: clip.text.clone(),
            heard: transcript.text,
            unit,
            length,
            errors,
        }
    }
}
