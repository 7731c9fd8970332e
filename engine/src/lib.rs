//! Locutor: a speech and retrieval engine that runs on a plain CPU.
//!
//! The crate hears ([`transcribe`]), tells languages ([`language`]) and speakers ([`speakers`]) apart, embeds and retrieves
//! text ([`embed`], [`retrieve`]), writes ([`generate`]) and speaks ([`speak`]). [`converse`]
//! joins them: ingest documents, ask a question, get a grounded answer. [`Engine`] is the handle
//! that loads models on first use, runs work on its own threads and unloads what lies idle.
//!
//! Data flows one way: bytes -> [`audio::Audio`] -> [`transcribe::Transcript`] -> question ->
//! [`retrieve::Hit`]s -> [`generate::Generation`] -> [`audio::Audio`]. Every stage is a trait, so
//! a backend can be replaced without touching its neighbours. Nothing here is asynchronous, and
//! nothing here opens a socket except the optional Qdrant store.

pub mod audio;
pub mod converse;
pub mod embed;
pub mod engine;
pub mod error;
pub mod generate;
mod kernel;
pub mod language;
pub mod retrieve;
pub mod schedule;
pub mod speak;
pub mod speakers;
mod spectrum;
pub mod text;
pub mod transcribe;
pub mod vad;

pub use engine::{Engine, EngineBuilder};
pub use error::{Error, Result};
pub use schedule::Cancellation;
