//! The routes.

use std::time::Duration;

use axum::{
    Json,
    extract::{FromRef, FromRequestParts, State},
    http::{header, request::Parts},
    response::{IntoResponse, Response, Sse, sse::KeepAlive},
};
use locutor::{
    Engine,
    audio::{self, Interruptible, SPEECH_RATE},
    engine::LaneName,
    transcribe::{
        Options, Segment, Task, Transcript,
        recording::{Request, SpeakerRequest},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    diarized::DiarizedReply,
    form::TranscriptionForm,
    format::{self, ReplyFormat},
    measure,
    request::TranscriptionRequest,
    stream::{self, Manner, Progress, TranscriptionEvent},
    token::{AudioUsage, tokens},
    verbose::{JsonReply, TranscriptionReply, VerboseReply},
};
use crate::{
    access::{Authorized, permission::EngineUse},
    bridge::{self, Events},
    config::Limits,
    features::models::{Kind, ModelService},
    http::{Fault, openapi::ServerSent},
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
    /// Longest time a client may leave text unread.
    pub stall: Duration,
}

/// An event of a stream, as documented.
type StreamEvent = ServerSent<TranscriptionEvent>;

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

/// Proof that the queue had room before a large file was received and kept in vain; later the
/// request can still be refused.
struct Room;

impl<S> FromRequestParts<S> for Room
where
    S: Send + Sync,
    TranscriptionState: FromRef<S>,
{
    type Rejection = Fault;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, Fault> {
        let engine = TranscriptionState::from_ref(state).engine;
        engine.ensure_room(LaneName::Transcribe)?;
        Ok(Self)
    }
}

/// Write down what was said, in the language it was said in.
#[utoipa::path(post, path = "/v1/audio/transcriptions", tag = "audio",
    request_body(content = TranscriptionForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "As `response_format` says.",
        content((JsonReply = "application/json"), (String = "text/plain"), (String = "text/vtt"),
            (StreamEvent = "text/event-stream")))))]
async fn transcribe(
    State(state): State<TranscriptionState>,
    _: Authorized<EngineUse>,
    _room: Room,
    request: TranscriptionRequest,
) -> Result<Response, Fault> {
    answer(&state, request, Task::Transcribe).await
}

/// Write down an English translation of what was said.
#[utoipa::path(post, path = "/v1/audio/translations", tag = "audio",
    request_body(content = TranscriptionForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "As `response_format` says.",
        content((JsonReply = "application/json"), (String = "text/plain"), (String = "text/vtt"),
            (StreamEvent = "text/event-stream")))))]
async fn translate(
    State(state): State<TranscriptionState>,
    _: Authorized<EngineUse>,
    _room: Room,
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
    let shape = Shape {
        format: request.format,
        task,
        segments: request.segments,
        words: request.words,
        logprobs: request.logprobs,
    };
    let streamed = request.streamed;
    let mut events = start(state, model, request, task)?;
    // Waiting for the first event gives an error its own status instead of a broken stream.
    let first = next(&mut events).await?;
    if streamed {
        let manner = Manner {
            logprobs: shape.logprobs,
            diarized: shape.format == ReplyFormat::DiarizedJson,
        };
        let reply = Sse::new(stream::events(first, events, manner));
        return Ok(reply.keep_alive(KeepAlive::default()).into_response());
    }
    let transcript = whole(first, events).await?;
    Ok(reply(transcript, shape))
}

/// How to reply.
#[derive(Clone, Copy)]
struct Shape {
    format: ReplyFormat,
    task: Task,
    segments: bool,
    words: bool,
    logprobs: bool,
}

fn start(
    state: &TranscriptionState,
    model: String,
    request: TranscriptionRequest,
    task: Task,
) -> Result<Events<Progress>, Fault> {
    let limits = audio::Limits {
        max_seconds: state.limits.audio_seconds as f64,
    };
    let mut wanted = Request::from(Options {
        language: request.language,
        task,
        prompt: request.prompt,
        temperature: request.temperature,
        words: request.words,
        logprobs: request.logprobs,
        hotwords: request.hotwords,
        ..Options::default()
    });
    wanted.formatting = request.writing.formatting()?;
    wanted.noise_suppression = request.noise_suppression;
    if let Some(chunking) = request.chunking {
        (wanted.sensitivity, wanted.margin) = (chunking.sensitivity(), chunking.margin());
    }
    let diarized = request.format == ReplyFormat::DiarizedJson;
    let (speakers, voices) = (request.speakers, request.voices);
    // The request was complete, so there is a file.
    let file = request
        .file
        .ok_or_else(|| Fault::invalid("file", "is missing"))?;
    let events = bridge::stream(
        &state.engine,
        LaneName::Transcribe,
        state.stall,
        move |engine, cancellation, progress| {
            let file = Interruptible::new(file, cancellation.clone());
            let audio = audio::decode_reader(file, Some(SPEECH_RATE), limits);
            cancellation.check()?;
            let audio = audio?;
            let mut wanted = wanted;
            if diarized {
                wanted.speakers = Some(SpeakerRequest {
                    exact: speakers,
                    known: voices.decode()?,
                });
            }
            let mut on_segment = |segment: &Segment| {
                let segment = Progress::Segment(Box::new(segment.clone()));
                if progress.send(segment).is_err() {
                    cancellation.cancel();
                }
            };
            let transcript =
                engine.hear(Some(&model), &audio, &wanted, &mut on_segment, cancellation)?;
            measure::recording(&transcript);
            progress.send(Progress::Done(Box::new(transcript)))
        },
    )?;
    Ok(events)
}

async fn next(events: &mut Events<Progress>) -> Result<Progress, Fault> {
    let progress = events.next().await.transpose()?;
    progress.ok_or_else(|| Fault::internal("the work ended without an outcome"))
}

async fn whole(mut progress: Progress, mut events: Events<Progress>) -> Result<Transcript, Fault> {
    loop {
        match progress {
            Progress::Done(transcript) => return Ok(*transcript),
            Progress::Segment(_) => progress = next(&mut events).await?,
        }
    }
}

fn reply(transcript: Transcript, shape: Shape) -> Response {
    match shape.format {
        ReplyFormat::Json => {
            let reply = TranscriptionReply {
                logprobs: shape.logprobs.then(|| tokens(&transcript)),
                usage: AudioUsage::of(transcript.duration),
                text: transcript.text,
            };
            Json(JsonReply::Brief(reply)).into_response()
        }
        ReplyFormat::VerboseJson => {
            let reply = VerboseReply::new(transcript, shape.task, shape.segments, shape.words);
            Json(JsonReply::Verbose(reply)).into_response()
        }
        ReplyFormat::DiarizedJson => {
            let reply = DiarizedReply::new(transcript, shape.task);
            Json(JsonReply::Diarized(reply)).into_response()
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
