//! The route.

use std::{sync::Arc, time::Duration};

use axum::{
    Json as JsonReply,
    extract::{FromRef, State},
    response::{IntoResponse, Response, Sse, sse::KeepAlive},
};
use locutor::{Engine, engine::LaneName};
use tokio::runtime::Handle;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    job::{self, Outcome, Progress},
    reply::{ChatChunk, ChatReply, Identity},
    request::{ChatRequest, Checked},
    stream,
};
use crate::{
    access::{
        Authorized,
        permission::{DocumentsRead, EngineUse},
    },
    bridge::{self, Events},
    config::Limits,
    features::{
        documents::PassageSearch,
        models::{Kind, ModelService},
    },
    http::{Fault, Json, openapi::ServerSent},
    ports::{Clock, Randomness},
};

/// What this route works with.
#[derive(Clone)]
pub struct ChatState {
    /// The engine.
    pub engine: Engine,
    /// Names of models.
    pub models: ModelService,
    /// Where passages are found.
    pub passages: PassageSearch,
    /// Largest requests.
    pub limits: Limits,
    /// Longest time a client may leave text unread.
    pub stall: Duration,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids and seeds.
    pub randomness: Arc<dyn Randomness>,
}

/// An event of a stream, as documented.
type ChatEvent = ServerSent<ChatChunk>;

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    ChatState: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(complete))
}

/// Continue a conversation, on request from the documents.
///
/// With `"retrieval": {}` the last message is answered from the documents: every sentence of the
/// reply was checked against them before it is sent, and the reply's `retrieval` holds passages,
/// citations and the verdict.
#[utoipa::path(post, path = "/v1/chat/completions", tag = "chat", request_body = ChatRequest,
    responses((status = 200, content((ChatReply = "application/json"), (ChatEvent = "text/event-stream")))))]
async fn complete(
    State(state): State<ChatState>,
    caller: Authorized<EngineUse>,
    Json(request): Json<ChatRequest>,
) -> Result<Response, Fault> {
    let caller = *caller.caller();
    if request.retrieval.is_some() {
        Authorized::<DocumentsRead>::check(caller)?;
    }
    let model = state.models.resolve(Kind::Generate, &request.model)?;
    let (streamed, include_usage) = (request.streamed(), request.include_usage());
    let request = request.checked(state.limits.chat_messages, seed(state.randomness.as_ref()))?;
    let identity = identity(&state, &model);
    let mut events = start(&state, caller.organisation, model, request)?;
    if !streamed {
        return whole(identity, events).await;
    }
    // Waiting for the first event gives an error its own status instead of a broken stream.
    let first = events
        .next()
        .await
        .transpose()?
        .ok_or_else(|| Fault::internal("the work ended without a word"))?;
    let reply = Sse::new(stream::events(identity, first, events, include_usage));
    Ok(reply.keep_alive(KeepAlive::default()).into_response())
}

fn start(
    state: &ChatState,
    organisation: Uuid,
    model: String,
    request: Checked,
) -> Result<Events<Progress>, Fault> {
    let passages = (state.passages.clone(), Handle::current(), organisation);
    let question = job::question(&request, &model);
    let events = bridge::stream(
        &state.engine,
        LaneName::Generate,
        state.stall,
        move |engine, cancellation, progress| match &question {
            None => job::write(engine, &model, &request, cancellation, progress),
            Some(question) => job::answer(engine, &passages, question, cancellation, progress),
        },
    )?;
    Ok(events)
}

async fn whole(identity: Identity, mut events: Events<Progress>) -> Result<Response, Fault> {
    let mut text = String::new();
    let mut outcome: Option<Box<Outcome>> = None;
    while let Some(progress) = events.next().await.transpose()? {
        match progress {
            Progress::Passages(_) => {}
            Progress::Text(piece, _) => text.push_str(&piece),
            Progress::Done(done) => outcome = Some(done),
        }
    }
    let outcome = outcome.ok_or_else(|| Fault::internal("the work ended without an outcome"))?;
    Ok(JsonReply(identity.reply(text, *outcome)).into_response())
}

fn identity(state: &ChatState, model: &str) -> Identity {
    Identity {
        id: format!(
            "chatcmpl-{}",
            state.randomness.identifier(state.clock.as_ref()).simple()
        ),
        created: state.clock.now().as_second(),
        model: model.to_owned(),
    }
}

fn seed(randomness: &dyn Randomness) -> u64 {
    let mut bytes = [0; 8];
    randomness.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
