//! A recording as long as wanted.

use anyhow::{Result, ensure};
use locutor::audio::SPEECH_RATE;

use crate::error_rate::samples::Clip;

/// Speech with pauses, and what is said in it.
#[derive(Debug, Clone)]
pub struct Recording {
    /// At [`SPEECH_RATE`].
    pub samples: Vec<f32>,
    /// What is said.
    pub text: String,
}

/// The clips one after another, again and again, with pauses of so many seconds between and around them, until the
/// whole is at least so long.
///
/// # Errors
/// When there is no clip, or one cannot be resampled.
pub fn join(clips: &[Clip], pause: f64, least_seconds: f64) -> Result<Recording> {
    ensure!(!clips.is_empty(), "no clips in this language");
    let silence = vec![0.0; (pause * f64::from(SPEECH_RATE)) as usize];
    let mut samples = silence.clone();
    let mut text = Vec::new();
    for clip in clips.iter().cycle() {
        samples.extend(clip.audio.resampled(SPEECH_RATE)?.samples);
        samples.extend(&silence);
        text.push(clip.text.clone());
        if samples.len() as f64 / f64::from(SPEECH_RATE) >= least_seconds {
            break;
        }
    }
    Ok(Recording {
        samples,
        text: text.join(" "),
    })
}
