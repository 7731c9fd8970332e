//! Transcripts as server-sent events, a segment at a time, as OpenAI's clients read them:
//! `transcript.text.delta` with more text, then `transcript.text.done` with all of it.

use axum::response::sse::Event;
use futures::Stream;
use locutor::transcribe::Transcript;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    bridge::Events,
    http::{Fault, openai_error},
};

/// What the work reports: texts in order, then the whole.
#[derive(Debug)]
pub enum Progress {
    /// The text of the next segment.
    Segment(String),
    /// The end.
    Done(Box<Transcript>),
}

/// One event of a stream.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type")]
pub enum TranscriptionEvent {
    /// More text; all of it joined is the whole text.
    #[serde(rename = "transcript.text.delta")]
    Delta {
        /// The text.
        delta: String,
    },
    /// The end.
    #[serde(rename = "transcript.text.done")]
    Done {
        /// The whole text.
        text: String,
    },
}

/// The events of a reply; `first` was already read.
pub fn events(
    first: Progress,
    mut rest: Events<Progress>,
) -> impl Stream<Item = Result<Event, axum::Error>> {
    async_stream::stream! {
        let mut begun = false;
        let mut next = Some(Ok(first));
        while let Some(progress) = next {
            match progress {
                Ok(progress) => yield Event::default().json_data(event(progress, &mut begun)),
                Err(error) => {
                    // The status was sent long ago; clients look for `error` in the data.
                    yield Event::default().json_data(openai_error(&Fault::from(error)));
                    return;
                }
            }
            next = rest.next().await;
        }
    }
}

/// `begun` tells whether there was text before: segments are joined by spaces.
fn event(progress: Progress, begun: &mut bool) -> TranscriptionEvent {
    match progress {
        Progress::Segment(text) => {
            let separator = if *begun { " " } else { "" };
            *begun = true;
            TranscriptionEvent::Delta {
                delta: format!("{separator}{text}"),
            }
        }
        Progress::Done(transcript) => TranscriptionEvent::Done {
            text: transcript.text,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deltas_joined_are_the_text() {
        let transcript = Transcript {
            language: "en".into(),
            language_probability: 1.0,
            detection_seconds: 0.0,
            duration: 2.0,
            text: "Hello. Goodbye.".into(),
            segments: Vec::new(),
        };
        let mut begun = false;
        let shown = [
            Progress::Segment("Hello.".into()),
            Progress::Segment("Goodbye.".into()),
            Progress::Done(Box::new(transcript)),
        ]
        .map(|progress| serde_json::to_value(event(progress, &mut begun)).unwrap());
        let expected = serde_json::json!([
            {"type": "transcript.text.delta", "delta": "Hello."},
            {"type": "transcript.text.delta", "delta": " Goodbye."},
            {"type": "transcript.text.done", "text": "Hello. Goodbye."},
        ]);
        assert_eq!(serde_json::Value::from(shown.to_vec()), expected);
    }
}
