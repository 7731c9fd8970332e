//! A session's settings, as the API writes them.

#![expect(clippy::option_option, reason = "null and what is absent differ")]

use locutor::transcribe::live;
use serde::{Deserialize, Serialize};

use super::{
    sound::Encoding,
    turns::{TurnChange, Turns},
};
use crate::http::{Fault, present};

/// What a session is about; others of the API are refused.
const TRANSCRIPTION: &str = "transcription";

/// Changes of a session: what is absent stays.
#[derive(Debug, Deserialize)]
pub struct SessionChange {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    audio: AudioChange,
    // The names of the API before `audio`.
    input_audio_format: Option<String>,
    input_audio_transcription: Option<TranscriptionChange>,
    #[serde(default, deserialize_with = "present")]
    turn_detection: Option<Option<TurnChange>>,
    #[serde(default, deserialize_with = "present")]
    input_audio_noise_reduction: Option<Option<NoiseReduction>>,
}

#[derive(Debug, Default, Deserialize)]
struct AudioChange {
    #[serde(default)]
    input: InputChange,
}

#[derive(Debug, Default, Deserialize)]
struct InputChange {
    format: Option<Format>,
    transcription: Option<TranscriptionChange>,
    #[serde(default, deserialize_with = "present")]
    turn_detection: Option<Option<TurnChange>>,
    #[serde(default, deserialize_with = "present")]
    noise_reduction: Option<Option<NoiseReduction>>,
}

/// For whom noise is taken out; both are served the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum NoiseReduction {
    /// Who speaks into a headset.
    NearField,
    /// Who speaks across a room.
    FarField,
}

#[derive(Debug, Deserialize)]
struct TranscriptionChange {
    model: Option<String>,
    #[serde(default, deserialize_with = "present")]
    language: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    prompt: Option<Option<String>>,
}

/// The format of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    #[serde(rename = "type")]
    encoding: Encoding,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<u32>,
}

/// A session's settings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SessionSettings {
    #[serde(rename = "type")]
    kind: &'static str,
    audio: Audio,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Audio {
    input: Input,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Input {
    format: Format,
    transcription: Transcription,
    turn_detection: Option<Turns>,
    noise_reduction: Option<NoiseReduction>,
}

/// What is transcribed how.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Transcription {
    /// The name of a model as the client gave it.
    pub model: String,
    /// ISO 639-1 code.
    pub language: Option<String>,
    /// Words to expect.
    pub prompt: Option<String>,
}

impl SessionSettings {
    /// As a session begins.
    pub fn new(model: String) -> Self {
        Self {
            kind: TRANSCRIPTION,
            audio: Audio {
                input: Input {
                    format: Format {
                        encoding: Encoding::Pcm,
                        rate: Some(Encoding::Pcm.rate()),
                    },
                    transcription: Transcription {
                        model,
                        language: None,
                        prompt: None,
                    },
                    turn_detection: Some(Turns::default()),
                    noise_reduction: None,
                },
            },
        }
    }

    /// How samples are written.
    pub fn encoding(&self) -> Encoding {
        self.audio.input.format.encoding
    }

    /// What is transcribed how.
    pub fn transcription(&self) -> &Transcription {
        &self.audio.input.transcription
    }

    /// Settings of a listener; `None` when the client says what an utterance is.
    pub fn listening(&self) -> Option<live::Settings> {
        let turns = self.audio.input.turn_detection?;
        let transcription = self.transcription();
        Some(turns.apply(live::Settings {
            language: transcription.language.clone(),
            vocabulary: transcription.prompt.clone(),
            noise_suppression: self.suppresses_noise(),
            ..live::Settings::default()
        }))
    }

    /// Whether noise is taken out of what comes.
    pub fn suppresses_noise(&self) -> bool {
        self.audio.input.noise_reduction.is_some()
    }

    /// The settings after a change.
    ///
    /// # Errors
    /// What cannot be set so.
    pub fn changed(&self, change: SessionChange) -> Result<Self, Fault> {
        if change.kind.is_some_and(|kind| kind != TRANSCRIPTION) {
            let message = "only `transcription` sessions are served";
            return Err(Fault::invalid("session.type", message));
        }
        let mut changed = self.clone();
        let input = &mut changed.audio.input;
        if let Some(name) = change.input_audio_format {
            input.format = old_format(&name)?;
        }
        if let Some(format) = change.audio.input.format {
            input.format = checked(format)?;
        }
        let transcriptions = [
            change.input_audio_transcription,
            change.audio.input.transcription,
        ];
        for transcription in transcriptions.into_iter().flatten() {
            transcription.apply(&mut input.transcription)?;
        }
        for turns in [change.turn_detection, change.audio.input.turn_detection] {
            match turns {
                Some(Some(turns)) => {
                    let before = input.turn_detection.unwrap_or_default();
                    input.turn_detection = Some(turns.apply(before)?);
                }
                Some(None) => input.turn_detection = None,
                None => {}
            }
        }
        let noise = [
            change.input_audio_noise_reduction,
            change.audio.input.noise_reduction,
        ];
        if let Some(noise) = noise.into_iter().flatten().next_back() {
            input.noise_reduction = noise;
        }
        Ok(changed)
    }
}

impl TranscriptionChange {
    fn apply(self, transcription: &mut Transcription) -> Result<(), Fault> {
        const LONGEST: usize = 2_000;
        if let Some(model) = self.model {
            transcription.model = model;
        }
        if let Some(language) = self.language {
            transcription.language = language.filter(|language| !language.is_empty());
        }
        if let Some(prompt) = self.prompt {
            if prompt.as_ref().is_some_and(|prompt| prompt.len() > LONGEST) {
                let message = format!("may have at most {LONGEST} bytes");
                return Err(Fault::invalid(
                    "session.audio.input.transcription.prompt",
                    message,
                ));
            }
            transcription.prompt = prompt;
        }
        Ok(())
    }
}

fn checked(format: Format) -> Result<Format, Fault> {
    let rate = format.encoding.rate();
    if format.rate.is_some_and(|asked| asked != rate) {
        let message = format!("must be {rate} for this format");
        return Err(Fault::invalid("session.audio.input.format.rate", message));
    }
    Ok(Format {
        rate: (format.encoding == Encoding::Pcm).then_some(rate),
        ..format
    })
}

fn old_format(name: &str) -> Result<Format, Fault> {
    let encoding = match name {
        "pcm16" => Encoding::Pcm,
        "g711_ulaw" => Encoding::MuLaw,
        "g711_alaw" => Encoding::ALaw,
        _ => {
            let message = "must be `pcm16`, `g711_ulaw` or `g711_alaw`";
            return Err(Fault::invalid("session.input_audio_format", message));
        }
    };
    checked(Format {
        encoding,
        rate: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(text: &str) -> SessionChange {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn both_shapes_of_the_api_are_read() {
        let begun = SessionSettings::new("whisper-1".into());
        let new = begun.changed(change(
            r#"{"type": "transcription", "audio": {"input": {"format": {"type": "audio/pcmu"},
                "transcription": {"model": "whisper-base", "language": "en"},
                "turn_detection": {"type": "server_vad", "threshold": 0.6, "silence_duration_ms": 300}}}}"#,
        ));
        let old = begun.changed(change(
            r#"{"input_audio_format": "g711_ulaw", "input_audio_transcription": {"model": "whisper-base", "language": "en"},
                "turn_detection": {"type": "server_vad", "threshold": 0.6, "silence_duration_ms": 300}}"#,
        ));
        let new = new.unwrap();
        assert_eq!(new, old.unwrap());
        assert_eq!(new.encoding(), Encoding::MuLaw);
        let listening = new.listening().unwrap();
        assert!((listening.sensitivity.silence - 0.3).abs() < 1e-9);
        let noisy = [
            r#"{"audio": {"input": {"noise_reduction": {"type": "far_field"}}}}"#,
            r#"{"input_audio_noise_reduction": {"type": "near_field"}}"#,
        ];
        for text in noisy {
            let noisy = begun.changed(change(text)).unwrap();
            assert!(noisy.suppresses_noise() && noisy.listening().unwrap().noise_suppression);
            let quiet = noisy.changed(change(r#"{"audio": {"input": {"noise_reduction": null}}}"#));
            assert!(!quiet.unwrap().suppresses_noise());
        }
        let manual = new.changed(change(r#"{"audio": {"input": {"turn_detection": null}}}"#));
        assert!(manual.unwrap().listening().is_none());
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_place() {
        let begun = SessionSettings::new("whisper-1".into());
        for (text, field) in [
            (r#"{"type": "realtime"}"#, "session.type"),
            (
                r#"{"input_audio_format": "mp3"}"#,
                "session.input_audio_format",
            ),
            (
                r#"{"audio": {"input": {"format": {"type": "audio/pcm", "rate": 8000}}}}"#,
                "session.audio.input.format.rate",
            ),
            (
                r#"{"turn_detection": {"threshold": 2}}"#,
                "session.audio.input.turn_detection.threshold",
            ),
            (
                r#"{"turn_detection": {"silence_duration_ms": 0}}"#,
                "session.audio.input.turn_detection.silence_duration_ms",
            ),
        ] {
            let fault = begun.changed(change(text)).unwrap_err();
            assert_eq!(fault.fields[0].field, field, "{text}");
        }
    }
}
