//! The route.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{FromRef, State},
    response::Response,
};
use garde::Validate;
use locutor::Engine;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    items::Items,
    manual::Appended,
    secret::{
        ClientSecretReply, ClientSecretRequest, ClientSecretValue, SessionBody,
        TranscriptionSessionReply, settings,
    },
    session::Session,
    settings::SessionSettings,
};
use crate::{
    access::{Authorized, Caller, ClientSecret, permission::EngineUse},
    features::{
        live::{Live, Opening},
        models::{Kind, ModelService},
    },
    http::{Fault, Json, Query},
    ports::{Clock, Randomness},
    secrets::ServerSecret,
};

/// Largest message: sixteen seconds at 24 kHz in base64.
const MESSAGE_BYTES: usize = 1 << 20;
/// What browsers ask for beside the key.
const PROTOCOL: &str = "realtime";
/// The route that clients' secrets open.
const PATH: &str = "/v1/realtime";

/// What this route works with; clones share it.
#[derive(Clone)]
pub struct RealtimeState {
    /// The engine.
    pub engine: Engine,
    /// Names of models.
    pub models: ModelService,
    /// What all streams share.
    pub live: Live,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub randomness: Arc<dyn Randomness>,
    /// Signs secrets for clients.
    pub secret: ServerSecret,
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
    OpenApiRouter::new()
        .routes(routes!(realtime))
        .routes(routes!(create_secret))
        .routes(routes!(create_session))
}

/// Make a secret for a client that shall not hold a key.
///
/// A page in a browser opens `/v1/realtime` with it, as often as it likes until it ends, and nothing else, and no more
/// once the key or session that it was made with has ended. What was opened with it ends then, too.
#[utoipa::path(post, path = "/v1/realtime/client_secrets", tag = "audio", request_body = ClientSecretRequest,
    responses((status = 200, body = ClientSecretReply)))]
async fn create_secret(
    State(state): State<RealtimeState>,
    caller: Authorized<EngineUse>,
    Json(request): Json<ClientSecretRequest>,
) -> Result<axum::Json<ClientSecretReply>, Fault> {
    let session = request.session.clone().unwrap_or_default();
    let settings = settings(&session, state.engine.defaults().transcriber.clone())?;
    let model = &settings.transcription().model;
    state.models.resolve(Kind::Transcribe, model)?;
    let (value, expires_at) = state.seal(caller.caller(), request.lifetime(), session);
    Ok(axum::Json(ClientSecretReply {
        value,
        expires_at,
        session: serde_json::to_value(&settings).unwrap_or_default(),
    }))
}

/// Make a secret, in the API before `client_secrets`: the settings are the body itself.
#[utoipa::path(post, path = "/v1/realtime/transcription_sessions", tag = "audio", request_body = SessionBody,
    responses((status = 200, body = TranscriptionSessionReply)))]
async fn create_session(
    State(state): State<RealtimeState>,
    caller: Authorized<EngineUse>,
    Json(SessionBody(session)): Json<SessionBody>,
) -> Result<axum::Json<TranscriptionSessionReply>, Fault> {
    let asked = settings(&session, state.engine.defaults().transcriber.clone())?;
    let model = &asked.transcription().model;
    state.models.resolve(Kind::Transcribe, model)?;
    let lifetime = ClientSecretRequest::default().lifetime();
    let (value, expires_at) = state.seal(caller.caller(), lifetime, session.clone());
    let items = Items::new(Arc::clone(&state.clock), Arc::clone(&state.randomness));
    Ok(axum::Json(TranscriptionSessionReply {
        id: items.identifier("sess"),
        object: "realtime.transcription_session",
        client_secret: ClientSecretValue { value, expires_at },
        settings: session,
    }))
}

impl RealtimeState {
    /// A secret for a session, and until when it opens one, in seconds since 1970.
    fn seal(
        &self,
        caller: &Caller,
        lifetime: Duration,
        session: Map<String, Value>,
    ) -> (String, i64) {
        let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let end = self.clock.now().as_second().saturating_add(lifetime);
        let settings = Value::Object(session);
        let secret = ClientSecret::new(caller, PATH, end.saturating_mul(1000), settings);
        (secret.seal(&self.secret), end)
    }
}

/// Transcribe what is being said, in a session of OpenAI's Realtime API over a WebSocket.
///
/// Transcription sessions only. Browsers, which cannot send headers, give their key as the subprotocol
/// `openai-insecure-api-key.<key>` beside `realtime`.
#[utoipa::path(get, path = "/v1/realtime", tag = "audio", params(Beginning),
    responses((status = 101, description = "The WebSocket."), (status = 426, description = "The request asks for no WebSocket."), (status = 429)))]
async fn realtime(
    State(state): State<RealtimeState>,
    caller: Authorized<EngineUse>,
    Query(beginning): Query<Beginning>,
    opening: Opening,
) -> Result<Response, Fault> {
    let default = || state.engine.defaults().transcriber.clone();
    let settings = match opening.secret() {
        // What was sealed was read before.
        Some(secret) => {
            let session = secret.settings.as_object().cloned().unwrap_or_default();
            settings(&session, default())?
        }
        None => SessionSettings::new(beginning.model.unwrap_or_else(default)),
    };
    let model = &settings.transcription().model;
    state.models.resolve(Kind::Transcribe, model)?;
    let admitted = opening.admit(&state.live, &caller)?;
    Ok(
        admitted.open(MESSAGE_BYTES, &[PROTOCOL], move |socket, standing| {
            let items = Items::new(Arc::clone(&state.clock), Arc::clone(&state.randomness));
            let session = Session {
                id: items.identifier("sess"),
                settings,
                socket,
                state,
                items,
                standing,
                listener: None,
                heard: 0.0,
                appended: Appended::default(),
                sent: 0,
                heard_at: Instant::now(),
            };
            session.run()
        }),
    )
}
