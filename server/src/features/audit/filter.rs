//! Which events to show: the query strings of the routes, and the conditions that come of them.

use garde::Validate;
use jiff::Timestamp;
use sea_orm::{ColumnTrait, QueryFilter, QueryTrait, Select};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    entity::audit_event::{Column, Entity},
    ports::{AuditCategory, AuditOutcome},
};

/// Most characters of a text to look for.
const MOST_TEXT: usize = 200;

/// Conditions that all must hold; the default holds for every event.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The caller's own organisation when it may not see others.
    pub within: Option<Uuid>,
    pub category: Option<AuditCategory>,
    /// Beginning of the action.
    pub action: Option<String>,
    pub actor: Option<Uuid>,
    pub target: Option<String>,
    pub organisation: Option<Uuid>,
    pub outcome: Option<AuditOutcome>,
    pub address: Option<String>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    pub request_id: Option<String>,
}

impl Filter {
    /// Adds the conditions to a query.
    pub(super) fn apply(&self, query: Select<Entity>) -> Select<Entity> {
        let query = query
            .apply_if(self.within, |query, id| {
                query.filter(Column::Organisation.eq(id))
            })
            .apply_if(self.organisation, |query, id| {
                query.filter(Column::Organisation.eq(id))
            })
            .apply_if(self.actor, |query, id| query.filter(Column::ActorId.eq(id)))
            .apply_if(self.target.as_deref(), |query, id| {
                query.filter(Column::TargetId.eq(id))
            })
            .apply_if(self.address.as_deref(), |query, text| {
                query.filter(Column::Address.eq(text))
            })
            .apply_if(self.request_id.as_deref(), |query, id| {
                query.filter(Column::RequestId.eq(id))
            })
            .apply_if(self.category, |query, it| {
                query.filter(Column::Category.eq(it.name()))
            })
            .apply_if(self.outcome, |query, it| {
                query.filter(Column::Outcome.eq(it.name()))
            })
            .apply_if(self.from, |query, time| {
                query.filter(Column::At.gte(time.as_millisecond()))
            })
            .apply_if(self.to, |query, time| {
                query.filter(Column::At.lt(time.as_millisecond()))
            });
        // A range uses an index on both databases, where `LIKE` does not.
        query.apply_if(self.action.as_deref(), |query, beginning| {
            query
                .filter(Column::Action.gte(beginning))
                .filter(Column::Action.lt(format!("{beginning}{}", char::MAX)))
        })
    }
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// One JSON object in each line.
    #[default]
    Ndjson,
    /// A table for spreadsheets, with a line of names first.
    Csv,
}

/// The conditions are the same in every query string: unknown names are refused, so they cannot
/// be flattened in from one type.
macro_rules! query_string {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        #[garde(allow_unvalidated)]
        pub struct $name {
            $($(#[$inner])* pub $field: $kind,)*
            /// Only events of this kind.
            #[param(inline, example = "security")]
            pub category: Option<AuditCategory>,
            /// Only actions that begin like this, e.g. `session.`.
            #[garde(custom(plain()))]
            #[param(max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", example = "session.")]
            pub action: Option<String>,
            /// Only what this key or account did.
            #[param(value_type = Option<String>, format = "uuid")]
            pub actor: Option<Uuid>,
            /// Only what was done to the thing with this id.
            #[garde(custom(plain()))]
            #[param(max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", example = "0199c3a4-5d00-7c21-8f2e-3f6b1f0a9e11")]
            pub target: Option<String>,
            /// Only events of this organisation.
            #[param(value_type = Option<String>, format = "uuid")]
            pub organisation: Option<Uuid>,
            /// Only what succeeded, or only what failed.
            #[param(inline, example = "failure")]
            pub outcome: Option<AuditOutcome>,
            /// Only what came from this address.
            #[garde(custom(plain()))]
            #[param(max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", example = "203.0.113.7")]
            pub address: Option<String>,
            /// Only events from this time on.
            #[param(value_type = Option<String>, format = DateTime, example = "2026-11-26T00:00:00Z")]
            pub from: Option<Timestamp>,
            /// Only events before this time.
            #[param(value_type = Option<String>, format = DateTime, example = "2026-11-27T00:00:00Z")]
            pub to: Option<Timestamp>,
            /// Only events of the request with this id.
            #[garde(custom(plain()))]
            #[param(max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", example = "0199c3a4-5d00-7c21-8f2e-3f6b1f0a9e12")]
            pub request_id: Option<String>,
        }

        impl $name {
            /// The conditions.
            pub fn filter(&self, within: Option<Uuid>) -> Filter {
                Filter {
                    within,
                    category: self.category,
                    action: self.action.clone(),
                    actor: self.actor,
                    target: self.target.clone(),
                    organisation: self.organisation,
                    outcome: self.outcome,
                    address: self.address.clone(),
                    from: self.from,
                    to: self.to,
                    request_id: self.request_id.clone(),
                }
            }
        }
    };
}

query_string! {
    /// Which page of which events.
    ListQuery {
        /// Most events to return, 1 to 200.
        #[serde(default = "default_limit")]
        #[garde(range(min = 1, max = 200))]
        #[param(default = 50, minimum = 1, maximum = 200)]
        limit: u64,
        /// `next` of the page before; absent for the newest events.
        #[param(example = 4661)]
        before: Option<i64>,
    }
}

query_string! {
    /// Which events to export, and how.
    ExportQuery {
        /// How they are written.
        #[serde(default)]
        #[param(inline, example = "ndjson")]
        format: ExportFormat,
    }
}

fn default_limit() -> u64 {
    50
}

/// PostgreSQL cannot even be asked for a text with a zero byte.
fn plain() -> impl FnOnce(&Option<String>, &()) -> garde::Result {
    |value, ()| match value {
        Some(text) if text.chars().count() > MOST_TEXT => {
            let message = format!("is longer than {MOST_TEXT} characters");
            Err(garde::Error::new(message))
        }
        Some(text) if text.chars().any(char::is_control) => {
            let message = "has control characters; leave them out";
            Err(garde::Error::new(message))
        }
        _ => Ok(()),
    }
}
