//! Text to speech: text -> sentences -> phonemes -> samples.
//!
//! [`Synthesizer`] is the contract; [`PiperSynthesizer`] keeps it with espeak-ng (letters to
//! phonemes) and ONNX Runtime (phonemes to samples), both loaded at run time.

mod espeak;
mod onnx;
mod piper;

pub use piper::PiperSynthesizer;
use serde::{Deserialize, Serialize};

use crate::{Cancellation, Result, audio::Audio};

/// A voice that can be asked for by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// Name to ask for, e.g. `en_US-joe-medium`.
    pub id: String,
    /// BCP 47 tag, e.g. `en-US`.
    pub language: String,
}

/// Settings of one synthesis.
#[derive(Debug, Clone)]
pub struct Options {
    /// One of [`Synthesizer::voices`]; `None` is the first.
    pub voice: Option<String>,
    /// Speaking rate in `[0.25, 4]`; 1 is the voice's own.
    pub speed: f32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            voice: None,
            speed: 1.0,
        }
    }
}

/// A speech synthesizer.
pub trait Synthesizer: Send + Sync {
    /// Voices this model can speak with; never empty.
    fn voices(&self) -> &[Voice];

    /// Samples per second of everything it says.
    fn sample_rate(&self) -> u32;

    /// Speaks the text sentence by sentence: `on_audio` gets each sentence, with the pause that
    /// follows it, as soon as it is ready. Text without anything to say gives no audio.
    ///
    /// # Errors
    /// [`crate::Error::InvalidInput`] for an unknown voice or a speed out of range,
    /// [`crate::Error::Cancelled`], [`crate::Error::MissingLibrary`], [`crate::Error::Backend`].
    fn synthesize(
        &self,
        text: &str,
        options: &Options,
        on_audio: &mut dyn FnMut(Audio),
        cancellation: &Cancellation,
    ) -> Result<()>;
}
