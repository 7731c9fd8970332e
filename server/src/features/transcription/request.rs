//! What the forms of transcriptions and translations may hold.

use axum::{
    extract::{FromRequest, Multipart, Request, multipart::Field},
    http::StatusCode,
};
use tempfile::SpooledTempFile;
use utoipa::ToSchema;

use super::{format::ReplyFormat, upload};
use crate::http::{BodyLimit, Fault, form_fault};

/// The form as documented; its fields are read one by one.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only describes the form")]
pub struct TranscriptionForm {
    /// WAV, FLAC, MP3, OGG Vorbis, M4A/AAC or AIFF.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
    /// A model of `/v1/models`, or OpenAI's name for the default.
    model: String,
    /// ISO 639-1 code; absent: detected. Not for translations, which are always into English.
    language: Option<String>,
    /// Words and spellings to expect.
    prompt: Option<String>,
    /// `json`, `text`, `srt`, `vtt` or `verbose_json`; absent: `json`.
    response_format: Option<String>,
    /// 0 to 1; absent: 0.
    temperature: Option<f32>,
    /// `segment`, `word` or both, for `verbose_json`; absent: `segment`.
    #[schema(rename = "timestamp_granularities[]")]
    timestamp_granularities: Option<Vec<String>>,
}

/// A form that was read.
#[derive(Default)]
pub struct TranscriptionRequest {
    /// The audio.
    pub file: Option<SpooledTempFile>,
    /// As named.
    pub model: String,
    /// ISO 639-1 code.
    pub language: Option<String>,
    /// Words to expect.
    pub prompt: Option<String>,
    /// How to reply.
    pub format: ReplyFormat,
    /// 0 to 1.
    pub temperature: f32,
    /// Whether word times were asked for.
    pub words: bool,
    /// Whether segments were asked for.
    pub segments: bool,
}

impl<S: Send + Sync> FromRequest<S> for TranscriptionRequest {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let limit = request.extensions().get::<BodyLimit>().copied();
        let mut form = Multipart::from_request(request, state)
            .await
            .map_err(|error| {
                let message = format!("send a multipart/form-data body: {}", error.body_text());
                Fault::new(StatusCode::BAD_REQUEST, "malformed_body", message)
            })?;
        let mut read = Self::default();
        while let Some(field) = form
            .next_field()
            .await
            .map_err(|error| form_fault(&error, limit))?
        {
            read.take(field, limit).await?;
        }
        read.complete()
    }
}

impl TranscriptionRequest {
    async fn take(&mut self, field: Field<'_>, limit: Option<BodyLimit>) -> Result<(), Fault> {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            self.file = Some(upload::receive(field, limit).await?);
            return Ok(());
        }
        let value = text(field, &name, limit).await?;
        match name.as_str() {
            "model" => self.model = value,
            "language" => self.language = Some(value).filter(|code| !code.is_empty()),
            "prompt" => self.prompt = Some(value).filter(|prompt| !prompt.is_empty()),
            "response_format" => self.format = ReplyFormat::named(&value)?,
            "temperature" => self.temperature = temperature(&value)?,
            "timestamp_granularities[]" | "timestamp_granularities" => self.granularity(&value)?,
            "include[]" | "include" => {
                return Err(Fault::invalid(
                    "include",
                    format!("`{value}` is not supported; leave `include` out"),
                ));
            }
            // OpenAI ignores `stream` for Whisper models too; other fields mean nothing here.
            _ => {}
        }
        Ok(())
    }

    fn granularity(&mut self, value: &str) -> Result<(), Fault> {
        match value {
            "word" => self.words = true,
            "segment" => self.segments = true,
            other => {
                let message = format!("`{other}` is unknown; use segment or word");
                return Err(Fault::invalid("timestamp_granularities", message));
            }
        }
        Ok(())
    }

    fn complete(mut self) -> Result<Self, Fault> {
        if self.file.is_none() {
            return Err(Fault::invalid(
                "file",
                "is missing; send the audio as the form's field `file`",
            ));
        }
        if self.model.is_empty() {
            return Err(Fault::invalid("model", "is missing; send e.g. `whisper-1`"));
        }
        if (self.words || self.segments) && self.format != ReplyFormat::VerboseJson {
            let message = "only goes with response_format verbose_json";
            return Err(Fault::invalid("timestamp_granularities", message));
        }
        self.segments |= !self.words;
        Ok(self)
    }
}

async fn text(field: Field<'_>, name: &str, limit: Option<BodyLimit>) -> Result<String, Fault> {
    let bytes = field
        .bytes()
        .await
        .map_err(|error| form_fault(&error, limit))?;
    String::from_utf8(bytes.into()).map_err(|_| Fault::invalid(name, "is not valid UTF-8"))
}

fn temperature(value: &str) -> Result<f32, Fault> {
    let parsed = value
        .trim()
        .parse::<f32>()
        .ok()
        .filter(|value| (0.0..=1.0).contains(value));
    parsed.ok_or_else(|| {
        Fault::invalid(
            "temperature",
            format!("`{value}` is not a number from 0 to 1"),
        )
    })
}
