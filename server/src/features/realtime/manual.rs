//! What is transcribed when the client says so.

use locutor::{
    Engine,
    audio::Audio,
    engine::LaneName,
    transcribe::{Options, Transcript, recording::Request},
};

use super::settings::SessionSettings;
use crate::{bridge, features::transcription::measure, http::Fault};

/// Most seconds that may be appended before they are committed.
const MOST_SECONDS: usize = 300;
/// Fewest seconds that are an utterance.
const LEAST_SECONDS: f64 = 0.1;

/// What was appended since the last commit.
#[derive(Debug, Default)]
pub struct Appended {
    samples: Vec<f32>,
}

impl Appended {
    /// More samples.
    ///
    /// # Errors
    /// When there are too many.
    pub fn push(&mut self, samples: &[f32], rate: u32) -> Result<(), Fault> {
        if self.samples.len() + samples.len() > MOST_SECONDS * rate as usize {
            let message = format!(
                "{MOST_SECONDS} seconds are appended already; commit or clear them, or use turn_detection"
            );
            return Err(Fault::invalid("audio", message));
        }
        self.samples.extend_from_slice(samples);
        Ok(())
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.samples.clear();
    }

    /// Everything as an utterance.
    ///
    /// # Errors
    /// When it is too short to be one.
    pub fn take(&mut self, rate: u32) -> Result<Audio, Fault> {
        if (self.samples.len() as f64) < LEAST_SECONDS * f64::from(rate) {
            let message = "less than 100 ms were appended since the last commit";
            let mut fault = Fault::invalid("audio", message);
            fault.code = "input_audio_buffer_commit_empty";
            return Err(fault);
        }
        Ok(Audio {
            samples: std::mem::take(&mut self.samples),
            sample_rate: rate,
        })
    }
}

/// Transcribes an utterance.
///
/// # Errors
/// The engine's.
pub async fn transcribe(
    engine: &Engine,
    model: String,
    settings: &SessionSettings,
    audio: Audio,
) -> Result<Transcript, Fault> {
    let transcription = settings.transcription();
    let options = Options {
        language: transcription.language.clone(),
        prompt: transcription.prompt.clone(),
        ..Options::default()
    };
    let request = Request {
        noise_suppression: settings.suppresses_noise(),
        ..options.into()
    };
    let heard = bridge::run(engine, LaneName::Transcribe, move |engine, cancellation| {
        engine.hear(Some(&model), &audio, &request, &mut |_| {}, cancellation)
    });
    let transcript = heard.await?;
    measure::recording(&transcript);
    Ok(transcript)
}
