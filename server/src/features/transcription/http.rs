//! The routes.

use axum::{
    Json,
    extract::{FromRef, State},
    http::header,
    response::{IntoResponse, Response},
};
use locutor::{
    Engine,
    audio::{self, SPEECH_RATE},
    engine::LaneName,
    transcribe::{Options, Task, Transcript},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    format::{self, ReplyFormat},
    request::{TranscriptionForm, TranscriptionRequest},
    verbose::{JsonReply, TranscriptionReply, VerboseReply},
};
use crate::{
    bridge,
    config::Limits,
    features::models::{Kind, ModelService},
    http::Fault,
};

/// What these routes work with.
#[derive(Clone)]
pub struct TranscriptionState {
    /// The engine.
    pub engine: Engine,
    /// Names of models.
    pub models: ModelService,
    /// Largest requests.
    pub limits: Limits,
}

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    TranscriptionState: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(transcribe))
        .routes(routes!(translate))
}

/// Write down what was said, in the language it was said in.
#[utoipa::path(post, path = "/v1/audio/transcriptions", tag = "audio",
    request_body(content = TranscriptionForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "As `response_format` says.",
        content((JsonReply = "application/json"), (String = "text/plain"), (String = "text/vtt")))))]
async fn transcribe(
    State(state): State<TranscriptionState>,
    request: TranscriptionRequest,
) -> Result<Response, Fault> {
    answer(&state, request, Task::Transcribe).await
}

/// Write down an English translation of what was said.
#[utoipa::path(post, path = "/v1/audio/translations", tag = "audio",
    request_body(content = TranscriptionForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "As `response_format` says.",
        content((JsonReply = "application/json"), (String = "text/plain"), (String = "text/vtt")))))]
async fn translate(
    State(state): State<TranscriptionState>,
    request: TranscriptionRequest,
) -> Result<Response, Fault> {
    answer(&state, request, Task::Translate).await
}

async fn answer(
    state: &TranscriptionState,
    request: TranscriptionRequest,
    task: Task,
) -> Result<Response, Fault> {
    let model = state.models.resolve(Kind::Transcribe, &request.model)?;
    if task == Task::Translate && is_english_only(&model) {
        let message = format!("{model} only knows English; translate with whisper-base");
        return Err(Fault::invalid("model", message));
    }
    let (format, segments, words) = (request.format, request.segments, request.words);
    let transcript = hear(state, model, request, task).await?;
    Ok(reply(transcript, format, task, segments, words))
}

async fn hear(
    state: &TranscriptionState,
    model: String,
    request: TranscriptionRequest,
    task: Task,
) -> Result<Transcript, Fault> {
    let limits = audio::Limits {
        max_seconds: state.limits.audio_seconds as f64,
    };
    let options = Options {
        language: request.language,
        task,
        prompt: request.prompt,
        temperature: request.temperature,
        words: request.words,
    };
    // The request was complete, so there is a file.
    let file = request
        .file
        .ok_or_else(|| Fault::invalid("file", "is missing"))?;
    let transcript = bridge::run(
        &state.engine,
        LaneName::Transcribe,
        move |engine, cancellation| {
            let audio = audio::decode_reader(file, Some(SPEECH_RATE), limits)?;
            cancellation.check()?;
            let transcriber = engine.transcriber(Some(&model))?;
            transcriber.transcribe(&audio, &options, &mut |_| {}, cancellation)
        },
    )
    .await?;
    Ok(transcript)
}

fn reply(
    transcript: Transcript,
    format: ReplyFormat,
    task: Task,
    segments: bool,
    words: bool,
) -> Response {
    match format {
        ReplyFormat::Json => {
            let text = transcript.text;
            Json(JsonReply::Brief(TranscriptionReply { text })).into_response()
        }
        ReplyFormat::VerboseJson => {
            let reply = VerboseReply::new(transcript, task, segments, words);
            Json(JsonReply::Verbose(reply)).into_response()
        }
        ReplyFormat::Text => plain("text/plain; charset=utf-8", format::text(&transcript)),
        ReplyFormat::Srt => plain("text/plain; charset=utf-8", format::srt(&transcript)),
        ReplyFormat::Vtt => plain("text/vtt; charset=utf-8", format::vtt(&transcript)),
    }
}

fn plain(kind: &'static str, text: String) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// Whisper's English-only models carry it in their names: `whisper-tiny.en`, `whisper-tiny.en-f16`.
fn is_english_only(model: &str) -> bool {
    model.split('-').any(|part| {
        part.rsplit_once('.')
            .is_some_and(|(_, language)| language == "en")
    })
}
