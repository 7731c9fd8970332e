//! The Wyoming protocol on a TCP port of its own: speech to text and text to speech for voice assistants such as
//! Home Assistant (<https://github.com/OHF-Voice/wyoming>).
//!
//! connection -> [`admission`] (networks, access rules, rates, places) -> [`message`] (a line of JSON, more JSON,
//! samples) -> [`session`]: `describe` -> [`info`]; `transcribe` and samples -> [`hearing`] (a live stream of the
//! engine) -> the transcript; `synthesize`, whole or in pieces -> [`speaking`] -> samples, sentence by sentence.

mod admission;
mod hearing;
mod info;
mod message;
mod places;
mod serve;
mod session;
mod speaking;

pub use admission::Admission;
pub use places::Places;
pub use serve::Wyoming;
pub use session::Parts;
