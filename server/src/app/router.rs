//! All routes, in the one list that both the server and its OpenAPI document come from.

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::state::State;
use crate::{
    adapters::SystemRandomness,
    config::Limits,
    features,
    http::{self, BodyLimit, Edge, Inner, OpenRoutes, limit_body},
};

/// Room for a form's other fields.
const FORM_FIELDS: u64 = 64 << 10;

/// The routes of every slice with their documentation and their limits on bodies.
pub fn documented(limits: &Limits) -> OpenApiRouter<State> {
    let json = BodyLimit {
        bytes: limits.json_bytes,
        wrapping: 0,
        setting: "limits.json_bytes",
    };
    let upload = BodyLimit {
        bytes: limits.upload_bytes,
        wrapping: FORM_FIELDS,
        setting: "limits.upload_bytes",
    };
    let document = BodyLimit {
        bytes: limits.document_bytes,
        // As JSON, a line break or a quotation mark takes two bytes.
        wrapping: limits.document_bytes.saturating_add(FORM_FIELDS),
        setting: "limits.document_bytes",
    };
    let small = OpenApiRouter::new()
        .merge(features::health::routes())
        .merge(features::models::routes())
        .merge(features::accounts::routes())
        .merge(features::sessions::routes())
        .merge(features::organisations::routes())
        .merge(features::api_keys::routes())
        .merge(features::audit::routes())
        .merge(features::jobs::routes())
        .merge(features::usage::routes())
        .merge(features::alerts::routes())
        .merge(features::access_rules::routes())
        .merge(http::csrf::routes())
        .merge(features::listen::routes())
        .merge(features::realtime::routes())
        .merge(features::speech::routes())
        .merge(features::embedding::routes())
        .merge(features::chat::routes());
    let mut all = OpenApiRouter::with_openapi(http::openapi::Document::openapi())
        .merge(limited(small, json))
        .merge(limited(features::transcription::routes(), upload))
        .merge(limited(features::languages::routes(), upload))
        .merge(limited(features::documents::routes(), document));
    http::openapi::complete(all.get_openapi_mut(), limits);
    all
}

fn limited(routes: OpenApiRouter<State>, limit: BodyLimit) -> OpenApiRouter<State> {
    let bytes = usize::try_from(limit.most()).unwrap_or(usize::MAX);
    routes
        .layer(DefaultBodyLimit::max(bytes))
        .layer(from_fn_with_state(limit, limit_body))
}

/// The whole server: routes, documentation pages, layers.
///
/// # Errors
/// When the OpenAPI document cannot be written.
pub fn router(state: State, limits: &Limits, edge: &Edge) -> anyhow::Result<Router> {
    let (access, limiting) = (state.access.clone(), state.limiting.clone());
    let replies = state.replies.clone();
    let (routes, document) = documented(limits).split_for_parts();
    let inner = Inner {
        access,
        open: OpenRoutes::of(&document),
        limiting,
        replies,
        usage: state.usage.clone(),
    };
    let pages = http::docs(&document, Arc::new(SystemRandomness))?;
    let guides = http::version::guides::routes();
    let account_pages = http::account_pages(Arc::new(SystemRandomness));
    let routes = routes
        .with_state(state)
        .merge(pages)
        .merge(guides)
        .merge(account_pages);
    Ok(http::wrap(routes, inner, edge))
}
