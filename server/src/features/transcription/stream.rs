//! Transcripts as server-sent events, a segment at a time, as OpenAI's clients read them:
//! `transcript.text.delta` with more text, `transcript.text.segment` with who says it where that was asked for, then
//! `transcript.text.done` with all of it.

use axum::response::sse::Event;
use futures::Stream;
use locutor::transcribe::{Segment, Transcript, append};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    diarized::{self, SpokenSegment},
    token::{AudioUsage, TokenReply, tokens},
};
use crate::{
    bridge::Events,
    http::{Fault, openai_error},
};

/// What the work reports: texts in order, then the whole.
#[derive(Debug)]
pub enum Progress {
    /// The next segment.
    Segment(Box<Segment>),
    /// The end.
    Done(Box<Transcript>),
}

/// One event of a stream.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum TranscriptionEvent {
    /// More text.
    Delta(TextDelta),
    /// Who said it, with `diarized_json`.
    Segment(SpokenSegment),
    /// The end.
    Done(TextDone),
}

/// More text; all of it joined is the whole text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"type": "transcript.text.delta", "delta": "Hello."}))]
pub struct TextDelta {
    #[serde(rename = "type")]
    kind: &'static str,
    /// The text.
    delta: String,
    /// The segment that it belongs to, with `diarized_json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    segment_id: Option<String>,
    /// Where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    logprobs: Option<Vec<TokenReply>>,
}

/// The end.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"type": "transcript.text.done", "text": "Hello.", "usage": {"type": "duration", "seconds": 1.5}}))]
pub struct TextDone {
    #[serde(rename = "type")]
    kind: &'static str,
    /// The whole text.
    text: String,
    /// Where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    logprobs: Option<Vec<TokenReply>>,
    /// What the request cost.
    usage: AudioUsage,
}

/// How the events are told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// With the probability of each token.
    pub logprobs: bool,
    /// With who says what.
    pub diarized: bool,
}

/// The events of a reply; `first` was already read.
pub fn events(
    first: Progress,
    mut rest: Events<Progress>,
    manner: Manner,
) -> impl Stream<Item = Result<Event, axum::Error>> {
    async_stream::stream! {
        let mut said = String::new();
        let mut next = Some(Ok(first));
        while let Some(progress) = next {
            match progress {
                Ok(progress) => {
                    for event in told(progress, manner, &mut said) {
                        yield Event::default().json_data(event);
                    }
                }
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

/// `said` is the text so far.
fn told(progress: Progress, manner: Manner, said: &mut String) -> Vec<TranscriptionEvent> {
    match progress {
        Progress::Segment(segment) => {
            let before = said.len();
            append(said, &segment.text);
            let logprobs = segment.logprobs.iter().map(TokenReply::from);
            let delta = TranscriptionEvent::Delta(TextDelta {
                kind: "transcript.text.delta",
                delta: said[before..].to_owned(),
                segment_id: manner.diarized.then(|| diarized::name(&segment)),
                logprobs: manner.logprobs.then(|| logprobs.collect()),
            });
            let spoken = TranscriptionEvent::Segment(SpokenSegment::from(&*segment));
            let spoken = manner.diarized.then_some(spoken);
            [delta].into_iter().chain(spoken).collect()
        }
        Progress::Done(transcript) => vec![TranscriptionEvent::Done(TextDone {
            kind: "transcript.text.done",
            logprobs: manner.logprobs.then(|| tokens(&transcript)),
            usage: AudioUsage::of(transcript.duration),
            text: transcript.text,
        })],
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
            ..Transcript::default()
        };
        let segment = |text: &str| {
            Progress::Segment(Box::new(Segment {
                text: text.into(),
                speaker: Some("A".into()),
                ..Segment::default()
            }))
        };
        let show = |manner: Manner| -> Vec<serde_json::Value> {
            let mut said = String::new();
            let progress = [
                segment("Hello."),
                segment("Goodbye."),
                Progress::Done(Box::new(transcript.clone())),
            ];
            let events = progress
                .into_iter()
                .flat_map(|progress| told(progress, manner, &mut said));
            events
                .map(|event| serde_json::to_value(event).unwrap())
                .collect()
        };
        let usage = serde_json::json!({"type": "duration", "seconds": 2.0});
        let expected = serde_json::json!([
            {"type": "transcript.text.delta", "delta": "Hello."},
            {"type": "transcript.text.delta", "delta": " Goodbye."},
            {"type": "transcript.text.done", "text": "Hello. Goodbye.", "usage": usage},
        ]);
        assert_eq!(serde_json::Value::from(show(Manner::default())), expected);
        let diarized = show(Manner {
            logprobs: true,
            diarized: true,
        });
        let kinds: Vec<&str> = diarized
            .iter()
            .filter_map(|event| event["type"].as_str())
            .collect();
        let (delta, spoken) = ("transcript.text.delta", "transcript.text.segment");
        assert_eq!(
            kinds,
            [delta, spoken, delta, spoken, "transcript.text.done"]
        );
        assert_eq!(diarized[0]["segment_id"], diarized[1]["id"]);
        assert_eq!(diarized[1]["speaker"], "A");
        assert!(diarized[0]["logprobs"].is_array());
    }
}
