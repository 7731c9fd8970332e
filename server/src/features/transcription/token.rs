//! What is told beside the text: the probability of each token, and what the request cost.

use locutor::transcribe::{Token, Transcript};
use serde::Serialize;
use utoipa::ToSchema;

/// A piece of the text.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"token": " Hello", "bytes": [32, 72, 101, 108, 108, 111], "logprob": -0.02}))]
pub struct TokenReply {
    /// Its text; what is no whole character alone is replaced.
    token: String,
    /// Its bytes.
    bytes: Vec<u8>,
    /// Natural logarithm of its probability.
    logprob: f32,
}

impl From<&Token> for TokenReply {
    fn from(token: &Token) -> Self {
        Self {
            token: token.token.clone(),
            bytes: token.bytes.clone(),
            logprob: token.logprob,
        }
    }
}

/// All tokens of a transcript.
pub fn tokens(transcript: &Transcript) -> Vec<TokenReply> {
    let segments = transcript.segments.iter();
    segments
        .flat_map(|segment| segment.logprobs.iter().map(TokenReply::from))
        .collect()
}

/// What a request cost.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"type": "duration", "seconds": 11.0}))]
pub struct AudioUsage {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Seconds of audio.
    seconds: f64,
}

impl AudioUsage {
    /// That of so many seconds of audio.
    pub fn of(seconds: f64) -> Self {
        Self {
            kind: "duration",
            seconds,
        }
    }
}
