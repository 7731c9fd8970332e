//! What requests say about rules.

#![expect(
    clippy::option_option,
    reason = "in a change, what is absent stays and what is null goes"
)]

use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    address::is_web_address,
    condition::{Condition, condition_schema},
    definition::Definition,
};
use crate::{
    entity::alert_rule::Model,
    http::{EmailAddress, Line, given, present},
};

/// How far back a rule looks when it does not say it.
const DEFAULT_WINDOW: u32 = 5;

/// A rule to make.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAlertRule {
    /// What people call it.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 200, example = "server errors")]
    name: Line,
    /// When it fires.
    #[garde(dive)]
    #[schema(schema_with = condition_schema)]
    condition: Condition,
    /// How many minutes it looks back: 1 to 1440.
    #[serde(default = "default_window")]
    #[garde(range(min = 1, max = 1440))]
    #[schema(default = 5, minimum = 1, maximum = 1440, example = 5)]
    window_minutes: u32,
    /// Only requests of this route, by its pattern as in `/admin/usage`; for metrics of jobs: only jobs of this
    /// kind, e.g. `mail.send`. Absent: all of them.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 200, example = "/documents")]
    subject: Option<Line>,
    /// Only what this organisation does. Absent: everybody.
    #[serde(default)]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "uuid", example = "00000000-0000-7000-8000-000000000001")]
    organisation: Option<Uuid>,
    /// Mail addresses to tell.
    #[serde(default)]
    #[garde(length(max = 20))]
    #[schema(max_items = 20, example = json!(["operations@example.org"]))]
    recipients: Vec<EmailAddress>,
    /// Where to POST what happens, signed: see `webhook_secret` in the reply.
    #[serde(default)]
    #[garde(inner(length(chars, max = 1000), custom(web_address)))]
    #[schema(
        max_length = 1000,
        pattern = r"^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$",
        example = "https://hooks.example.org/locutor"
    )]
    webhook_url: Option<String>,
    /// Whether it is evaluated.
    #[serde(default = "yes")]
    #[garde(skip)]
    #[schema(default = true, example = true)]
    enabled: bool,
}

/// What to change of a rule; what is absent stays, and `null` removes.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertRuleChange {
    /// What people call it.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 200, example = "server errors at night")]
    name: Option<Line>,
    /// When it fires.
    #[serde(default, deserialize_with = "given")]
    #[garde(dive)]
    #[schema(schema_with = condition_schema)]
    condition: Option<Condition>,
    /// How many minutes it looks back: 1 to 1440.
    #[serde(default)]
    #[garde(inner(range(min = 1, max = 1440)))]
    #[schema(minimum = 1, maximum = 1440, example = 15)]
    window_minutes: Option<u32>,
    /// Only this route, or for metrics of jobs this kind of job.
    #[serde(default, deserialize_with = "present")]
    #[garde(inner(inner(length(chars, min = 1, max = 200))))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 200, example = "mail.send")]
    subject: Option<Option<Line>>,
    /// Only what this organisation does.
    #[serde(default, deserialize_with = "present")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "uuid", example = "00000000-0000-7000-8000-000000000001")]
    organisation: Option<Option<Uuid>>,
    /// Mail addresses to tell.
    #[serde(default)]
    #[garde(inner(length(max = 20)))]
    #[schema(max_items = 20, example = json!(["operations@example.org"]))]
    recipients: Option<Vec<EmailAddress>>,
    /// Where to POST what happens. The secret stays the same.
    #[serde(default, deserialize_with = "present")]
    #[garde(inner(inner(length(chars, max = 1000), custom(web_address))))]
    #[schema(value_type = Option<String>, max_length = 1000, pattern = r"^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$", example = "https://hooks.example.org/other")]
    webhook_url: Option<Option<String>>,
    /// Whether it is evaluated. Switching it off ends its firing.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = false)]
    enabled: Option<bool>,
}

fn default_window() -> u32 {
    DEFAULT_WINDOW
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "garde's interface")]
fn web_address(url: &str, _context: &()) -> garde::Result {
    if is_web_address(url) {
        return Ok(());
    }
    let message = "is no address that a web hook can go to; write e.g. `https://hooks.example.org/locutor`, without user, password or fragment";
    Err(garde::Error::new(message))
}

impl From<NewAlertRule> for Definition {
    fn from(new: NewAlertRule) -> Self {
        Self {
            name: new.name.into_string(),
            condition: new.condition,
            window_minutes: new.window_minutes,
            subject: new.subject.map(Line::into_string),
            organisation: new.organisation,
            recipients: new.recipients,
            webhook_url: new.webhook_url,
            enabled: new.enabled,
        }
    }
}

impl AlertRuleChange {
    /// The rule before the change. One whose condition this version of the program does not know can be
    /// changed only together with its condition.
    pub fn base(&self, row: &Model) -> Option<Definition> {
        Definition::of_row(row).or_else(|| {
            let mut row = row.clone();
            row.condition = serde_json::to_value(self.condition?).ok()?;
            Definition::of_row(&row)
        })
    }

    /// The rule after the change.
    pub fn apply(self, rule: &mut Definition) {
        set(&mut rule.name, self.name.map(Line::into_string));
        set(&mut rule.condition, self.condition);
        set(&mut rule.window_minutes, self.window_minutes);
        let subject = self.subject;
        set(
            &mut rule.subject,
            subject.map(|subject| subject.map(Line::into_string)),
        );
        set(&mut rule.organisation, self.organisation);
        set(&mut rule.recipients, self.recipients);
        set(&mut rule.webhook_url, self.webhook_url);
        set(&mut rule.enabled, self.enabled);
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Uri;
    use proptest::prelude::*;
    use utoipa::PartialSchema;

    use super::*;

    /// As the OpenAPI document has it.
    fn pattern() -> String {
        let schema = serde_json::to_value(NewAlertRule::schema()).unwrap();
        let pattern = &schema["properties"]["webhook_url"]["pattern"];
        pattern.as_str().unwrap().to_owned()
    }

    proptest! {
        #[test]
        fn what_the_document_allows_is_an_address(url in proptest::string::string_regex(
            pattern().trim_start_matches('^').trim_end_matches('$')).unwrap())
        {
            prop_assert!(is_web_address(&url), "{}", url);
            prop_assert!(url.parse::<Uri>().is_ok(), "{}", url);
        }
    }

    #[test]
    fn null_removes_and_what_is_absent_stays() {
        let new = r#"{"name": "a", "condition": {"kind": "absence", "metric": "requests"},
            "subject": "/documents", "webhook_url": "https://example.org"}"#;
        let mut rule = Definition::from(serde_json::from_str::<NewAlertRule>(new).unwrap());
        assert!(rule.enabled && rule.window_minutes == DEFAULT_WINDOW);
        let change = r#"{"subject": null, "window_minutes": 7}"#;
        let change: AlertRuleChange = serde_json::from_str(change).unwrap();
        change.validate().unwrap();
        change.apply(&mut rule);
        assert_eq!((rule.subject, rule.window_minutes), (None, 7));
        assert_eq!(rule.webhook_url.as_deref(), Some("https://example.org"));
        for wrong in [
            r#"{"webhook_url": "ftp://example.org"}"#,
            r#"{"webhook_url": "https://user:word@example.org/"}"#,
            r#"{"window_minutes": 0}"#,
            r#"{"subject": ""}"#,
            r#"{"condition": {"kind": "rate", "metric": "requests", "comparison": "above", "value": 1e13}}"#,
        ] {
            let change: AlertRuleChange = serde_json::from_str(wrong).unwrap();
            assert!(change.validate().is_err(), "{wrong}");
        }
    }
}
