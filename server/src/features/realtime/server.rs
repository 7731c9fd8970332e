//! What the server says, in the API's words.

use serde::Serialize;

use super::settings::SessionSettings;
use crate::http::Fault;

/// An event of the server. Times are milliseconds from the start of the stream.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub enum ServerEvent {
    #[serde(rename = "session.created")]
    Created { session: Session },
    #[serde(rename = "session.updated")]
    Updated { session: Session },
    #[serde(rename = "input_audio_buffer.speech_started")]
    SpeechStarted {
        audio_start_ms: u64,
        item_id: String,
    },
    #[serde(rename = "input_audio_buffer.speech_stopped")]
    SpeechStopped { audio_end_ms: u64, item_id: String },
    #[serde(rename = "input_audio_buffer.committed")]
    Committed {
        previous_item_id: Option<String>,
        item_id: String,
    },
    #[serde(rename = "input_audio_buffer.cleared")]
    Cleared {},
    #[serde(rename = "conversation.item.added")]
    ItemAdded {
        previous_item_id: Option<String>,
        item: Item,
    },
    #[serde(rename = "conversation.item.done")]
    ItemDone {
        previous_item_id: Option<String>,
        item: Item,
    },
    #[serde(rename = "conversation.item.input_audio_transcription.delta")]
    Delta {
        item_id: String,
        content_index: u32,
        delta: String,
    },
    #[serde(rename = "conversation.item.input_audio_transcription.completed")]
    Completed {
        item_id: String,
        content_index: u32,
        transcript: String,
        usage: Usage,
    },
    #[serde(rename = "conversation.item.input_audio_transcription.failed")]
    Failed {
        item_id: String,
        content_index: u32,
        error: ErrorDetails,
    },
    #[serde(rename = "error")]
    Error { error: ErrorDetails },
}

/// A session and its id.
#[derive(Debug, Serialize)]
pub struct Session {
    pub id: String,
    pub object: &'static str,
    #[serde(flatten)]
    pub settings: SessionSettings,
}

/// What somebody said.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    id: String,
    object: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    role: &'static str,
    content: [Content; 1],
}

#[derive(Debug, Clone, Serialize)]
struct Content {
    #[serde(rename = "type")]
    kind: &'static str,
    transcript: Option<String>,
}

/// What a transcription cost.
#[derive(Debug, Serialize)]
pub struct Usage {
    #[serde(rename = "type")]
    kind: &'static str,
    seconds: f64,
}

/// What went wrong.
#[derive(Debug, Serialize)]
pub struct ErrorDetails {
    #[serde(rename = "type")]
    kind: &'static str,
    code: &'static str,
    message: String,
    param: Option<String>,
    event_id: Option<String>,
}

impl Item {
    /// An utterance.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            object: "realtime.item",
            kind: "message",
            status: "completed",
            role: "user",
            content: [Content {
                kind: "input_audio",
                transcript: None,
            }],
        }
    }
}

impl Usage {
    /// Seconds that were heard.
    pub fn of(seconds: f64) -> Self {
        Self {
            kind: "duration",
            seconds: (seconds * 1000.0).round() / 1000.0,
        }
    }
}

impl ErrorDetails {
    /// A fault, and the client's event that it is about.
    pub fn of(fault: Fault, event_id: Option<String>) -> Self {
        Self {
            kind: if fault.status.is_server_error() {
                "server_error"
            } else {
                "invalid_request_error"
            },
            code: fault.code,
            message: fault.message,
            param: fault.fields.into_iter().next().map(|field| field.field),
            event_id,
        }
    }
}
