//! What the server depends on goes away for ten seconds under load and comes back.
//!
//! It does not crash, loses no acknowledged write, tells the truth about its readiness meanwhile, and
//! recovers by itself.

mod database;
mod mail;
mod redis;

use std::time::Duration;

/// How long a service is away.
const AWAY: Duration = Duration::from_secs(10);

/// Load before and after.
const AROUND: Duration = Duration::from_secs(2);

/// Longest that a reply may take, whatever is away.
const PATIENCE: Duration = Duration::from_secs(10);

/// Until then all is as it was before.
const RECOVERY: Duration = Duration::from_secs(8);
