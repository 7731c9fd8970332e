//! What the server can do, one vertical slice per folder: routes, use cases, rows.

pub mod health;
pub mod keys;
pub mod models;
