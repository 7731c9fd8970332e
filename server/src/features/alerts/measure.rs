//! What a rule asks about, as a number.

use sea_orm::DbErr;

use super::{condition::Metric, definition::Definition};
use crate::{
    features::{
        jobs::{JobCount, JobService},
        usage::{UsageService, UsageWindow, WindowSums},
    },
    foundation::MINUTE,
};

/// After this time the sums of a minute are in the database: every process writes its own each ten seconds.
const SETTLED: i64 = 20_000;

/// Where the numbers come from.
#[derive(Clone)]
pub struct Gauges {
    /// Requests.
    pub usage: UsageService,
    /// Jobs.
    pub jobs: JobService,
}

/// Why there is no number.
#[derive(Debug, thiserror::Error)]
pub enum Unmeasured {
    /// A share or a mean of nothing.
    #[error("there were no requests, so nothing can be said about them")]
    NoRequests,
    /// The database failed.
    #[error("the database could not be asked: {0}")]
    Database(#[from] DbErr),
}

impl Gauges {
    /// Measures what a rule asks about at this time.
    ///
    /// # Errors
    /// When there is no such number.
    pub async fn measure(&self, rule: &Definition, now: i64) -> Result<f64, Unmeasured> {
        match rule.condition.metric() {
            Metric::JobsWaiting => {
                let waiting = self.jobs.count_waiting(&jobs_of(rule), now).await?;
                Ok(waiting as f64)
            }
            Metric::JobsDead => {
                let from = now.saturating_sub(span(rule));
                let dead = self.jobs.count_dead(&jobs_of(rule), from, now).await?;
                Ok(dead as f64)
            }
            metric => of_requests(metric, self.usage.window(&window(rule, now)).await?),
        }
    }
}

fn of_requests(metric: Metric, sums: WindowSums) -> Result<f64, Unmeasured> {
    let per_request = |number: i64| match sums.requests {
        ..=0 => Err(Unmeasured::NoRequests),
        requests => Ok(number as f64 / requests as f64),
    };
    match metric {
        Metric::ClientErrors => Ok(sums.client_errors as f64),
        Metric::ServerErrors => Ok(sums.server_errors as f64),
        Metric::Refusals => Ok(sums.refusals as f64),
        Metric::MeanMilliseconds => per_request(sums.milliseconds),
        Metric::ServerErrorPercent => per_request(sums.server_errors).map(|share| share * 100.0),
        // The other two are not about requests and do not come here.
        Metric::Requests | Metric::JobsDead | Metric::JobsWaiting => Ok(sums.requests as f64),
    }
}

fn span(rule: &Definition) -> i64 {
    i64::from(rule.window_minutes).saturating_mul(MINUTE)
}

/// Whole minutes, up to the last one whose sums are all written.
fn window(rule: &Definition, now: i64) -> UsageWindow {
    let to = now.saturating_sub(SETTLED).div_euclid(MINUTE) * MINUTE;
    UsageWindow {
        from: to.saturating_sub(span(rule)),
        to,
        route: rule.subject.clone(),
        organisation: rule.organisation,
    }
}

fn jobs_of(rule: &Definition) -> JobCount {
    JobCount {
        kind: rule.subject.clone(),
        organisation: rule.organisation,
    }
}

/// When an absence begins to mean something: until then nobody looked for a whole window.
pub fn absence_counts_from(rule: &Definition, changed_at: i64) -> i64 {
    changed_at.saturating_add(span(rule))
}
