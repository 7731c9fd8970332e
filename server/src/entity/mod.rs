//! Rows of the database. Times are milliseconds since 1970 in UTC.

pub mod api_key;
pub mod audit_checkpoint;
pub mod audit_event;
pub mod audit_head;
pub mod chunk;
pub mod document;
pub mod index_task;
pub mod usage_error;
pub mod usage_minute;
