//! Why a request fails, independent of how the reply is written.

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::database::is_away;

/// The part of a request that a value belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The body.
    #[default]
    Body,
    /// The query string.
    Query,
    /// The path.
    Path,
    /// A header.
    Header,
}

/// When to try again while the database is away.
const AWAY: Duration = Duration::from_secs(2);

/// One unusable value of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Path of the value in the request, e.g. `messages[0].role`.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub message: String,
}

/// Why a request fails.
#[derive(Debug, Clone)]
pub struct Fault {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable name of the cause, e.g. `model_not_found`.
    pub code: &'static str,
    /// What happened and what to do about it.
    pub message: String,
    /// Every unusable value.
    pub fields: Vec<FieldError>,
    /// The part of the request that they belong to.
    pub place: Place,
    /// When to come back.
    pub retry_after: Option<Duration>,
}

impl Fault {
    /// A fault without details.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            fields: Vec::new(),
            place: Place::Body,
            retry_after: None,
        }
    }

    /// One value of the request is unusable.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid_fields(vec![FieldError {
            field: field.into(),
            message: message.into(),
        }])
    }

    /// A value is as the document describes, but it cannot be used here and now: a token that was used
    /// before, a password that is easy to guess.
    pub fn unprocessable(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(field, message).into_unprocessable()
    }

    /// The same, if it is about an invalid value, as one of a request that is well formed.
    #[must_use]
    pub fn into_unprocessable(mut self) -> Self {
        if self.status == StatusCode::BAD_REQUEST {
            self.status = StatusCode::UNPROCESSABLE_ENTITY;
            self.code = "unusable_value";
        }
        self
    }

    /// One value of a part of the request is unusable.
    pub fn invalid_in(place: Place, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(field, message).about(place)
    }

    /// The same, about values of another part of the request.
    #[must_use]
    pub fn about(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Several values of the request are unusable.
    pub fn invalid_fields(fields: Vec<FieldError>) -> Self {
        let list = fields
            .iter()
            .map(|error| format!("{}: {}", error.field, error.message))
            .collect::<Vec<_>>();
        let mut fault = Self::new(StatusCode::BAD_REQUEST, "invalid_value", list.join("; "));
        fault.fields = fields;
        fault
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// The body is larger than the limit.
    pub fn too_large(limit: u64, setting: &str) -> Self {
        let message = format!(
            "the request body is larger than the limit of {limit} bytes; send less, or raise \
             `{setting}` in the server's configuration"
        );
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", message)
    }

    /// Our own failure; its details belong in the log, not in the reply.
    pub fn internal(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "internal error");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "the server failed; its log has the cause under this reply's x-request-id",
        )
    }

    /// Seconds for the `Retry-After` header; never sooner than it helps.
    pub fn retry_seconds(&self) -> Option<u64> {
        self.retry_after.map(|wait| whole_seconds(wait).max(1))
    }
}

/// A wait in whole seconds that is over when it is.
pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

impl IntoResponse for Fault {
    /// The status alone; the fault travels along for the render layer to write the body.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_seconds() {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<sea_orm::DbErr> for Fault {
    fn from(error: sea_orm::DbErr) -> Self {
        // SQLite's own words for a full disk; nothing of the change was kept.
        if error.to_string().contains("disk is full") {
            tracing::error!(%error, "the disk is full");
            let message =
                "the server's disk is full, nothing was stored; free some space and send it again";
            return Self::new(StatusCode::INSUFFICIENT_STORAGE, "storage_full", message);
        }
        if is_away(&error) {
            tracing::error!(%error, "the database is away");
            let message = "the server's database cannot be reached; nothing was changed that was not confirmed, try again";
            let mut fault = Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "database_unavailable",
                message,
            );
            fault.retry_after = Some(AWAY);
            return fault;
        }
        Self::internal(error)
    }
}
