//! What a speech request may hold.

use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::{Fault, FieldError, between};

/// Text to speak.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct SpeechRequest {
    /// A model of `/v1/models`, or OpenAI's name for the default.
    #[garde(length(min = 1))]
    #[schema(min_length = 1, example = "kokoro-82m")]
    pub model: String,
    /// The text.
    #[garde(skip)]
    #[schema(min_length = 1, example = "The mill closed in 1923.")]
    pub input: String,
    /// A voice of the model; OpenAI's names stand for its first. Absent: its first.
    #[serde(default)]
    #[garde(skip)]
    pub voice: Option<String>,
    /// `wav` or `pcm` (24 kHz, 16-bit little-endian, mono); absent: `wav`.
    #[serde(default)]
    #[garde(skip)]
    #[schema(value_type = Option<AudioFormat>)]
    pub response_format: Option<String>,
    /// Speaking rate; 1 is the voice's own.
    #[serde(default)]
    #[garde(custom(between(0.25, 4.0)))]
    #[schema(default = 1.0, minimum = 0.25, maximum = 4.0)]
    pub speed: Option<f32>,
    /// Only `audio`.
    #[serde(default)]
    #[garde(skip)]
    #[schema(value_type = Option<StreamFormat>)]
    stream_format: Option<String>,
    /// Not supported: the voices here take no instructions.
    #[serde(default)]
    #[garde(skip)]
    instructions: Option<String>,
}

/// How the audio is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum AudioFormat {
    /// RIFF WAVE, 16 bits, at the voice's own rate.
    Wav,
    /// Samples alone, 16 bits little-endian at 24 kHz, as OpenAI's clients expect.
    Pcm,
}

/// How the audio is sent.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(
    dead_code,
    reason = "only describes the field, whose other values are refused in words"
)]
enum StreamFormat {
    /// As the bytes of the file.
    Audio,
}

/// OpenAI's voices; each stands for the model's first voice.
const ALIASES: &[&str] = &[
    "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage",
    "shimmer", "verse",
];

impl SpeechRequest {
    /// Checks what the derived rules cannot.
    ///
    /// # Errors
    /// 400 with every unusable value.
    pub fn check(&self, most_characters: usize) -> Result<AudioFormat, Fault> {
        let mut problems = Vec::new();
        let mut refuse = |field: &str, message: String| {
            problems.push(FieldError {
                field: field.into(),
                message,
            });
        };
        let characters = self.input.chars().count();
        if self.input.trim().is_empty() {
            refuse("input", "is blank; there is nothing to say".into());
        } else if characters > most_characters {
            refuse(
                "input",
                format!(
                    "has {characters} characters; the limit is {most_characters}, so send it in parts"
                ),
            );
        }
        let format = audio_format(self.response_format.as_deref());
        if let Err(message) = &format {
            refuse("response_format", message.clone());
        }
        if let Some(other) = self
            .stream_format
            .as_deref()
            .filter(|name| *name != "audio")
        {
            refuse(
                "stream_format",
                format!(
                    "`{other}` is not supported; use audio, which is sent sentence by sentence"
                ),
            );
        }
        if self
            .instructions
            .as_ref()
            .is_some_and(|text| !text.trim().is_empty())
        {
            refuse(
                "instructions",
                "are not supported: the voices take none; leave them out".into(),
            );
        }
        match format {
            Ok(format) if problems.is_empty() => Ok(format),
            _ => Err(Fault::invalid_fields(problems)),
        }
    }

    /// The voice to ask the model for; `None` is its first.
    pub fn own_voice(&self) -> Option<String> {
        self.voice
            .clone()
            .filter(|voice| !ALIASES.contains(&voice.as_str()))
    }
}

fn audio_format(name: Option<&str>) -> Result<AudioFormat, String> {
    match name {
        None | Some("wav") => Ok(AudioFormat::Wav),
        Some("pcm") => Ok(AudioFormat::Pcm),
        Some(other @ ("mp3" | "opus" | "aac" | "flac")) => Err(format!(
            "`{other}` is not available on this server; use wav or pcm"
        )),
        Some(other) => Err(format!("`{other}` is unknown; use wav or pcm")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::parse_json;

    fn check(body: &str) -> Result<AudioFormat, Fault> {
        parse_json::<SpeechRequest>(body.as_bytes())?.check(10)
    }

    #[test]
    fn formats_that_work_and_those_that_do_not() {
        assert_eq!(
            check(r#"{"model":"m","input":"hi"}"#).unwrap(),
            AudioFormat::Wav
        );
        assert_eq!(
            check(r#"{"model":"m","input":"hi","response_format":"pcm"}"#).unwrap(),
            AudioFormat::Pcm
        );
        let fault = check(r#"{"model":"m","input":"hi","response_format":"mp3"}"#).unwrap_err();
        assert!(
            fault.message.contains("use wav or pcm"),
            "{}",
            fault.message
        );
    }

    #[test]
    fn every_unusable_value_is_listed() {
        let fault = check(
            r#"{"model":"m","input":"12345678901","response_format":"x","stream_format":"sse","instructions":"sing"}"#,
        );
        let fields: Vec<_> = fault
            .unwrap_err()
            .fields
            .into_iter()
            .map(|error| error.field)
            .collect();
        assert_eq!(
            fields,
            ["input", "response_format", "stream_format", "instructions"]
        );
        assert_eq!(
            check(r#"{"model":"m","input":"  "}"#).unwrap_err().fields[0].field,
            "input"
        );
    }

    #[test]
    fn aliases_mean_the_first_voice() {
        let voice = |name: &str| {
            let body = format!(r#"{{"model":"m","input":"hi","voice":"{name}"}}"#);
            parse_json::<SpeechRequest>(body.as_bytes())
                .unwrap()
                .own_voice()
        };
        assert_eq!(voice("alloy"), None);
        assert_eq!(
            voice("en_US-joe-medium").as_deref(),
            Some("en_US-joe-medium")
        );
    }
}
