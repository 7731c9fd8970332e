//! `/v1/listen`: speech to text while it is spoken, over a WebSocket.
//!
//! upgrade -> [`session`]: binary messages (raw samples) -> the engine's listener -> events as JSON text messages,
//! until the client says `{"type":"finish"}`, goes, or is silent for too long. Samples that come faster than they
//! are spoken wait in the client: the server reads no further while it is behind.

mod http;
mod message;
mod session;

pub use http::{ListenState, routes};
