//! Routes of alert rules, for those who manage the server: `/admin/alerts`.

use axum::{
    extract::{FromRef, State},
    http::StatusCode,
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    AlertService,
    request::{AlertRuleChange, NewAlertRule},
    view::{AlertRule, AlertRuleDetails, AlertRuleList, AlertTrial, CreatedAlertRule},
};
use crate::{
    access::{Authorized, permission},
    http::{Fault, Json, Origin, Path},
};

type Manager = Authorized<permission::InstanceManage>;

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    AlertService: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, change, remove))
        .routes(routes!(test))
}

/// List the alert rules.
#[utoipa::path(get, path = "/admin/alerts", tag = "alerts", responses((status = 200, body = AlertRuleList)))]
async fn list(
    State(alerts): State<AlertService>,
    _manager: Manager,
) -> Result<axum::Json<AlertRuleList>, Fault> {
    let data = alerts.list().await?;
    Ok(axum::Json(AlertRuleList { data }))
}

/// Make an alert rule.
///
/// It is evaluated once a minute, from sums that are up to two minutes old. Everybody whom it names is told once
/// when it begins to fire and once when that is over. Web hooks are tried for one to two hours until their
/// receiver answers with a status from 200 to 299; one that comes twice has the same `id`.
#[utoipa::path(post, path = "/admin/alerts", tag = "alerts", request_body = NewAlertRule,
    responses((status = 201, body = CreatedAlertRule), (status = 409, description = "There are too many, or there is no such organisation.")))]
async fn create(
    State(alerts): State<AlertService>,
    manager: Manager,
    origin: Origin,
    Json(new): Json<NewAlertRule>,
) -> Result<(StatusCode, axum::Json<CreatedAlertRule>), Fault> {
    let created = alerts.create(new.into(), &manager.from(origin)).await?;
    Ok((StatusCode::CREATED, axum::Json(created)))
}

/// Get an alert rule and when it fired.
#[utoipa::path(get, path = "/admin/alerts/{id}", tag = "alerts", params(("id" = String, Path, format = "uuid", description = "The rule's id.")),
    responses((status = 200, body = AlertRuleDetails), (status = 404)))]
async fn get(
    State(alerts): State<AlertService>,
    _manager: Manager,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<AlertRuleDetails>, Fault> {
    Ok(axum::Json(alerts.get(id).await?))
}

/// Change an alert rule; what is absent stays.
#[utoipa::path(patch, path = "/admin/alerts/{id}", tag = "alerts", params(("id" = String, Path, format = "uuid", description = "The rule's id.")),
    request_body = AlertRuleChange,
    responses((status = 200, body = AlertRule), (status = 404), (status = 409, description = "Somebody else changed it at the same time, or there is no such organisation.")))]
async fn change(
    State(alerts): State<AlertService>,
    manager: Manager,
    origin: Origin,
    Path(id): Path<Uuid>,
    Json(change): Json<AlertRuleChange>,
) -> Result<axum::Json<AlertRule>, Fault> {
    let requester = manager.from(origin);
    Ok(axum::Json(alerts.change(id, change, &requester).await?))
}

/// Remove an alert rule with its history. If it fires, nobody is told that it is over.
#[utoipa::path(delete, path = "/admin/alerts/{id}", tag = "alerts", params(("id" = String, Path, format = "uuid", description = "The rule's id.")),
    responses((status = 204), (status = 404)))]
async fn remove(
    State(alerts): State<AlertService>,
    manager: Manager,
    origin: Origin,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    alerts.remove(id, &manager.from(origin)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send a test message to everybody whom the rule tells.
#[utoipa::path(post, path = "/admin/alerts/{id}/test", tag = "alerts", params(("id" = String, Path, format = "uuid", description = "The rule's id.")),
    responses((status = 202, body = AlertTrial), (status = 404), (status = 409, description = "It tells nobody.")))]
async fn test(
    State(alerts): State<AlertService>,
    manager: Manager,
    origin: Origin,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, axum::Json<AlertTrial>), Fault> {
    let trial = alerts.test(id, &manager.from(origin)).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(trial)))
}
