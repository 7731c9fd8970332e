//! Rows of the database. Times are milliseconds since 1970 in UTC.

pub mod access_rule;
pub mod access_setting;
pub mod account;
pub mod alert_firing;
pub mod alert_rule;
pub mod api_key;
pub mod audit_checkpoint;
pub mod audit_event;
pub mod audit_head;
pub mod chunk;
pub mod document;
pub mod former_password;
pub mod index_task;
pub mod invitation;
pub mod job;
pub mod known_device;
pub mod login_guard;
pub mod membership;
pub mod one_time_token;
pub mod organisation;
pub mod recovery_code;
pub mod refresh_token;
pub mod schedule;
pub mod session;
pub mod usage_error;
pub mod usage_minute;
