//! What is said over the WebSocket.

use locutor::transcribe::{
    Word,
    live::{self, Delays},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a client may say beside samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// There are no more samples; send the last events and close.
    Finish,
}

/// What the server says. Times are seconds from the start of the stream.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(example = json!({
    "type": "committed", "words": [{"word": "Hello.", "start": 0.4, "end": 0.9, "probability": 0.93}]
}))]
pub enum ListenEvent {
    /// The server listens.
    Ready {
        /// The model that hears.
        #[schema(example = "whisper-base")]
        model: String,
        /// Samples per second that it expects.
        #[schema(example = 16_000)]
        rate: u32,
    },
    /// Somebody began to speak.
    SpeechStarted {
        /// When.
        at: f64,
    },
    /// Somebody stopped speaking.
    SpeechStopped {
        /// When.
        at: f64,
    },
    /// The words after the committed ones as far as they are known now; they take the place of those that were told before.
    Tentative {
        /// The words.
        words: Vec<SpokenWord>,
    },
    /// Words that never change again.
    Committed {
        /// The words.
        words: Vec<SpokenWord>,
    },
    /// All that was said until somebody stopped speaking has been committed.
    Ended {
        /// When it began.
        start: f64,
        /// When it ended.
        end: f64,
        /// The committed words as a text.
        text: String,
        /// ISO 639-1 code of its language, where it is known.
        language: Option<String>,
        /// Who speaks, where that was asked for.
        #[serde(skip_serializing_if = "Option::is_none")]
        speaker: Option<String>,
    },
    /// Audio was lost because the server is overloaded.
    Lost {
        /// How much.
        seconds: f64,
    },
    /// Something went wrong; the connection closes after it if it cannot go on.
    Error {
        /// What it is, as in other replies.
        code: &'static str,
        /// What to do about it.
        message: String,
    },
    /// The last event.
    Finished {
        /// Seconds that were heard.
        audio_seconds: f64,
        /// Seconds of them in which somebody spoke.
        speech_seconds: f64,
        /// Words that were committed.
        words: u64,
        /// Mean probability of the words, in `[0, 1]`.
        confidence: Option<f32>,
        /// Seconds that were heard from the beginning of speech until the first of its words was told.
        first_word: Option<DelayReply>,
        /// Seconds that were heard from the end of each word until it was committed.
        committed: Option<DelayReply>,
    },
}

/// What half of the delays, and what 95 of a hundred of them do not exceed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"median": 0.9, "p95": 1.8}))]
pub struct DelayReply {
    /// Of half of them, in seconds.
    median: f64,
    /// Of 95 of a hundred, in seconds.
    p95: f64,
}

impl From<Delays> for DelayReply {
    fn from(delays: Delays) -> Self {
        Self {
            median: delays.median,
            p95: delays.p95,
        }
    }
}

/// One word.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"word": "Hello.", "start": 0.4, "end": 0.9, "probability": 0.93}))]
pub struct SpokenWord {
    /// The word with its punctuation.
    pub word: String,
    /// When it begins.
    pub start: f64,
    /// When it ends.
    pub end: f64,
    /// Its probability in `[0, 1]`.
    pub probability: f32,
}

impl ListenEvent {
    /// An event of the engine; `None` for kinds that this server does not know.
    pub fn of(event: live::Event) -> Option<Self> {
        Some(match event {
            live::Event::SpeechStarted { at } => Self::SpeechStarted { at },
            live::Event::SpeechStopped { at } => Self::SpeechStopped { at },
            live::Event::Tentative { words } => Self::Tentative {
                words: spoken(words),
            },
            live::Event::Committed { words } => Self::Committed {
                words: spoken(words),
            },
            live::Event::Ended {
                start,
                end,
                text,
                language,
                speaker,
            } => Self::Ended {
                start,
                end,
                text,
                language,
                speaker,
            },
            live::Event::Lost { seconds } => Self::Lost { seconds },
            _ => return None,
        })
    }
}

fn spoken(words: Vec<Word>) -> Vec<SpokenWord> {
    let words = words.into_iter();
    words
        .map(|word| SpokenWord {
            word: word.word,
            start: word.start,
            end: word.end,
            probability: word.probability,
        })
        .collect()
}
