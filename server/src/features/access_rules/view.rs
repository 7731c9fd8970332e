//! Rules as they are shown.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Effect, Mode, RouteGroup, Rule, Subject};
use crate::{entity::access_rule, foundation::timestamp};

/// Where a rule is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// In the configuration file; only there it can be changed.
    File,
    /// In the database.
    Database,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccessRule {
    /// Identifies it; rules of the configuration file have none.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub id: Option<Uuid>,
    /// Which routes.
    pub group: RouteGroup,
    /// What happens.
    pub effect: Effect,
    /// To which network.
    #[schema(example = "203.0.113.0/24")]
    pub network: Option<String>,
    /// Or to which country.
    #[schema(example = "PT")]
    pub country: Option<String>,
    /// Why it is there.
    #[schema(example = "the office")]
    pub note: String,
    /// Where it is kept.
    pub source: Source,
    /// When it was added.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Timestamp>,
}

/// All rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccessRuleList {
    /// What happens to those whom they refuse.
    pub mode: Mode,
    /// Those of the configuration file, then those of the database, oldest first.
    pub data: Vec<AccessRule>,
}

impl From<Rule> for AccessRule {
    fn from(rule: Rule) -> Self {
        let text = rule.subject.to_string();
        let (network, country) = match rule.subject {
            Subject::Network(_) => (Some(text), None),
            Subject::Country(_) => (None, Some(text)),
        };
        Self {
            id: None,
            group: rule.group,
            effect: rule.effect,
            network,
            country,
            note: String::new(),
            source: Source::File,
            created_at: None,
        }
    }
}

impl AccessRule {
    /// A row, unless a newer version of the program wrote it in words that this one does not know.
    pub fn of_row(row: access_rule::Model) -> Option<Self> {
        let rule = rule_of_row(&row)?;
        Some(Self {
            id: Some(row.id),
            note: row.note,
            source: Source::Database,
            created_at: Some(timestamp(row.created_at)),
            ..Self::from(rule)
        })
    }
}

/// The rule of a row, likewise.
pub fn rule_of_row(row: &access_rule::Model) -> Option<Rule> {
    Some(Rule {
        group: RouteGroup::parse(&row.route_group)?,
        effect: Effect::parse(&row.effect)?,
        subject: Subject::parse(&row.subject)?,
    })
}
