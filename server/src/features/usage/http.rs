//! Routes of usage: `/admin/usage`, `/admin/errors`.

use axum::extract::{FromRef, State};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    UsageService,
    query::{ErrorList, ErrorQuery, UsageQuery, UsageReport},
};
use crate::{
    access::{Authorized, permission},
    http::{Fault, Query},
};

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    UsageService: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(report))
        .routes(routes!(errors))
}

/// Add up what was used, by key, route or day.
///
/// Numbers are some seconds old. Members of an organisation see its usage; who manages the server
/// sees all, requests without a valid credential included.
#[utoipa::path(get, path = "/admin/usage", tag = "usage", params(UsageQuery),
    responses((status = 200, body = UsageReport)))]
async fn report(
    State(usage): State<UsageService>,
    authorized: Authorized<permission::UsageRead>,
    Query(query): Query<UsageQuery>,
) -> Result<axum::Json<UsageReport>, Fault> {
    let report = usage.report(authorized.caller(), &query).await?;
    Ok(axum::Json(report))
}

/// List the server's latest failures.
#[utoipa::path(get, path = "/admin/errors", tag = "usage", params(ErrorQuery),
    responses((status = 200, body = ErrorList)))]
async fn errors(
    State(usage): State<UsageService>,
    authorized: Authorized<permission::UsageRead>,
    Query(query): Query<ErrorQuery>,
) -> Result<axum::Json<ErrorList>, Fault> {
    let list = usage.errors(authorized.caller(), &query).await?;
    Ok(axum::Json(list))
}
