//! Rules as replies show them.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    condition::{Condition, condition_schema},
    definition,
};
use crate::{
    entity::{
        alert_firing,
        alert_rule::{self, AlertState},
    },
    foundation::timestamp,
};

/// A rule, and how it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertRule {
    /// Identifies it.
    #[schema(value_type = String, format = "uuid", example = "019b8f3e-5d2a-7c11-9d0e-3f6a2b1c4d5e")]
    pub id: Uuid,
    /// What people call it.
    #[schema(example = "server errors")]
    pub name: String,
    /// When it fires; absent where a newer version of the server wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = condition_schema)]
    pub condition: Option<Condition>,
    /// How many minutes it looks back.
    #[schema(example = 5)]
    pub window_minutes: i32,
    /// Only this route, or for metrics of jobs this kind of job.
    #[schema(example = "/documents")]
    pub subject: Option<String>,
    /// Only what this organisation does.
    #[schema(value_type = Option<String>, format = "uuid", example = "00000000-0000-7000-8000-000000000001")]
    pub organisation: Option<Uuid>,
    /// Mail addresses to tell.
    #[schema(example = json!(["operations@example.org"]))]
    pub recipients: Vec<String>,
    /// Where to POST what happens.
    #[schema(example = "https://hooks.example.org/locutor")]
    pub webhook_url: Option<String>,
    /// Whether it is evaluated.
    #[schema(example = true)]
    pub enabled: bool,
    // Described by its type: a description beside an inlined schema would become a second one.
    #[schema(inline)]
    pub state: AlertState,
    /// Since when it is in that state.
    #[schema(value_type = String, format = DateTime, example = "2026-11-26T03:10:00Z")]
    pub since: Timestamp,
    /// When it was evaluated last.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-26T03:12:00Z")]
    pub evaluated_at: Option<Timestamp>,
    /// What was compared then.
    #[schema(example = 12.0)]
    pub measured: Option<f64>,
    /// Why it could not be evaluated then; its state is the one of before.
    #[schema(example = "there were no requests, so nothing can be said about them")]
    pub problem: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime, example = "2026-11-01T08:00:00Z")]
    pub created_at: Timestamp,
    /// When an administrator changed it last.
    #[schema(value_type = String, format = DateTime, example = "2026-11-02T08:00:00Z")]
    pub changed_at: Timestamp,
}

/// A new rule; the only time its secret is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedAlertRule {
    /// Signs the rule's web hooks: the header `Locutor-Signature` is `t=<seconds since 1970>,v1=<signature>`, and
    /// the signature is the HMAC-SHA-256, as hexadecimal digits, of `<seconds>.<body>` with this text as the key.
    #[schema(example = "lochook_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    pub webhook_secret: String,
    /// The rule.
    #[serde(flatten)]
    pub rule: AlertRule,
}

/// All rules.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertRuleList {
    /// Oldest first.
    pub data: Vec<AlertRule>,
}

/// A rule with its history.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertRuleDetails {
    /// The rule.
    #[serde(flatten)]
    pub rule: AlertRule,
    /// The last 100 times that it fired, the latest first.
    pub firings: Vec<AlertFiring>,
}

/// A time during which a rule fired.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertFiring {
    /// Identifies it.
    #[schema(value_type = String, format = "uuid", example = "019b8f3e-5d2a-7c11-9d0e-3f6a2b1c4d60")]
    pub id: Uuid,
    /// When it began.
    #[schema(value_type = String, format = DateTime, example = "2026-11-26T03:10:00Z")]
    pub begun_at: Timestamp,
    /// When it was over; absent while it lasts.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-26T03:25:00Z")]
    pub ended_at: Option<Timestamp>,
    /// What was compared when it began.
    #[schema(example = 12.0)]
    pub measured: f64,
    /// What people were told when it began.
    #[schema(
        example = "Firing: requests with a server error, in the last 5 minutes: 12 (it fires above 10)"
    )]
    pub message: String,
}

/// What a trial queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertTrial {
    /// How many mails.
    #[schema(example = 1)]
    pub mails: usize,
    /// Whether a web hook.
    #[schema(example = true)]
    pub webhook: bool,
}

impl From<alert_rule::Model> for AlertRule {
    fn from(row: alert_rule::Model) -> Self {
        Self {
            id: row.id,
            condition: definition::condition(&row),
            recipients: definition::recipients(&row).unwrap_or_default(),
            name: row.name,
            window_minutes: row.window_minutes,
            subject: row.subject,
            organisation: row.organisation_id,
            webhook_url: row.webhook_url,
            enabled: row.enabled,
            state: row.state,
            since: timestamp(row.since),
            evaluated_at: row.evaluated_at.map(timestamp),
            measured: row.measured,
            problem: row.problem,
            created_at: timestamp(row.created_at),
            changed_at: timestamp(row.changed_at),
        }
    }
}

impl From<alert_firing::Model> for AlertFiring {
    fn from(row: alert_firing::Model) -> Self {
        Self {
            id: row.id,
            begun_at: timestamp(row.begun_at),
            ended_at: row.ended_at.map(timestamp),
            measured: row.measured,
            message: row.message,
        }
    }
}
