//! Section `[limits]`: the largest requests that are served.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The largest requests that are served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of an uploaded audio file.
    pub upload_bytes: u64,
    /// Bytes of a JSON body.
    pub json_bytes: u64,
    /// Bytes of a document, uploaded or as JSON.
    pub document_bytes: u64,
    /// Seconds of audio in one transcription.
    pub audio_seconds: u64,
    /// Characters of text to speak in one request, as in OpenAI's API.
    pub speech_characters: usize,
    /// Texts in one embeddings request, as in OpenAI's API.
    pub embedding_inputs: usize,
    /// Characters of one text to embed; beyond the model's window a text is cut anyway.
    pub embedding_characters: usize,
    /// Messages in one chat request.
    pub chat_messages: usize,
    /// Streams of speech that are heard at the same time.
    pub live_streams: usize,
    /// Those of them that one account with its keys, one other key or (of voice assistants) one address may have; 0: a half
    /// of them.
    pub live_streams_per_caller: usize,
}

impl Limits {
    /// Streams that one caller may have.
    pub fn live_streams_of_one(&self) -> usize {
        match self.live_streams_per_caller {
            // Whoever has only one may give it to anybody.
            0 => self.live_streams.div_ceil(2),
            set => set,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            upload_bytes: 100 << 20,
            json_bytes: 4 << 20,
            document_bytes: 10 << 20,
            audio_seconds: 3600,
            speech_characters: 4096,
            embedding_inputs: 2048,
            embedding_characters: 100_000,
            chat_messages: 1000,
            live_streams: 16,
            live_streams_per_caller: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_caller_has_a_half_unless_it_is_set() {
        let of_one = |live_streams, live_streams_per_caller| {
            let limits = Limits {
                live_streams,
                live_streams_per_caller,
                ..Limits::default()
            };
            limits.live_streams_of_one()
        };
        assert_eq!([16, 3, 1].map(|all| of_one(all, 0)), [8, 2, 1]);
        assert_eq!(of_one(16, 5), 5);
    }
}
