//! What the forms of transcriptions and translations may hold.

use axum::extract::{FromRequest, Request, multipart::Field};
use tempfile::SpooledTempFile;
use utoipa::ToSchema;

use super::format::ReplyFormat;
use crate::http::{BodyLimit, Fault, form_fault, form_text, read_form, receive_upload};

/// Most bytes of a prompt; far more than the 224 tokens that the model reads of it.
const PROMPT_BYTES: usize = 8 << 10;
/// Most bytes of any other text field.
const TEXT_BYTES: usize = 256;

/// OpenAI's name of the model for which the interface says that `stream` is ignored.
const NEVER_STREAMED: &str = "whisper-1";

/// The form as documented; its fields are read one by one.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only describes the form")]
pub struct TranscriptionForm {
    /// WAV, FLAC, MP3, OGG Vorbis, M4A/AAC or AIFF.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
    /// A model of `/v1/models`, or OpenAI's name for the default.
    #[schema(min_length = 1, max_length = 256, example = "whisper-base")]
    model: String,
    /// ISO 639-1 code; absent: detected. Not for translations, which are always into English.
    #[schema(value_type = String, required = false, max_length = 256, example = "en")]
    language: Option<String>,
    /// Words and spellings to expect.
    #[schema(value_type = String, required = false, max_length = 8192, example = "Kilda, Hirta")]
    prompt: Option<String>,
    /// `json`, `text`, `srt`, `vtt` or `verbose_json`; absent: `json`.
    #[schema(value_type = ReplyFormat, required = false)]
    response_format: Option<ReplyFormat>,
    /// 0 to 1; absent: 0.
    #[schema(value_type = f32, required = false, minimum = 0.0, maximum = 1.0, example = 0.0)]
    temperature: Option<f32>,
    /// `segment`, `word` or both, for `verbose_json`; absent: `segment`.
    #[schema(rename = "timestamp_granularities[]", value_type = Vec<Granularity>, required = false)]
    timestamp_granularities: Option<Vec<Granularity>>,
    /// Send the text segment by segment, as server-sent events; only with `json`. Ignored for
    /// `whisper-1`, as OpenAI does.
    #[schema(value_type = bool, required = false)]
    stream: Option<bool>,
}

/// What times are told of.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the form")]
enum Granularity {
    /// Stretches of speech.
    Segment,
    /// Single words.
    Word,
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
    /// Whether to send the text segment by segment.
    pub streamed: bool,
}

impl<S: Send + Sync> FromRequest<S> for TranscriptionRequest {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let limit = request.extensions().get::<BodyLimit>().copied();
        let mut form = read_form(request, state).await?;
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
            self.file = Some(receive_upload(field, limit).await?);
            return Ok(());
        }
        let most_bytes = if name == "prompt" {
            PROMPT_BYTES
        } else {
            TEXT_BYTES
        };
        let value = form_text(field, most_bytes, limit).await?;
        self.set(&name, value)
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), Fault> {
        match name {
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
            "stream" => self.streamed = flag("stream", &value)?,
            // Other fields mean nothing here.
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
        self.streamed &= self.model != NEVER_STREAMED;
        if self.streamed && self.format != ReplyFormat::Json {
            let message = "only goes with response_format json";
            return Err(Fault::invalid("stream", message));
        }
        self.segments |= !self.words;
        Ok(self)
    }
}

/// A truth value as forms write it; programs in Python send `True`.
fn flag(name: &str, value: &str) -> Result<bool, Fault> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" | "" => Ok(false),
        _ => Err(Fault::invalid(
            name,
            format!("`{value}` is unknown; use true or false"),
        )),
    }
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

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::StatusCode};

    use super::*;

    async fn read(fields: &[(&str, &str)]) -> Result<TranscriptionRequest, Fault> {
        let mut body = String::new();
        let file = (r#"file"; filename="a.wav"#, "RIFF");
        for (name, value) in fields.iter().chain([&file]) {
            body += "--x\r\nContent-Disposition: form-data; ";
            body += &["name=\"", name, "\"\r\n\r\n", value, "\r\n"].concat();
        }
        body += "--x--\r\n";
        let request = Request::builder()
            .header("content-type", "multipart/form-data; boundary=x")
            .body(Body::from(body))
            .unwrap();
        TranscriptionRequest::from_request(request, &()).await
    }

    async fn refused(fields: &[(&str, &str)]) -> String {
        match read(fields).await {
            Ok(_) => panic!("{fields:?} were taken"),
            Err(fault) => {
                assert_eq!(fault.status, StatusCode::BAD_REQUEST);
                fault.fields[0].field.clone()
            }
        }
    }

    #[tokio::test]
    async fn texts_that_are_too_long_are_refused_by_name() {
        let prompt = "a".repeat(PROMPT_BYTES);
        let fits = read(&[("model", "whisper-1"), ("prompt", &prompt)]).await;
        assert_eq!(
            fits.map(|form| form.prompt).unwrap_or_default(),
            Some(prompt.clone())
        );
        assert_eq!(
            refused(&[("prompt", &format!("{prompt}a"))]).await,
            "prompt"
        );
        for name in ["model", "language", "unheard_of"] {
            assert_eq!(refused(&[(name, &"a".repeat(TEXT_BYTES + 1))]).await, name);
        }
    }

    #[tokio::test]
    async fn streams_are_never_ignored_but_for_whisper_1() {
        for (model, stream, expected) in [
            ("gpt-4o-transcribe", "true", true),
            ("whisper-base", "True", true),
            ("whisper-base", "false", false),
            ("whisper-1", "true", false),
        ] {
            let form = read(&[("model", model), ("stream", stream)]).await;
            assert_eq!(
                form.map(|form| form.streamed).ok(),
                Some(expected),
                "{model}"
            );
        }
        let subtitles = [
            ("model", "whisper-base"),
            ("stream", "true"),
            ("response_format", "srt"),
        ];
        assert_eq!(refused(&subtitles).await, "stream");
        assert_eq!(refused(&[("stream", "maybe")]).await, "stream");
    }
}
