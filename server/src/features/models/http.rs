//! `/v1/models`, as OpenAI's clients expect it.

use axum::{
    Json,
    extract::{FromRef, State},
};
use locutor_models::Entry;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::ModelService;
use crate::{
    access::{Authorized, permission::EngineUse},
    http::{Fault, Path},
};

/// Installed models.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelList {
    /// Always `list`.
    object: &'static str,
    /// In catalog order.
    data: Vec<Model>,
}

/// A model that requests can name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Model {
    /// Name to ask for.
    id: String,
    /// Always `model`.
    object: &'static str,
    /// Always 0: the catalog does not record when a model was made.
    created: i64,
    /// Always `locutor`.
    owned_by: &'static str,
    /// What it is for: `transcribe`, `speak`, `embed` or `generate` (an extension of OpenAI's interface).
    task: &'static str,
}

impl From<&Entry> for Model {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.id.clone(),
            object: "model",
            created: 0,
            owned_by: "locutor",
            task: entry.task.name(),
        }
    }
}

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    ModelService: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
}

/// List the installed models.
#[utoipa::path(get, path = "/v1/models", tag = "models", responses((status = 200, body = ModelList)))]
async fn list(State(models): State<ModelService>, _: Authorized<EngineUse>) -> Json<ModelList> {
    let data = models.installed().into_iter().map(Model::from).collect();
    Json(ModelList {
        object: "list",
        data,
    })
}

/// Get one installed model; OpenAI's names give the default they stand for.
#[utoipa::path(get, path = "/v1/models/{id}", tag = "models", params(("id" = String, Path, description = "The model's name.")),
    responses((status = 200, body = Model)))]
async fn get(
    State(models): State<ModelService>,
    _: Authorized<EngineUse>,
    Path(id): Path<String>,
) -> Result<Json<Model>, Fault> {
    models.find(&id).map(Model::from).map(Json).ok_or_else(|| {
        let mut fault = Fault::not_found(format!(
            "the model `{id}` is not installed; GET /v1/models lists those that are"
        ));
        fault.code = "model_not_found";
        fault
    })
}
