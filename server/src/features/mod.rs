//! What the server can do, one vertical slice per folder: routes, use cases, rows.

pub mod audit;
pub mod chat;
pub mod documents;
pub mod embedding;
pub mod health;
pub mod keys;
pub mod models;
pub mod speech;
pub mod transcription;
pub mod usage;
