//! All routes, in the one list that both the server and its OpenAPI document come from.

use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

use super::state::State;
use crate::{features, http};

/// The routes of every slice with their documentation.
pub fn documented() -> OpenApiRouter<State> {
    OpenApiRouter::with_openapi(http::openapi::Document::openapi())
        .merge(features::health::routes())
        .merge(features::models::routes())
        .merge(features::keys::routes())
}

/// The whole server: routes, documentation pages, layers.
pub fn router(state: State) -> Router {
    let keys = state.keys.clone();
    let (routes, document) = documented().split_for_parts();
    let pages = SwaggerUi::new("/docs").url("/openapi.json", document);
    http::wrap(routes.with_state(state).merge(pages), keys)
}
