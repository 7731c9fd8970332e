//! Routes of access rules, for those who manage the server: `/admin/access-rules`.

use axum::{
    extract::{FromRef, State},
    http::StatusCode,
};
use garde::Validate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    AccessRuleService, Effect, Mode, RouteGroup, Rule, Subject,
    service::Demand,
    view::{AccessRule, AccessRuleList},
};
use crate::{
    access::{Authorized, permission},
    http::{Fault, Json, Line, Origin, Path, Query},
};

type Manager = Authorized<permission::InstanceManage>;

/// A rule to add: about a network or about a country.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"group": "admin", "effect": "allow", "network": "203.0.113.0/24", "note": "the office"}))]
pub struct NewAccessRule {
    /// Which routes; `all` when absent.
    #[serde(default)]
    #[garde(skip)]
    group: RouteGroup,
    /// What happens.
    #[garde(skip)]
    effect: Effect,
    /// To which network, or one address.
    #[garde(inner(length(chars, min = 2, max = 50)))]
    #[schema(min_length = 2, max_length = 50)]
    network: Option<String>,
    /// Or to which country: two letters.
    #[garde(inner(length(chars, min = 2, max = 2)))]
    #[schema(min_length = 2, max_length = 2)]
    country: Option<String>,
    /// Why it is there.
    #[serde(default)]
    #[garde(length(chars, max = 200))]
    #[schema(value_type = String, format = "line", max_length = 200)]
    note: Line,
    /// Add it even if it refuses your own address.
    #[serde(default)]
    #[garde(skip)]
    force: bool,
}

/// The mode to set.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"mode": "dry_run"}))]
pub struct NewMode {
    /// What happens to those whom the rules refuse.
    #[garde(skip)]
    mode: Mode,
    /// Set it even if the rules then refuse your own address.
    #[serde(default)]
    #[garde(skip)]
    force: bool,
}

/// How to remove.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Removing {
    /// Remove it even if the others then refuse your own address.
    #[serde(default)]
    #[garde(skip)]
    force: bool,
}

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    AccessRuleService: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list_access_rules, add_access_rule))
        .routes(routes!(remove_access_rule))
        .routes(routes!(set_access_mode))
}

/// List the rules and their mode.
#[utoipa::path(get, path = "/admin/access-rules", tag = "access-rules", responses((status = 200, body = AccessRuleList)))]
async fn list_access_rules(
    State(rules): State<AccessRuleService>,
    _manager: Manager,
) -> Result<axum::Json<AccessRuleList>, Fault> {
    Ok(axum::Json(rules.list().await?))
}

/// Add a rule. It is in force at once, in other processes within seconds.
#[utoipa::path(post, path = "/admin/access-rules", tag = "access-rules", request_body = NewAccessRule,
    responses((status = 201, body = AccessRule), (status = 409, description = "It would refuse your own address, or exists."), (status = 422)))]
async fn add_access_rule(
    State(rules): State<AccessRuleService>,
    manager: Manager,
    origin: Origin,
    Json(new): Json<NewAccessRule>,
) -> Result<(StatusCode, axum::Json<AccessRule>), Fault> {
    let rule = Rule {
        group: new.group,
        effect: new.effect,
        subject: subject(new.network.as_deref(), new.country.as_deref())?,
    };
    let demand = demand(&manager, origin, new.force);
    let added = rules.add(rule, new.note.into_string(), &demand).await?;
    Ok((StatusCode::CREATED, axum::Json(added)))
}

/// Remove a rule of the database.
#[utoipa::path(delete, path = "/admin/access-rules/{id}", tag = "access-rules",
    params(("id" = Uuid, Path, description = "The rule's id."), Removing),
    responses((status = 204), (status = 404), (status = 409, description = "The others would refuse your own address.")))]
async fn remove_access_rule(
    State(rules): State<AccessRuleService>,
    manager: Manager,
    origin: Origin,
    Path(id): Path<Uuid>,
    Query(removing): Query<Removing>,
) -> Result<StatusCode, Fault> {
    let demand = demand(&manager, origin, removing.force);
    rules.remove(id, &demand).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set the mode: enforce the rules, or only log and count whom they would refuse.
#[utoipa::path(put, path = "/admin/access-rules/mode", tag = "access-rules", request_body = NewMode,
    responses((status = 200, body = AccessRuleList), (status = 409, description = "The rules would refuse your own address.")))]
async fn set_access_mode(
    State(rules): State<AccessRuleService>,
    manager: Manager,
    origin: Origin,
    Json(new): Json<NewMode>,
) -> Result<axum::Json<AccessRuleList>, Fault> {
    let demand = demand(&manager, origin, new.force);
    rules.set_mode(new.mode, &demand).await?;
    Ok(axum::Json(rules.list().await?))
}

fn demand(manager: &Manager, origin: Origin, force: bool) -> Demand {
    Demand {
        requester: manager.from(origin),
        force,
    }
}

fn subject(network: Option<&str>, country: Option<&str>) -> Result<Subject, Fault> {
    match (network, country) {
        (Some(network), None) => Subject::network(network).ok_or_else(|| {
            Fault::unprocessable(
                "network",
                "is no network; send e.g. `203.0.113.0/24` or `2001:db8::/32`",
            )
        }),
        (None, Some(country)) => Subject::country(country).ok_or_else(|| {
            Fault::unprocessable("country", "is no country; send two letters, e.g. `PT`")
        }),
        _ => Err(Fault::unprocessable(
            "network",
            "send either `network` or `country`",
        )),
    }
}
