//! What an administrator says about a rule, between requests and rows.

use uuid::Uuid;

use super::condition::Condition;
use crate::{
    entity::alert_rule::{AlertState, Model},
    http::EmailAddress,
};

/// A rule as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// What people call it.
    pub name: String,
    /// When it fires.
    pub condition: Condition,
    /// How far back it looks.
    pub window_minutes: u32,
    /// Only this route, or this kind of job.
    pub subject: Option<String>,
    /// Only what this organisation does.
    pub organisation: Option<Uuid>,
    /// Who gets a mail.
    pub recipients: Vec<EmailAddress>,
    /// What gets a web hook.
    pub webhook_url: Option<String>,
    /// Whether it is evaluated.
    pub enabled: bool,
}

impl Definition {
    /// Reads a row, unless a newer version of the program wrote it in words that this one does not know.
    pub fn of_row(row: &Model) -> Option<Self> {
        Some(Self {
            name: row.name.clone(),
            condition: condition(row)?,
            window_minutes: u32::try_from(row.window_minutes).ok()?,
            subject: row.subject.clone(),
            organisation: row.organisation_id,
            recipients: recipients(row)?
                .iter()
                .filter_map(|address| EmailAddress::new(address).ok())
                .collect(),
            webhook_url: row.webhook_url.clone(),
            enabled: row.enabled,
        })
    }

    /// Writes it into a row.
    pub fn write(self, row: &mut Model) {
        // Texts and numbers are written as JSON without fail.
        row.condition = serde_json::to_value(self.condition).unwrap_or_default();
        row.recipients = serde_json::to_value(without_doubles(self.recipients)).unwrap_or_default();
        row.name = self.name;
        row.window_minutes = i32::try_from(self.window_minutes).unwrap_or(i32::MAX);
        row.subject = self.subject;
        row.organisation_id = self.organisation;
        row.webhook_url = self.webhook_url;
        row.enabled = self.enabled;
    }

    /// A row of a new rule.
    pub fn into_row(self, id: Uuid, now: i64, by: Uuid) -> Model {
        let mut row = Model {
            id,
            name: String::new(),
            condition: serde_json::Value::Null,
            window_minutes: 0,
            subject: None,
            organisation_id: None,
            recipients: serde_json::Value::Null,
            webhook_url: None,
            enabled: false,
            revision: 0,
            state: AlertState::Ok,
            since: now,
            evaluated_at: None,
            measured: None,
            problem: None,
            created_at: now,
            created_by: by,
            changed_at: now,
        };
        self.write(&mut row);
        row
    }
}

/// The condition of a row, if this version of the program knows it.
pub fn condition(row: &Model) -> Option<Condition> {
    serde_json::from_value(row.condition.clone()).ok()
}

/// The mail addresses of a row, if this version of the program can read them.
pub fn recipients(row: &Model) -> Option<Vec<String>> {
    serde_json::from_value(row.recipients.clone()).ok()
}

/// One mail for each mailbox.
fn without_doubles(addresses: Vec<EmailAddress>) -> Vec<EmailAddress> {
    let mut kept: Vec<EmailAddress> = Vec::new();
    for address in addresses {
        if !kept
            .iter()
            .any(|other| other.canonical() == address.canonical())
        {
            kept.push(address);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gives_back_what_was_written() {
        let address = |text| EmailAddress::new(text).unwrap();
        let mut written = Definition {
            name: "errors".into(),
            condition: serde_json::from_str(r#"{"kind":"absence","metric":"requests"}"#).unwrap(),
            window_minutes: 5,
            subject: Some("/documents".into()),
            organisation: Some(Uuid::from_u128(7)),
            recipients: vec![address("ada@example.org"), address("ADA@example.org")],
            webhook_url: Some("https://example.org/hook".into()),
            enabled: true,
        };
        let mut row = written.clone().into_row(Uuid::nil(), 1, Uuid::nil());
        written.recipients.pop();
        assert_eq!(Definition::of_row(&row), Some(written));
        row.condition = serde_json::json!({"kind": "of the future"});
        assert_eq!(Definition::of_row(&row), None);
    }
}
