//! The route.

use axum::extract::{FromRef, State};
use locutor::{Engine, Error, engine::LaneName};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    reply::EmbeddingReply,
    request::{EmbeddingRequest, Inputs},
};
use crate::{
    bridge,
    config::Limits,
    features::models::{Kind, ModelService},
    http::{Fault, Json},
};

/// What this route works with.
#[derive(Clone)]
pub struct EmbeddingState {
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
    EmbeddingState: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(embed))
}

/// Embed texts: vectors of unit length, near each other when the texts mean the same.
#[utoipa::path(post, path = "/v1/embeddings", tag = "embeddings", request_body = EmbeddingRequest,
    responses((status = 200, body = EmbeddingReply)))]
async fn embed(
    State(state): State<EmbeddingState>,
    Json(request): Json<EmbeddingRequest>,
) -> Result<axum::Json<EmbeddingReply>, Fault> {
    let model = state.models.resolve(Kind::Embed, &request.model)?;
    let inputs = request.input.checked(
        state.limits.embedding_inputs,
        state.limits.embedding_characters,
    )?;
    let (id, dimensions) = (model.clone(), request.dimensions);
    let embeddings = bridge::run(&state.engine, LaneName::Embed, move |engine, cancellation| {
        let embedder = engine.embedder(Some(&id))?;
        let own = embedder.dimensions();
        if let Some(asked) = dimensions.filter(|asked| *asked != own) {
            let message = format!("{asked} is not possible: vectors of {id} have {own} values; leave `dimensions` out");
            return Err(Error::invalid("dimensions", message));
        }
        match &inputs {
            Inputs::Texts(texts) => embedder.embed(&texts.iter().map(String::as_str).collect::<Vec<_>>(), cancellation),
            Inputs::Tokens(lists) => embedder.embed_tokens(&lists.iter().map(Vec::as_slice).collect::<Vec<_>>(), cancellation),
        }
    })
    .await?;
    Ok(axum::Json(EmbeddingReply::new(
        model,
        embeddings,
        request.encoding_format,
    )))
}
