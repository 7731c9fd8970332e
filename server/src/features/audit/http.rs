//! Routes of the audit log: `/admin/audit`.

use axum::{
    body::Body,
    extract::{FromRef, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    AuditService,
    filter::{ExportQuery, ListQuery},
    view::EventPage,
};
use crate::{
    access::{Authorized, Caller, Scope, permission},
    http::{Fault, Origin, Query},
};

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    AuditService: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(export))
}

/// List what was done, newest first.
///
/// Members of an organisation see its events; who manages the server sees all.
#[utoipa::path(get, path = "/admin/audit", tag = "audit", params(ListQuery),
    responses((status = 200, body = EventPage)))]
async fn list(
    State(audit): State<AuditService>,
    authorized: Authorized<permission::AuditRead>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<EventPage>, Fault> {
    let filter = query.filter(limited_to(authorized.caller()));
    let page = audit.list(&filter, query.before, query.limit).await?;
    Ok(axum::Json(page))
}

/// Export what was done, oldest first, as NDJSON or CSV.
///
/// The export is itself an event. A connection that ends early means that it is incomplete.
#[utoipa::path(get, path = "/admin/audit/export", tag = "audit", params(ExportQuery),
    responses((status = 200, content(
        (String = "application/x-ndjson", example = "{\"sequence\":1,\"action\":\"session.start\"}\n"),
        (String = "text/csv", example = "sequence,id,at\n")))))]
async fn export(
    State(audit): State<AuditService>,
    authorized: Authorized<permission::AuditRead>,
    origin: Origin,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Fault> {
    audit.note_export(authorized.caller(), &origin).await?;
    let filter = query.filter(limited_to(authorized.caller()));
    let body = Body::from_stream(audit.export(filter, query.format));
    let kind = HeaderValue::from_static(query.format.media_type());
    let name = format!(
        "attachment; filename=\"audit.{}\"",
        query.format.extension()
    );
    let headers = [
        (header::CONTENT_TYPE, kind),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::try_from(name).map_err(Fault::internal)?,
        ),
    ];
    Ok((headers, body).into_response())
}

/// The organisation whose events alone the caller may see.
fn limited_to(caller: &Caller) -> Option<Uuid> {
    (!caller.may(Scope::InstanceManage)).then_some(caller.organisation)
}
