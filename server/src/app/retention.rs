//! The jobs that remove what was kept long enough: audit events and usage.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::{
    config::Configuration,
    features::{audit::AuditService, usage::UsageService},
    ports::{Clock, Effects, JobError, JobHandler, RunningJob},
};

/// Removes audit events that were kept long enough.
pub struct AuditRetention {
    audit: AuditService,
    retention: Retention,
}

/// Removes usage that was kept long enough.
pub struct UsageRetention {
    usage: UsageService,
    retention: Retention,
}

/// How long things are kept.
struct Retention {
    clock: Arc<dyn Clock>,
    days: u32,
}

impl AuditRetention {
    /// Kind of the job, and name of its schedule.
    pub const KIND: &'static str = "audit.purge";

    /// As configured.
    pub fn new(audit: AuditService, clock: Arc<dyn Clock>, configuration: &Configuration) -> Self {
        let days = configuration.audit.keep_days;
        let retention = Retention { clock, days };
        Self { audit, retention }
    }
}

impl UsageRetention {
    /// Kind of the job, and name of its schedule.
    pub const KIND: &'static str = "usage.purge";

    /// As configured.
    pub fn new(usage: UsageService, clock: Arc<dyn Clock>, configuration: &Configuration) -> Self {
        let days = configuration.usage.keep_days;
        let retention = Retention { clock, days };
        Self { usage, retention }
    }
}

impl Retention {
    /// Before this time things may go; `None` keeps them for ever.
    fn end(&self) -> Option<Timestamp> {
        let kept = SignedDuration::from_hours(24 * i64::from(self.days));
        let end = self.clock.now().checked_sub(kept).ok();
        end.filter(|_| self.days > 0)
    }
}

#[async_trait]
impl JobHandler for AuditRetention {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    async fn work(&self, _job: &RunningJob) -> Result<Effects, JobError> {
        if let Some(end) = self.retention.end() {
            let purged = self.audit.purge(end).await;
            purged.map_err(|error| JobError::Passing(error.to_string()))?;
        }
        Ok(Effects::none())
    }
}

#[async_trait]
impl JobHandler for UsageRetention {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    async fn work(&self, _job: &RunningJob) -> Result<Effects, JobError> {
        if let Some(end) = self.retention.end() {
            self.usage.purge(end).await?;
        }
        Ok(Effects::none())
    }
}
