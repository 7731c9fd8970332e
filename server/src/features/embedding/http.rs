//! The route.

use axum::extract::{FromRef, State};
use locutor::{Engine, Error, engine::LaneName};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    reply::EmbeddingReply,
    request::{EmbeddingRequest, Inputs},
};
use crate::{
    access::{Authorized, permission::EngineUse},
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
    _: Authorized<EngineUse>,
    Json(request): Json<EmbeddingRequest>,
) -> Result<axum::Json<EmbeddingReply>, Fault> {
    let model = state.models.resolve(Kind::Embed, &request.model)?;
    let inputs = request.input.checked(
        state.limits.embedding_inputs,
        state.limits.embedding_characters,
    )?;
    own_tokens(&inputs, &request.model, &model)?;
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
        request.encoding_format.unwrap_or_default(),
    )))
}

/// Refuses tokens for a model under OpenAI's name: they would be numbers of OpenAI's vocabulary,
/// which mean other words in ours.
fn own_tokens(inputs: &Inputs, asked: &str, model: &str) -> Result<(), Fault> {
    if matches!(inputs, Inputs::Texts(_)) || !Kind::Embed.aliases().contains(&asked) {
        return Ok(());
    }
    let message = format!(
        "`{asked}` is {model} on this server, whose tokens are not OpenAI's; send `input` as text, \
         or the tokens of its own vocabulary under the name `{model}`"
    );
    Err(Fault::invalid("model", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_need_the_model_s_own_name() {
        let tokens = Inputs::Tokens(vec![vec![7592]]);
        let model = "all-minilm-l6-v2";
        let fault = own_tokens(&tokens, "text-embedding-3-small", model).unwrap_err();
        assert_eq!(
            (fault.status.as_u16(), fault.fields[0].field.as_str()),
            (400, "model")
        );
        assert!(fault.message.contains(model), "{}", fault.message);
        own_tokens(&tokens, model, model).unwrap();
        let texts = Inputs::Texts(vec!["hello".into()]);
        own_tokens(&texts, "text-embedding-3-small", model).unwrap();
    }
}
