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
        }
    }
}
