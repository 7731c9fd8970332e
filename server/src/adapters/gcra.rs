//! The arithmetic of the rate limiters, in whole microseconds.
//!
//! GCRA, the generic cell rate algorithm (ITU-T I.371): per key one number, the time at which the quota will be
//! whole again. Each permit moves it on by `period / permits`, and may do so while it stays within
//! one period from now. That is a bucket that fills evenly, without anything that has to fill it.

use std::time::Duration;

use crate::ports::{Permit, Quota};

/// The longest period, over a century: in Redis, numbers are exact up to 2^53 only.
const LONGEST: u64 = 1 << 52;

/// A quota as the algorithm sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    /// What one permit costs, rounded up so that no more are granted than the quota says.
    pub interval: u64,
    /// What may be used at once.
    pub burst: u64,
}

/// What came of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Whether a permit was granted.
    pub granted: bool,
    /// How far from now the quota is whole again, the permit included.
    pub used: u64,
}

impl From<Quota> for Rate {
    fn from(quota: Quota) -> Self {
        let permits = u64::from(quota.permits.max(1));
        let period = u64::try_from(quota.period.as_micros()).unwrap_or(LONGEST);
        let period = period.min(LONGEST);
        let interval = period.div_ceil(permits).max(1);
        Self {
            interval,
            burst: interval.saturating_mul(permits),
        }
    }
}

impl Rate {
    /// Takes a permit at `now`; `whole` is when the quota is whole again, 0 for a key never seen.
    /// The script of the Redis limiter does the same.
    pub(super) fn take(self, whole: u64, now: u64) -> Verdict {
        // More than a burst ahead is possible only when the clock or the quota was changed.
        let used = whole.saturating_sub(now).min(self.burst);
        let granted = used + self.interval <= self.burst;
        Verdict {
            granted,
            used: if granted { used + self.interval } else { used },
        }
    }

    /// What to tell the one who asked.
    pub(super) fn permit(self, verdict: Verdict) -> Permit {
        let remaining = self.burst.saturating_sub(verdict.used) / self.interval;
        let wait = match remaining {
            0 => (verdict.used + self.interval).saturating_sub(self.burst),
            _ => 0,
        };
        Permit {
            granted: verdict.granted,
            remaining: u32::try_from(remaining).unwrap_or(u32::MAX),
            reset: Duration::from_micros(verdict.used),
            retry_after: Duration::from_micros(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    fn rate(permits: u32, seconds: u64) -> Rate {
        let period = Duration::from_secs(seconds);
        Quota { permits, period }.into()
    }

    #[test]
    fn the_quota_may_be_taken_at_once_and_comes_back_evenly() {
        let (rate, now) = (rate(3, 60), 1_000 * SECOND);
        let mut whole = 0;
        for remaining in [2, 1, 0] {
            let verdict = rate.take(whole, now);
            whole = now + verdict.used;
            let permit = rate.permit(verdict);
            assert!(permit.granted);
            assert_eq!(permit.remaining, remaining);
        }
        let refused = rate.permit(rate.take(whole, now));
        assert!(!refused.granted);
        assert_eq!(refused.retry_after, Duration::from_secs(20));
        assert_eq!(refused.reset, Duration::from_mins(1));
        assert!(!rate.take(whole, now + 20 * SECOND - 1).granted);
        assert!(rate.take(whole, now + 20 * SECOND).granted);
        let later = rate.permit(rate.take(whole, now + 60 * SECOND));
        assert_eq!((later.granted, later.remaining), (true, 2));
    }

    #[test]
    fn no_window_sees_more_than_a_burst_and_what_came_back() {
        for (permits, seconds) in [(1, 1), (3, 60), (7, 1), (1000, 3600)] {
            let rate = rate(permits, seconds);
            let (mut whole, mut now, start, mut granted) = (0, SECOND, SECOND, 0u64);
            let step = rate.interval / 3 + 1;
            for _ in 0..20_000 {
                let verdict = rate.take(whole, now);
                if verdict.granted {
                    whole = now + verdict.used;
                    granted += 1;
                }
                let most = u64::from(permits) + (now - start) / rate.interval;
                assert!(granted <= most, "{granted} of {most}");
                now += step;
            }
            assert!(
                granted > 6000,
                "{granted}: steady use gets a permit an interval"
            );
        }
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out_for_long() {
        let rate = rate(3, 60);
        let verdict = rate.take(5000 * SECOND, 1000 * SECOND);
        let permit = rate.permit(verdict);
        assert_eq!(permit.retry_after, Duration::from_secs(20));
    }

    #[test]
    fn absurd_quotas_do_not_overflow() {
        for (permits, period) in [(0, 0), (u32::MAX, 1), (1, 1 << 40), (u32::MAX, 1 << 40)] {
            let period = Duration::from_secs(period);
            let rate = Rate::from(Quota { permits, period });
            assert!(rate.permit(rate.take(0, SECOND)).granted, "{rate:?}");
        }
    }
}
