//! The form of transcriptions and translations, read field by field.

use axum::extract::{FromRequest, Request, multipart::Field};
use locutor::{
    speakers,
    transcribe::{MOST_HOTWORD_BYTES, MOST_HOTWORDS, formatting::MOST_REPLACEMENTS},
};
use tempfile::SpooledTempFile;

use super::{
    chunking::{CHUNKING_BYTES, ServerVad, chunking},
    format::ReplyFormat,
    voices::{KnownVoices, NAME_BYTES, REFERENCE_BYTES},
    writing::{Writing, choice},
};
use crate::http::{BodyLimit, Fault, form_fault, form_text, read_form, receive_upload};

/// Most bytes of a prompt; far more than the 224 tokens that the model reads of it.
const PROMPT_BYTES: usize = 8 << 10;
/// Most bytes of a phrase to replace and what takes its place.
const REPLACEMENT_BYTES: usize = 2 << 10;
/// Most bytes of any other text field.
const TEXT_BYTES: usize = 256;

/// OpenAI's name of the model for which the interface says that `stream` is ignored.
const NEVER_STREAMED: &str = "whisper-1";

/// A form that was read.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "fields of a form")]
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
    /// Whether the probability of each token was asked for.
    pub logprobs: bool,
    /// Where speech is looked for; `None` is the default.
    pub chunking: Option<ServerVad>,
    /// Whether noise is taken out first.
    pub noise_suppression: bool,
    /// How many people speak.
    pub speakers: Option<usize>,
    /// Who may be among them.
    pub voices: KnownVoices,
    /// Words that are likelier than the model thinks.
    pub hotwords: Vec<String>,
    /// How the text is written.
    pub writing: Writing,
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
        let most_bytes = match name.trim_end_matches("[]") {
            "prompt" => PROMPT_BYTES,
            "chunking_strategy" => CHUNKING_BYTES,
            "known_speaker_names" => NAME_BYTES,
            "known_speaker_references" => REFERENCE_BYTES,
            "replace" => REPLACEMENT_BYTES,
            _ => TEXT_BYTES,
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
            "include[]" | "include" => match value.as_str() {
                "logprobs" => self.logprobs = true,
                other => {
                    let message = format!("`{other}` is unknown; use logprobs");
                    return Err(Fault::invalid("include", message));
                }
            },
            "stream" => self.streamed = flag("stream", &value)?,
            "noise_suppression" => self.noise_suppression = flag("noise_suppression", &value)?,
            "chunking_strategy" => self.chunking = chunking(&value)?,
            "known_speaker_names[]" | "known_speaker_names" => self.voices.name(value)?,
            "known_speaker_references[]" | "known_speaker_references" => {
                self.voices.sound(&value)?;
            }
            "speakers" => self.speakers = Some(speaker_count(&value)?),
            "hotwords[]" | "hotwords" => {
                if self.hotwords.len() == MOST_HOTWORDS || value.len() > MOST_HOTWORD_BYTES {
                    let message = format!(
                        "may be at most {MOST_HOTWORDS}, each of {MOST_HOTWORD_BYTES} bytes"
                    );
                    return Err(Fault::invalid("hotwords", message));
                }
                self.hotwords.push(value);
            }
            "profanity" => self.writing.profanity = choice("profanity", &value)?,
            "numbers" => self.writing.numbers = choice("numbers", &value)?,
            "punctuation" => self.writing.punctuation = choice("punctuation", &value)?,
            "fillers" => self.writing.fillers = choice("fillers", &value)?,
            "replace[]" | "replace" => {
                if self.writing.replace.len() == MOST_REPLACEMENTS {
                    let message = format!("may be at most {MOST_REPLACEMENTS}");
                    return Err(Fault::invalid("replace", message));
                }
                self.writing.replace.push(value);
            }
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
        let streams = [ReplyFormat::Json, ReplyFormat::DiarizedJson];
        if self.streamed && !streams.contains(&self.format) {
            let message = "only goes with response_format json or diarized_json";
            return Err(Fault::invalid("stream", message));
        }
        if self.logprobs && self.format != ReplyFormat::Json {
            let message = "logprobs only go with response_format json";
            return Err(Fault::invalid("include", message));
        }
        if self.logprobs && self.writing != Writing::default() {
            let message =
                "logprobs are those of the text as it was heard; leave out how to write it";
            return Err(Fault::invalid("include", message));
        }
        let tells_speakers = self.speakers.is_some() || !self.voices.is_empty();
        if tells_speakers && self.format != ReplyFormat::DiarizedJson {
            let message = "speakers are only told with response_format diarized_json";
            return Err(Fault::invalid("response_format", message));
        }
        self.voices.check()?;
        self.writing.formatting()?;
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

fn speaker_count(value: &str) -> Result<usize, Fault> {
    let parsed = value.trim().parse().ok();
    let fits = parsed.filter(|count| (1..=speakers::MOST).contains(count));
    fits.ok_or_else(|| {
        let message = format!("`{value}` is not a number from 1 to {}", speakers::MOST);
        Fault::invalid("speakers", message)
    })
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
    async fn what_does_not_go_together_is_refused() {
        let refusals: [(&[(&str, &str)], &str); 6] = [
            (
                &[("include[]", "logprobs"), ("response_format", "text")],
                "include",
            ),
            (
                &[("include[]", "logprobs"), ("numbers", "digits")],
                "include",
            ),
            (&[("include[]", "segments")], "include"),
            (&[("speakers", "2")], "response_format"),
            (
                &[("response_format", "diarized_json"), ("speakers", "0")],
                "speakers",
            ),
            (
                &[
                    ("response_format", "diarized_json"),
                    ("known_speaker_names[]", "Ada"),
                ],
                "known_speaker_names",
            ),
        ];
        for (fields, field) in refusals {
            let mut all = vec![("model", "whisper-base")];
            all.extend(fields);
            assert_eq!(refused(&all).await, field, "{fields:?}");
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
