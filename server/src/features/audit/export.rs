//! Events as text: NDJSON for programs, CSV for spreadsheets.
//!
//! events in pages -> [`ExportFormat::page`] -> pieces of text, sent or written one by one, so
//! that an export of any length takes little memory.

use uuid::Uuid;

use super::{Event, ExportFormat};

/// The line of names of a CSV export, in the order of [`cells`].
const NAMES: [&str; 16] = [
    "sequence",
    "id",
    "at",
    "category",
    "action",
    "outcome",
    "actor_kind",
    "actor_id",
    "organisation",
    "target_kind",
    "target_id",
    "address",
    "agent",
    "request_id",
    "details",
    "hash",
];

impl ExportFormat {
    /// For `Content-Type`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    /// For the name of a file.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    /// What stands before the first event.
    ///
    /// # Errors
    /// Never in practice: memory is written to.
    pub fn header(self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Ndjson => Ok(Vec::new()),
            Self::Csv => table([NAMES.map(str::to_owned)]),
        }
    }

    /// Some events.
    ///
    /// # Errors
    /// Never in practice: memory is written to, and events can be written as JSON.
    pub fn page(self, events: &[Event]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Ndjson => lines(events),
            Self::Csv => table(events.iter().map(|event| cells(event).map(defused))),
        }
    }
}

fn lines(events: &[Event]) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for event in events {
        serde_json::to_writer(&mut text, event)?;
        text.push(b'\n');
    }
    Ok(text)
}

fn table(rows: impl IntoIterator<Item = [String; 16]>) -> std::io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row)?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

fn cells(event: &Event) -> [String; 16] {
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        event.sequence.to_string(),
        event.id.to_string(),
        event.at.to_string(),
        event.category.clone(),
        event.action.clone(),
        event.outcome.clone(),
        text(&event.actor_kind),
        id(event.actor_id),
        id(event.organisation),
        text(&event.target_kind),
        text(&event.target_id),
        text(&event.address),
        text(&event.agent),
        text(&event.request_id),
        event.details.to_string(),
        event.hash.clone(),
    ]
}

/// A spreadsheet runs a cell that begins like a formula; behind an apostrophe it is text.
/// See OWASP, "CSV Injection".
fn defused(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        return format!("'{cell}");
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_other_text_is_left_alone() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(defused(formula.to_owned()), format!("'{formula}"));
        }
        assert_eq!(defused("a=b".to_owned()), "a=b");
    }
}
