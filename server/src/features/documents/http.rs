//! Routes of documents: `/documents`.

use std::time::Duration;

use axum::{
    extract::{FromRef, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    Document, DocumentPage, DocumentService, NewDocument, Outcome, Progress, Seen, Status,
    upload::{DocumentBody, DocumentForm, Upload},
};
use crate::{
    access::{
        Authorized, Requester,
        permission::{DocumentsRead, DocumentsWrite},
    },
    http::{
        Fault, Origin, Page, Path, Query,
        caching::{Precondition, last_modified},
    },
};

/// Longest that a request waits for vectors.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What these routes work with.
#[derive(Clone)]
pub struct DocumentState {
    /// The use cases.
    pub documents: DocumentService,
    /// Tells when vectors were made.
    pub progress: Progress,
}

/// How to add.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Adding {
    /// Reply only once answers can come from the document, or after 60 s.
    #[serde(default)]
    #[garde(skip)]
    wait: bool,
}

/// A document with its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct WholeDocument {
    #[serde(flatten)]
    document: Document,
    /// The source, markup included.
    text: String,
}

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    DocumentState: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(add, list))
        .routes(routes!(get, put, delete))
}

type Added = (StatusCode, HeaderMap, axum::Json<Document>);

/// Add a document: plain text, Markdown or HTML.
///
/// Once this replies, the document survives any crash. It can be found a moment later, when its
/// `status` is `indexed`. An `external_id` that exists replaces that document (200 instead of 201).
#[utoipa::path(post, path = "/documents", tag = "documents", params(Adding),
    request_body(content((DocumentBody = "application/json"), (DocumentForm = "multipart/form-data"))),
    responses((status = 201, body = Document), (status = 200, body = Document, description = "It replaced, or equals, an older one."), (status = 409), (status = 422), (status = 507))
)]
async fn add(
    State(state): State<DocumentState>,
    caller: Authorized<DocumentsWrite>,
    origin: Origin,
    Query(adding): Query<Adding>,
    Upload(body): Upload,
) -> Result<Added, Fault> {
    let new = body.of(caller.caller().organisation);
    store(&state, new, adding.wait, &caller.from(origin)).await
}

/// Put a document in the place of the one with this id, or add it under this id.
#[utoipa::path(put, path = "/documents/{id}", tag = "documents", params(("id" = Uuid, Path, description = "The document's id."), Adding),
    request_body(content((DocumentBody = "application/json"), (DocumentForm = "multipart/form-data"))),
    responses((status = 201, body = Document), (status = 200, body = Document, description = "It replaced, or equals, an older one."), (status = 409), (status = 422), (status = 507))
)]
async fn put(
    State(state): State<DocumentState>,
    caller: Authorized<DocumentsWrite>,
    origin: Origin,
    precondition: Precondition,
    Path(id): Path<Uuid>,
    Query(adding): Query<Adding>,
    Upload(body): Upload,
) -> Result<Added, Fault> {
    let seen = check(&state, caller.caller().organisation, id, &precondition).await?;
    let new = NewDocument {
        id: Some(id),
        seen,
        ..body.of(caller.caller().organisation)
    };
    store(&state, new, adding.wait, &caller.from(origin)).await
}

/// List all documents, oldest first.
#[utoipa::path(get, path = "/documents", tag = "documents", params(Page), responses((status = 200, body = DocumentPage)))]
async fn list(
    State(state): State<DocumentState>,
    caller: Authorized<DocumentsRead>,
    Query(page): Query<Page>,
) -> Result<axum::Json<DocumentPage>, Fault> {
    let organisation = caller.caller().organisation;
    Ok(axum::Json(state.documents.list(organisation, &page).await?))
}

/// Get a document with its text.
#[utoipa::path(get, path = "/documents/{id}", tag = "documents", params(("id" = Uuid, Path, description = "The document's id.")),
    responses((status = 200, body = WholeDocument), (status = 404)))]
async fn get(
    State(state): State<DocumentState>,
    caller: Authorized<DocumentsRead>,
    Path(id): Path<Uuid>,
) -> Result<Response, Fault> {
    let found = state
        .documents
        .get(caller.caller().organisation, id)
        .await?;
    let (document, text) = found.ok_or_else(|| missing(id))?;
    let changed = document.last_change();
    let reply = axum::Json(WholeDocument { document, text });
    Ok(match changed {
        Some(time) => (last_modified(time), reply).into_response(),
        None => reply.into_response(),
    })
}

/// Remove a document; answers no longer come from it.
#[utoipa::path(delete, path = "/documents/{id}", tag = "documents", params(("id" = Uuid, Path, description = "The document's id.")),
    responses((status = 204), (status = 404)))]
async fn delete(
    State(state): State<DocumentState>,
    caller: Authorized<DocumentsWrite>,
    origin: Origin,
    precondition: Precondition,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    let organisation = caller.caller().organisation;
    let seen = check(&state, organisation, id, &precondition).await?;
    let requester = caller.from(origin);
    let removed = state.documents.delete(organisation, id, seen, &requester);
    if !removed.await? {
        return Err(missing(id));
    }
    // Its rows are gone for good, so no answer comes from it any more, however long its vectors
    // stay (see `PassageSearch`); until they are gone they may crowd out others, so wait a while.
    timeout(LONGEST_WAIT, settled(&state, id)).await.ok();
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses to change a document that is no longer what the client saw. What it gives keeps it so
/// until the change is made.
async fn check(
    state: &DocumentState,
    organisation: Uuid,
    id: Uuid,
    precondition: &Precondition,
) -> Result<Seen, Fault> {
    if !precondition.is_given() {
        return Ok(Seen::Unknown);
    }
    let found = state.documents.get(organisation, id).await?;
    let whole = found.map(|(document, text)| WholeDocument { document, text });
    let current = whole
        .as_ref()
        .map(|whole| (whole, whole.document.updated_at));
    precondition.check(current)?;
    Ok(current.map_or(Seen::Absent, |(_, changed)| Seen::Of(changed)))
}

async fn store(
    state: &DocumentState,
    new: NewDocument,
    wait: bool,
    requester: &Requester,
) -> Result<Added, Fault> {
    let organisation = new.organisation;
    let (mut document, outcome) = state.documents.add(new, Some(requester)).await?;
    if wait && document.status == Status::Pending {
        // After the time is up the reply shows the document as it is then.
        timeout(LONGEST_WAIT, settled(state, document.id))
            .await
            .ok();
        if let Some((now, _)) = state.documents.get(organisation, document.id).await? {
            document = now;
        }
    }
    let status = if outcome == Outcome::Created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let mut headers = HeaderMap::new();
    if let Ok(location) = HeaderValue::try_from(format!("/documents/{}", document.id)) {
        headers.insert(header::LOCATION, location);
    }
    Ok((status, headers, axum::Json(document)))
}

/// Waits until the document is no longer pending.
async fn settled(state: &DocumentState, id: Uuid) {
    let mut progress = state.progress.clone();
    loop {
        progress.mark_unchanged();
        if !state.documents.is_pending(id).await.unwrap_or(false) {
            return;
        }
        if progress.changed().await.is_err() {
            return;
        }
    }
}

fn missing(id: Uuid) -> Fault {
    Fault::not_found(format!("there is no document with the id {id}"))
}
