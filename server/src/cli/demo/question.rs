//! The question as audio: a recording, or our own voice.

use std::path::Path;

use anyhow::Context;
use locutor::{
    Engine,
    audio::{self, Audio, Limits},
    speak,
};

/// What the demo asks when nobody else does: ordinary words, which every rhythm of our own voice
/// leaves clear to the default model. It hears "Locutor" as "low-cutor".
pub const DEFAULT: &str = "How does the server answer when it has too many requests?";

/// Reads a recording.
pub fn read(file: &Path) -> anyhow::Result<Audio> {
    let bytes =
        std::fs::read(file).with_context(|| format!("{} could not be read", file.display()))?;
    audio::decode(&bytes, Limits::default()).with_context(|| file.display().to_string())
}

/// Speaks the question with the default voice.
pub fn speak(engine: &Engine, question: &str) -> anyhow::Result<Audio> {
    let mut speech = engine.speak(None, question.to_owned(), speak::Options::default())?;
    let sentences = speech.by_ref();
    let Some(mut whole) = sentences.next() else {
        speech.finish()?;
        anyhow::bail!("the question `{question}` has nothing to say; give words with --question");
    };
    for sentence in sentences {
        whole.samples.extend(sentence.samples);
    }
    speech.finish()?;
    Ok(whole)
}
