//! What a client says.

use serde::Deserialize;
use serde_json::Value;

use super::settings::SessionChange;
use crate::http::Fault;

/// An event of a client.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub enum ClientEvent {
    /// Changes the session.
    #[serde(rename = "session.update", alias = "transcription_session.update")]
    Update {
        /// To this.
        session: Box<SessionChange>,
    },
    /// More samples.
    #[serde(rename = "input_audio_buffer.append")]
    Append {
        /// In base64.
        audio: String,
    },
    /// What was appended is an utterance.
    #[serde(rename = "input_audio_buffer.commit")]
    Commit {},
    /// What was appended is to be forgotten.
    #[serde(rename = "input_audio_buffer.clear")]
    Clear {},
}

/// An event and the id that the client gave it.
pub struct Said {
    pub id: Option<String>,
    pub event: Result<ClientEvent, Fault>,
}

/// Reads a message.
pub fn read(text: &str) -> Said {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let message = format!("the event is no JSON: {error}");
            return Said {
                id: None,
                event: Err(Fault::invalid("event", message)),
            };
        }
    };
    let id = value.get("event_id").and_then(Value::as_str);
    Said {
        id: id.map(|id| id.chars().take(200).collect()),
        event: event(value),
    }
}

fn event(value: Value) -> Result<ClientEvent, Fault> {
    const KNOWN: [&str; 5] = [
        "session.update",
        "transcription_session.update",
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
        "input_audio_buffer.clear",
    ];
    let kind = value
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !KNOWN.contains(&kind) {
        let shown: String = kind.chars().take(80).collect();
        let message = format!(
            "`{shown}` is not among the events of a transcription session: {}",
            KNOWN.join(", ")
        );
        return Err(Fault::invalid("type", message));
    }
    serde_json::from_value(value).map_err(|error| Fault::invalid("event", error.to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn events_are_read_and_others_named() {
        let said =
            read(r#"{"type": "input_audio_buffer.append", "audio": "AAA=", "event_id": "e1"}"#);
        assert_eq!(said.id.as_deref(), Some("e1"));
        assert!(matches!(said.event, Ok(ClientEvent::Append { audio }) if audio == "AAA="));
        let fault = read(r#"{"type": "response.create"}"#).event.unwrap_err();
        assert!(
            fault.message.contains("response.create"),
            "{}",
            fault.message
        );
        assert!(read("{").event.is_err() && read("[]").event.is_err());
        assert!(
            read(r#"{"type": "input_audio_buffer.append"}"#)
                .event
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in ".{0,200}") {
            drop(read(&text));
        }
    }
}
