//! A text as JSON, or a recording in a form.

use axum::extract::{FromRequest, Request};
use garde::Validate;
use serde::Deserialize;
use tempfile::SpooledTempFile;
use utoipa::ToSchema;

use crate::http::{
    BodyLimit, Fault, Json, form_fault, form_text, is_form, read_form, receive_upload,
};

/// Most bytes of a form's text field.
const TEXT_BYTES: usize = 256;

/// A text.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextBody {
    /// The text; changes of language are looked for in the first 20,000 words.
    #[garde(length(chars, min = 1, max = 1_000_000))]
    #[schema(
        min_length = 1,
        max_length = 1_000_000,
        example = "Colour is what we see. Farbe ist, was wir sehen."
    )]
    pub input: String,
}

/// The form as documented; its fields are read one by one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only describes the form")]
pub struct RecordingForm {
    /// WAV, FLAC, MP3, OGG Vorbis, M4A/AAC or AIFF.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
    /// A model of `/v1/models` that knows several languages, or OpenAI's name for the default; absent: the
    /// default.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 256, example = "whisper-base")]
    model: Option<String>,
}

/// Either kind of body.
pub enum LanguageRequest {
    /// A text.
    Text(String),
    /// A recording.
    Recording {
        /// The audio.
        file: SpooledTempFile,
        /// As named.
        model: Option<String>,
    },
}

impl<S: Send + Sync> FromRequest<S> for LanguageRequest {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        if !is_form(request.headers()) {
            let Json(body) = Json::<TextBody>::from_request(request, state).await?;
            return Ok(Self::Text(body.input));
        }
        let limit = request.extensions().get::<BodyLimit>().copied();
        let mut form = read_form(request, state).await?;
        let (mut file, mut model) = (None, None);
        while let Some(field) = form
            .next_field()
            .await
            .map_err(|error| form_fault(&error, limit))?
        {
            match field.name().unwrap_or_default() {
                "file" => file = Some(receive_upload(field, limit).await?),
                "model" => {
                    let name = form_text(field, TEXT_BYTES, limit).await?;
                    model = Some(name).filter(|name| !name.is_empty());
                }
                other => {
                    let message = "is unknown; send `file`, and `model` if you like";
                    return Err(Fault::invalid(other, message));
                }
            }
        }
        let missing = || {
            Fault::invalid(
                "file",
                "is missing; send the audio as the form's field `file`",
            )
        };
        Ok(Self::Recording {
            file: file.ok_or_else(missing)?,
            model,
        })
    }
}
