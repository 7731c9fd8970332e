//! The queue as gauges: how many jobs, and how late the oldest one is.

use std::collections::HashSet;

use metrics::gauge;
use sea_orm::ActiveEnum;

use super::store::Depth;
use crate::entity::job::JobState;

/// Sets the gauges; remembers which it has set, so that those of a queue that ran empty become zero.
#[derive(Debug, Default)]
pub struct Gauges {
    kinds: HashSet<String>,
}

/// The states that are shown.
const SHOWN: [JobState; 3] = [JobState::Waiting, JobState::Running, JobState::Dead];

impl Gauges {
    /// Shows these depths.
    pub fn show(&mut self, depths: &[Depth], now: i64) {
        self.kinds
            .extend(depths.iter().map(|depth| depth.kind.clone()));
        for kind in &self.kinds {
            for state in SHOWN {
                let depth = depths
                    .iter()
                    .find(|depth| depth.kind == *kind && depth.state == state);
                show(kind, state, depth, now);
            }
        }
    }
}

fn show(kind: &str, state: JobState, depth: Option<&Depth>, now: i64) {
    let jobs = depth.map_or(0, |depth| depth.jobs);
    let labels = [("kind", kind.to_owned()), ("state", state.to_value())];
    gauge!("locutor_jobs", &labels).set(jobs as f64);
    if state == JobState::Waiting {
        let late = depth.map_or(0, |depth| now.saturating_sub(depth.oldest_due_at).max(0));
        gauge!("locutor_jobs_oldest_seconds", &labels[..1]).set(late as f64 / 1000.0);
    }
}
