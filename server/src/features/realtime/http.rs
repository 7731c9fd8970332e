//! The route.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{FromRef, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    response::Response,
};
use garde::Validate;
use locutor::Engine;
use serde::{Deserialize, Serialize};
use tokio::{sync::Semaphore, time::Instant};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{items::Items, manual::Appended, session::Session, settings::SessionSettings};
use crate::{
    access::{Authorized, permission::EngineUse},
    features::models::{Kind, ModelService},
    http::{Fault, Query, no_web_socket, too_many_streams},
    ports::{Clock, Randomness},
};

/// Largest message: sixteen seconds at 24 kHz in base64.
const MESSAGE_BYTES: usize = 1 << 20;
/// What browsers ask for beside the key.
const PROTOCOL: &str = "realtime";

/// What this route works with; clones share it.
#[derive(Clone)]
pub struct RealtimeState {
    /// The engine.
    pub engine: Engine,
    /// Names of models.
    pub models: ModelService,
    /// Places for streams.
    pub places: Arc<Semaphore>,
    /// Longest time a client may leave events unread.
    pub stall: Duration,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub randomness: Arc<dyn Randomness>,
}

/// What a session is for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Intent {
    /// To write down what is said.
    Transcription,
}

/// How to begin.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Beginning {
    /// `transcription`, which is also what is meant without it.
    #[serde(default)]
    #[garde(skip)]
    #[param(value_type = Option<Intent>, inline)]
    #[expect(dead_code, reason = "there is one kind of session")]
    intent: Option<Intent>,
    /// Model to hear with; absent: the default one. A `session.update` may name another.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[param(value_type = Option<String>, min_length = 1, max_length = 200, example = "whisper-1")]
    model: Option<String>,
}

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    RealtimeState: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(realtime))
}

/// Transcribe what is being said, in a session of OpenAI's Realtime API over a WebSocket.
///
/// Transcription sessions only. Browsers, which cannot send headers, give their key as the subprotocol
/// `openai-insecure-api-key.<key>` beside `realtime`.
#[utoipa::path(get, path = "/v1/realtime", tag = "audio", params(Beginning),
    responses((status = 101, description = "The WebSocket."), (status = 426, description = "The request asks for no WebSocket."), (status = 429)))]
async fn realtime(
    State(state): State<RealtimeState>,
    _: Authorized<EngineUse>,
    Query(beginning): Query<Beginning>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Fault> {
    let model = beginning
        .model
        .unwrap_or_else(|| state.engine.defaults().transcriber.clone());
    state.models.resolve(Kind::Transcribe, &model)?;
    let upgrade = upgrade.map_err(|_| no_web_socket())?;
    let place = Arc::clone(&state.places)
        .try_acquire_owned()
        .map_err(|_| too_many_streams())?;
    Ok(upgrade
        .protocols([PROTOCOL])
        .max_message_size(MESSAGE_BYTES)
        .max_frame_size(MESSAGE_BYTES)
        .on_upgrade(move |socket| {
            let items = Items::new(Arc::clone(&state.clock), Arc::clone(&state.randomness));
            let session = Session {
                id: items.identifier("sess"),
                settings: SessionSettings::new(model),
                socket,
                state,
                items,
                _place: place,
                listener: None,
                heard: 0.0,
                appended: Appended::default(),
                sent: 0,
                heard_at: Instant::now(),
            };
            session.run()
        }))
}
