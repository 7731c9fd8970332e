//! What the server can do, one vertical slice per folder: routes, use cases, rows.

pub mod access_rules;
pub mod accounts;
pub mod alerts;
pub mod api_keys;
pub mod audit;
pub mod chat;
pub mod documents;
pub mod embedding;
pub mod health;
pub mod jobs;
pub mod languages;
pub mod listen;
pub mod live;
pub mod models;
pub mod organisations;
pub mod realtime;
pub mod sessions;
pub mod speech;
#[cfg(test)]
pub mod testing;
pub mod transcription;
pub mod usage;
pub mod wyoming;
