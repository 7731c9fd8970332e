//! How long after they were spoken words are told.

use serde::{Deserialize, Serialize};

/// Seconds of a bucket.
const BUCKET: f64 = 0.05;
/// Buckets, of which the last holds all that is longer: half a minute.
const BUCKETS: usize = 600;

/// What half of the delays and what 95 of a hundred do not exceed, in seconds to within 50 ms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Delays {
    /// Of half of them.
    pub median: f64,
    /// Of 95 of a hundred.
    pub p95: f64,
}

/// Counts of delays, 2.4 kB however many there are.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    counts: Vec<u32>,
    total: u32,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; BUCKETS],
            total: 0,
        }
    }
}

impl Histogram {
    pub(super) fn add(&mut self, seconds: f64) {
        let bucket = (seconds.max(0.0) / BUCKET) as usize;
        let count = &mut self.counts[bucket.min(BUCKETS - 1)];
        *count = count.saturating_add(1);
        self.total = self.total.saturating_add(1);
    }

    /// `None` without any.
    pub(super) fn delays(&self) -> Option<Delays> {
        (self.total > 0).then(|| Delays {
            median: self.percentile(50),
            p95: self.percentile(95),
        })
    }

    fn percentile(&self, percent: u64) -> f64 {
        let wanted = (u64::from(self.total) * percent).div_ceil(100);
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= wanted
        });
        (found.unwrap_or(BUCKETS - 1) + 1) as f64 * BUCKET
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_told_to_within_a_bucket() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.delays(), None);
        for hundredth in 0..100 {
            histogram.add(f64::from(hundredth) / 100.0);
        }
        let delays = histogram.delays().unwrap();
        assert!((delays.median - 0.5).abs() < 0.051 && (delays.p95 - 0.95).abs() < 0.051);
        histogram.add(1e9);
        histogram.add(-1.0);
        assert!(histogram.delays().unwrap().p95 < 1.1);
    }
}
