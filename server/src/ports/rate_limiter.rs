//! How often somebody may do something.

use std::time::Duration;

use async_trait::async_trait;

/// Counts what was done, in this process or for several.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Takes one permit of the quota under this key, e.g. `login:203.0.113.7`.
    async fn take(&self, key: &str, quota: Quota) -> Permit;
}

/// So many permits in each period, given back evenly over it; all of them may be taken at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Permits in one period, at least 1.
    pub permits: u32,
    /// The period.
    pub period: Duration,
}

impl Quota {
    /// The one that allows less over time.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        let over = |quota: Self, period: Duration| u128::from(quota.permits) * period.as_nanos();
        if over(self, other.period) <= over(other, self.period) {
            self
        } else {
            other
        }
    }
}

/// What came of taking one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    /// Whether there was one.
    pub granted: bool,
    /// How many are left at once.
    pub remaining: u32,
    /// How long until the whole quota is there again.
    pub reset: Duration,
    /// How long to wait for the next one; zero when some are left.
    pub retry_after: Duration,
}
