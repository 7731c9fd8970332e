//! The route.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{FromRef, State},
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use locutor::{Engine, audio::Audio, engine::LaneName, speak::Options, text::sentences};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    encode,
    request::{AudioFormat, SpeechRequest},
};
use crate::{
    access::{Authorized, permission::EngineUse},
    bridge::{self, Events},
    config::Limits,
    features::models::{Kind, ModelService},
    http::{Fault, Json},
};

/// What this route works with.
#[derive(Clone)]
pub struct SpeechState {
    /// The engine.
    pub engine: Engine,
    /// Names of models.
    pub models: ModelService,
    /// Largest requests.
    pub limits: Limits,
    /// Longest time a client may leave audio unread.
    pub stall: Duration,
}

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    SpeechState: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(speak))
}

/// Speak text, sent sentence by sentence while it is made.
///
/// A WAV file of several sentences states no length, because it is not known when it begins.
#[utoipa::path(post, path = "/v1/audio/speech", tag = "audio", request_body = SpeechRequest,
    responses((status = 200, description = "Audio.", content((Vec<u8> = "audio/wav"), (Vec<u8> = "audio/pcm")))))]
async fn speak(
    State(state): State<SpeechState>,
    _: Authorized<EngineUse>,
    Json(request): Json<SpeechRequest>,
) -> Result<Response, Fault> {
    let model = state.models.resolve(Kind::Speak, &request.model)?;
    let format = request.check(state.limits.speech_characters)?;
    let single = sentences(&request.input).len() <= 1;
    let mut pieces = start(&state, model, request, format, single)?;
    // Waiting for the first piece gives an error its own status instead of a broken file.
    let first = pieces.next().await.transpose()?;
    let first = first.ok_or_else(|| Fault::invalid("input", "holds nothing that can be spoken"))?;
    let kind = [(header::CONTENT_TYPE, encode::content_type(format))];
    if single {
        return Ok((kind, first).into_response());
    }
    Ok((kind, Body::from_stream(stream(first, pieces))).into_response())
}

fn start(
    state: &SpeechState,
    model: String,
    request: SpeechRequest,
    format: AudioFormat,
    single: bool,
) -> Result<Events<Bytes>, Fault> {
    let options = Options {
        voice: request.own_voice(),
        speed: request.speed.unwrap_or(1.0),
    };
    let text = request.input;
    let events = bridge::stream(
        &state.engine,
        LaneName::Speak,
        state.stall,
        move |engine, cancellation, pieces| {
            let synthesizer = engine.synthesizer(Some(&model))?;
            let mut started = false;
            let mut outcome = Ok(());
            // A voice may speak a long sentence in several parts; only together are they the file.
            let mut whole: Option<Audio> = None;
            let mut on_audio = |audio: Audio| {
                if single {
                    match &mut whole {
                        Some(whole) => whole.samples.extend(audio.samples),
                        None => whole = Some(audio),
                    }
                    return;
                }
                let sent = encode::piece(&audio, format).and_then(|piece| {
                    if !started {
                        started = true;
                        pieces.send(encode::header(audio.sample_rate, format))?;
                    }
                    pieces.send(piece)
                });
                if let Err(error) = sent {
                    cancellation.cancel();
                    outcome = Err(error);
                }
            };
            let spoken = synthesizer.synthesize(&text, &options, &mut on_audio, cancellation);
            outcome.and(spoken)?;
            match whole {
                Some(whole) => pieces.send(encode::whole(&whole, format)?),
                None => Ok(()),
            }
        },
    )?;
    Ok(events)
}

fn stream(
    first: Bytes,
    mut pieces: Events<Bytes>,
) -> impl futures::Stream<Item = locutor::Result<Bytes>> {
    async_stream::stream! {
        yield Ok(first);
        while let Some(piece) = pieces.next().await {
            yield piece;
        }
    }
}
