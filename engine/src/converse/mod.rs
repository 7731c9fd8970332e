//! Speech and retrieval together: ingest documents, ask a question, hear a grounded answer.
//!
//! Ingest: [`Document`] -> [`prepare`] -> [`Passage`](crate::retrieve::Passage)s -> [`index`] ->
//! [`VectorStore`](crate::retrieve::VectorStore); [`ingest`] does it in one call.
//! Ask: [`Question`] -> [`retrieve`] -> hits -> language model -> sentence by sentence through the
//! grounding check -> [`Answer`]. What a listener gets through [`Event::Text`] has already passed
//! the check, so nothing that the documents do not say is ever sent.
//! Voice: audio -> transcript -> [`ask`] -> speech, in [`voice_turn`].
//!
//! Everything here is synchronous and runs on the caller's thread; a server submits it to a lane.

mod answer;
mod ask;
mod document;
mod draft;
mod grounding;
mod index;
mod ingest;
mod question;
mod retrieve;
mod shipped;
mod title;
mod voice;

pub use answer::{
    Answer, Citation, Event, Evidence, Grounding, Stage, Timing, Usage, Verdict, total_seconds,
};
pub use ask::ask;
pub use document::{Document, MAX_DOCUMENT_BYTES, Prepared, prepare};
pub use index::{delete, index};
pub use ingest::{Ingested, ingest};
pub use question::{Question, Settings};
pub use retrieve::retrieve;
pub use shipped::shipped_documents;
pub use voice::{VoiceAnswer, VoiceEvent, VoiceSettings, voice_turn};
