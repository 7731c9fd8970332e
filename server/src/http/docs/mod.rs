//! `/docs`, the interface's description to read and try, and `/openapi.json`, what it is made from.
//!
//! The page is ours, so that its scripts carry the reply's nonce; what it loads is Swagger UI's.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Path, State},
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE},
    },
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use bytes::Bytes;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, serve};

use super::{Fault, Nonce};
use crate::ports::Randomness;

const DOCUMENT: &str = "/openapi.json";
const PAGE: &str = include_str!("page.html");

#[derive(Clone)]
struct Docs {
    document: Bytes,
    assets: Arc<Config<'static>>,
    randomness: Arc<dyn Randomness>,
}

/// The routes, which need no key.
///
/// # Errors
/// When the document cannot be written as JSON.
pub fn docs(document: &OpenApi, randomness: Arc<dyn Randomness>) -> anyhow::Result<Router> {
    let docs = Docs {
        document: document.to_json()?.into(),
        // The other layout's bar has a logo with a style that no nonce can cover.
        assets: Arc::new(Config::new([DOCUMENT]).use_base_layout()),
        randomness,
    };
    let router = Router::new()
        .route(DOCUMENT, get(openapi))
        .route("/docs", get(|| async { Redirect::to("/docs/") }))
        .route("/docs/", get(page))
        .route("/docs/index.html", get(page))
        .route("/docs/{asset}", get(asset));
    Ok(router.with_state(docs))
}

async fn openapi(State(docs): State<Docs>) -> Response {
    ([(CONTENT_TYPE, "application/json")], docs.document).into_response()
}

async fn page(State(docs): State<Docs>) -> Response {
    let nonce = Nonce::new(docs.randomness.as_ref());
    let page = PAGE.replace("{nonce}", nonce.as_str());
    // Kept by others, its nonce could be learned.
    let kept = [(CACHE_CONTROL, "no-store")];
    (kept, Extension(nonce), Html(page)).into_response()
}

async fn asset(State(docs): State<Docs>, Path(name): Path<String>) -> Result<Response, Fault> {
    // Pages that come with the assets have scripts without our nonce.
    let file = match serve(&name, docs.assets) {
        Ok(Some(file)) if !file.content_type.starts_with("text/html") => file,
        Ok(_) => return Err(Fault::not_found("there is no such file; see /docs/")),
        Err(error) => return Err(Fault::internal(error)),
    };
    let kind = [(CONTENT_TYPE, file.content_type)];
    let bytes = Bytes::from(file.bytes.into_owned());
    if file.gzpipped {
        let encoding = [(CONTENT_ENCODING, "gzip")];
        return Ok((StatusCode::OK, kind, encoding, bytes).into_response());
    }
    Ok((kind, bytes).into_response())
}
