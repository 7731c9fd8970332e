//! A rhythm in which a job is queued again and again.

use croner::{Cron, errors::CronError};
use jiff::{Timestamp, tz::TimeZone};

/// A job that comes back.
#[derive(Debug, Clone)]
pub struct Schedule {
    name: &'static str,
    kind: &'static str,
    cron: Cron,
    text: &'static str,
}

impl Schedule {
    /// The rhythm is a cron expression of five fields (minute, hour, day of the month, month, day
    /// of the week) in UTC.
    ///
    /// # Errors
    /// When it is no such expression.
    pub fn new(
        name: &'static str,
        cron: &'static str,
        kind: &'static str,
    ) -> Result<Self, CronError> {
        Ok(Self {
            name,
            kind,
            cron: cron.parse()?,
            text: cron,
        })
    }

    /// Identifies it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The kind of job.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The cron expression.
    pub fn cron(&self) -> &'static str {
        self.text
    }

    /// The first time after this one.
    ///
    /// # Errors
    /// When there is none, as on a 30th of February.
    pub fn next(&self, after: Timestamp) -> Result<Timestamp, CronError> {
        let after = after.to_zoned(TimeZone::UTC);
        Ok(self.cron.find_next_occurrence(&after, false)?.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_time_lies_after_the_given_one() {
        let schedule = Schedule::new("nightly", "30 3 * * *", "x").unwrap();
        let next = |text: &str| schedule.next(text.parse().unwrap()).unwrap().to_string();
        assert_eq!(next("2026-02-28T03:29:59.9Z"), "2026-02-28T03:30:00Z");
        assert_eq!(next("2026-02-28T03:30:00Z"), "2026-03-01T03:30:00Z");
        assert_eq!(next("2026-12-31T12:00:00Z"), "2027-01-01T03:30:00Z");
        assert!(Schedule::new("wrong", "61 * * * *", "x").is_err());
        let never = Schedule::new("never", "0 0 30 2 *", "x").unwrap();
        assert!(never.next(Timestamp::UNIX_EPOCH).is_err());
    }
}
