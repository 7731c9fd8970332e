//! What is asked about usage, and the replies.

use garde::Validate;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::store::{CodeCount, Sums};
use crate::{entity::usage_error, foundation::timestamp};

/// How far back to look when the request does not say it.
const DEFAULT_SPAN: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What usage is added up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Grouping {
    /// By API key or account.
    Key,
    /// By method and route.
    #[default]
    Route,
    /// By day in UTC.
    Day,
}

/// Which usage to add up.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[garde(allow_unvalidated)]
pub struct UsageQuery {
    /// What to add up by.
    #[serde(default)]
    #[param(inline, example = "route")]
    pub group: Grouping,
    /// From the minute of this time on; absent: 30 days before `to`.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-01T00:00:00Z")]
    pub from: Option<Timestamp>,
    /// Before this time; absent: until now.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-12-01T00:00:00Z")]
    pub to: Option<Timestamp>,
    /// Most groups to return, 1 to 1000.
    #[serde(default = "default_limit")]
    #[garde(range(min = 1, max = 1000))]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    pub limit: u64,
}

/// Which failures of the server to list.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[garde(allow_unvalidated)]
pub struct ErrorQuery {
    /// From this time on; absent: 30 days before `to`.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-01T00:00:00Z")]
    pub from: Option<Timestamp>,
    /// Before this time; absent: until now.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-12-01T00:00:00Z")]
    pub to: Option<Timestamp>,
    /// Most failures to return, 1 to 1000.
    #[serde(default = "default_limit")]
    #[garde(range(min = 1, max = 1000))]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    pub limit: u64,
}

fn default_limit() -> u64 {
    100
}

/// A time in milliseconds, and whose usage.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// The first millisecond.
    pub from: i64,
    /// The one behind the last.
    pub to: i64,
    /// The only organisation; absent: all.
    pub organisation: Option<Uuid>,
}

impl Range {
    /// From what a request says.
    pub fn new(
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        now: Timestamp,
        organisation: Option<Uuid>,
    ) -> Self {
        // Until now means the running millisecond too.
        let to = to.map_or(now.as_millisecond() + 1, Timestamp::as_millisecond);
        let begin = Timestamp::from_millisecond(to)
            .ok()
            .and_then(|to| to.checked_sub(DEFAULT_SPAN).ok());
        let from = from.or(begin).unwrap_or(Timestamp::MIN);
        Self {
            from: from.as_millisecond(),
            to,
            organisation,
        }
    }
}

/// Usage by group.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageReport {
    /// The groups: days in their order, others with the most requests first.
    pub data: Vec<UsageGroup>,
    /// Failures in that time by their code, the most frequent first.
    pub errors: Vec<ErrorCount>,
}

/// Usage of one group; what it is not grouped by is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UsageGroup {
    /// `key`, `user`, or `nobody` for requests without a valid credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "key")]
    pub actor_kind: Option<String>,
    /// The key or account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub actor_id: Option<Uuid>,
    /// Its organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub organisation: Option<Uuid>,
    /// The method.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "GET")]
    pub method: Option<String>,
    /// The route's pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/documents")]
    pub route: Option<String>,
    /// When the day begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub day: Option<Timestamp>,
    /// Requests.
    #[schema(example = 1200)]
    pub requests: i64,
    /// Those of them that failed, with a status of 400 or more.
    #[schema(example = 12)]
    pub failures: i64,
    /// Those of them that failed because of the server, with 500 or more.
    #[schema(example = 0)]
    pub server_errors: i64,
    /// How long all of them took together.
    #[schema(example = 8400)]
    pub milliseconds: i64,
    /// Bytes of their bodies.
    #[schema(example = 120_000)]
    pub bytes_in: i64,
    /// Bytes of the replies' bodies.
    #[schema(example = 2_400_000)]
    pub bytes_out: i64,
}

/// How often requests failed with a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorCount {
    /// The status.
    #[schema(example = 404)]
    pub status: i32,
    /// Stable name of the cause.
    #[schema(example = "not_found")]
    pub code: String,
    /// How often.
    #[schema(example = 9)]
    pub count: i64,
}

/// Failures of the server.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorList {
    /// The latest first; those with the same code, route and caller in one minute are one.
    pub data: Vec<ServerError>,
}

/// Failures of the server in one minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServerError {
    /// When it happened the last time.
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Timestamp,
    /// That request's id, under which the server's log has the cause.
    #[schema(example = "0199c3a4-5cff-7d10-a1b2-c3d4e5f60718")]
    pub request_id: String,
    /// The method.
    #[schema(example = "POST")]
    pub method: String,
    /// The route's pattern.
    #[schema(example = "/documents")]
    pub route: String,
    /// The status.
    #[schema(example = 500)]
    pub status: i32,
    /// Stable name of the cause.
    #[schema(example = "internal_error")]
    pub code: String,
    /// How often in that minute.
    #[schema(example = 1)]
    pub count: i64,
}

impl From<Sums> for UsageGroup {
    fn from(sums: Sums) -> Self {
        let day = sums
            .day
            .and_then(|day| Timestamp::from_millisecond(day).ok());
        Self {
            actor_kind: sums.actor_kind,
            // Zeros stand for nobody.
            actor_id: sums.actor_id.filter(|id| !id.is_nil()),
            organisation: sums.organisation.filter(|id| !id.is_nil()),
            method: sums.method,
            route: sums.route,
            day,
            requests: sums.requests,
            failures: sums.failures,
            server_errors: sums.server_errors,
            milliseconds: sums.milliseconds,
            bytes_in: sums.bytes_in,
            bytes_out: sums.bytes_out,
        }
    }
}

impl From<CodeCount> for ErrorCount {
    fn from(row: CodeCount) -> Self {
        Self {
            status: row.status,
            code: row.code,
            count: row.occurrences,
        }
    }
}

impl From<usage_error::Model> for ServerError {
    fn from(row: usage_error::Model) -> Self {
        Self {
            last_at: timestamp(row.last_at),
            request_id: row.last_request,
            method: row.method,
            route: row.route,
            status: row.status,
            code: row.code,
            count: row.occurrences,
        }
    }
}
