//! `/v1/realtime`: transcription sessions of OpenAI's Realtime API, over a WebSocket.
//!
//! upgrade -> [`session`]: JSON events of the client ([`client`]) -> samples ([`sound`]) -> the engine's listener -> its
//! events as those of the API ([`items`], [`server`]). Every utterance is an item: begun, stopped, committed,
//! transcribed. Words are sent once they are certain, because a delta cannot be taken back; `/v1/listen` shows tentative
//! ones too.
//!
//! Pages in browsers get a secret of their own for some minutes ([`secret`]).
//!
//! With `turn_detection: null` the client decides: what it appended is transcribed when it commits, or when the server
//! stops.

mod client;
mod http;
mod items;
mod manual;
mod secret;
mod server;
mod session;
mod settings;
mod sound;
mod turns;

pub use http::{RealtimeState, routes};
