//! The official `OpenAI` client for Python works unchanged; each case is a function of
//! `clients/openai_client.py`.

use anyhow::Result;
use locutor_tests::{Server, python};

macro_rules! cases {
    ($($case:ident)*) => {
        $(#[test]
        fn $case() -> Result<()> {
            python::openai_case(&*Server::shared()?, stringify!($case))
        })*
    };
}

cases! {
    models
    transcription_formats
    transcription_streamed
    transcription_verbose
    transcription_logprobs
    transcription_diarized
    transcription_chunked
    transcription_written
    translation
    speech
    speech_streamed
    embeddings
    embeddings_of_tokens
    chat
    chat_streamed
    chat_logprobs
    chat_sampling
    chat_structured
    retrieval
    retrieval_streamed
    errors
}
