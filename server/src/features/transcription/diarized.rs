//! Replies that tell who says what.

use locutor::transcribe::{Segment, Task, Transcript};
use serde::Serialize;
use utoipa::ToSchema;

use super::token::AudioUsage;

/// Who says what.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "task": "transcribe", "duration": 2.4, "text": "Hello. Good morning.",
    "segments": [
        {"type": "transcript.text.segment", "id": "seg_0", "start": 0.3, "end": 0.9, "text": "Hello.", "speaker": "A"},
        {"type": "transcript.text.segment", "id": "seg_1", "start": 1.2, "end": 2.1, "text": "Good morning.", "speaker": "B"}
    ],
    "usage": {"type": "duration", "seconds": 2.4}
}))]
pub struct DiarizedReply {
    /// `transcribe` or `translate`.
    task: &'static str,
    /// Length of the audio in seconds.
    duration: f64,
    /// What was said.
    text: String,
    /// What each says, in order.
    segments: Vec<SpokenSegment>,
    /// What the request cost.
    usage: AudioUsage,
}

/// What somebody says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"type": "transcript.text.segment", "id": "seg_0", "start": 0.3, "end": 2.1, "text": "Hello.", "speaker": "A"}))]
pub struct SpokenSegment {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Its name in this reply.
    id: String,
    /// Seconds from the start.
    start: f64,
    /// Seconds from the start.
    end: f64,
    /// What is said.
    text: String,
    /// `A`, `B` and so on, or a name that was given.
    speaker: String,
}

impl DiarizedReply {
    /// Of a transcript whose speakers were told.
    pub fn new(transcript: Transcript, task: Task) -> Self {
        Self {
            task: match task {
                Task::Transcribe => "transcribe",
                Task::Translate => "translate",
            },
            duration: transcript.duration,
            usage: AudioUsage::of(transcript.duration),
            text: transcript.text,
            segments: transcript
                .segments
                .iter()
                .map(SpokenSegment::from)
                .collect(),
        }
    }
}

/// The name of a segment.
pub fn name(segment: &Segment) -> String {
    format!("seg_{}", segment.id)
}

impl From<&Segment> for SpokenSegment {
    fn from(segment: &Segment) -> Self {
        Self {
            kind: "transcript.text.segment",
            id: name(segment),
            start: segment.start,
            end: segment.end,
            text: segment.text.clone(),
            speaker: segment.speaker.clone().unwrap_or_default(),
        }
    }
}
