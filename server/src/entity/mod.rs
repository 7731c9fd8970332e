//! Rows of the database. Times are milliseconds since 1970 in UTC.

pub mod access_rule;
pub mod access_setting;
pub mod api_key;
pub mod chunk;
pub mod document;
pub mod index_task;
