//! Against guessing: failed logins are counted before the password is even looked at.
//!
//! Two counts for each address that somebody tries to log in as, whether or not it has an
//! account: one with the prefix of the client's network address, which locks that prefix out for
//! a while that grows; one over all of them, against guessing from many addresses, which makes
//! unknown devices prove themselves by a mailed link. Sessions that live are never touched.

use std::{net::IpAddr, time::Duration};

use axum::http::StatusCode;

use super::store;
use crate::{
    entity::login_guard,
    foundation::{Foundation, MINUTE},
    http::{ClientAddress, Fault},
    secrets::Purpose,
};

/// Failures from one prefix within [`WINDOW`] that lock it out.
const FAILURES: i32 = 5;
const WINDOW: i64 = 5 * MINUTE;
/// The first lockout; each further one lasts twice as long, up to [`LONGEST`].
const LOCKOUT: i64 = 15 * MINUTE;
const LONGEST: i64 = 24 * 60 * MINUTE;
/// Failures from everywhere within [`WIDE_WINDOW`] that make unknown devices prove themselves.
const WIDE_FAILURES: i32 = 50;
const WIDE_WINDOW: i64 = 60 * MINUTE;

/// Counts failed logins.
#[derive(Clone)]
pub struct LoginGuard {
    foundation: Foundation,
}

/// An attempt that was counted as failed until it succeeds.
pub struct Attempt {
    narrow: Vec<u8>,
    wide: Vec<u8>,
    /// Whether so many failed that an unknown device must prove itself.
    pub besieged: bool,
    /// Whether it is with this one, if it fails, that there are so many.
    pub siege_begins: bool,
}

impl LoginGuard {
    /// Counts in the rows of the foundation.
    pub fn new(foundation: Foundation) -> Self {
        Self { foundation }
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// 429 while the prefix is locked out.
    pub async fn admit(&self, email_key: &str, address: IpAddr) -> Result<Attempt, Fault> {
        let prefix = ClientAddress(address).prefix().to_string();
        let narrow = self.key(&[email_key.as_bytes(), prefix.as_bytes()]);
        let wide = self.key(&[email_key.as_bytes()]);
        let now = self.foundation.now();
        // A look without a lock first: whoever is locked out costs no write.
        let reader = self.foundation.database.reader();
        if let Some(row) = store::find_guard(reader, &narrow).await? {
            check(&row, now)?;
        }
        let transaction = self.foundation.database.begin().await?;
        let mut row = store::take_guard(&transaction, &narrow, now).await?;
        check(&row, now)?;
        count(&mut row, now, WINDOW);
        // As many as may fail are being looked at; which of them are good is not known yet.
        if row.failures > FAILURES {
            return Err(busy());
        }
        store::update_guard(&transaction, row).await?;
        let mut all = store::take_guard(&transaction, &wide, now).await?;
        let besieged = now - all.window_at <= WIDE_WINDOW && all.failures >= WIDE_FAILURES;
        count(&mut all, now, WIDE_WINDOW);
        let siege_begins = !besieged && all.failures == WIDE_FAILURES;
        store::update_guard(&transaction, all).await?;
        transaction.commit().await?;
        Ok(Attempt {
            narrow,
            wide,
            besieged,
            siege_begins,
        })
    }

    /// The attempt failed. Gives the minutes for which it locks the prefix out, if it does.
    pub async fn failed(&self, attempt: &Attempt) -> Result<Option<u32>, Fault> {
        let now = self.foundation.now();
        let transaction = self.foundation.database.begin().await?;
        let mut row = store::take_guard(&transaction, &attempt.narrow, now).await?;
        let locks_for = lock_out(&mut row, now);
        store::update_guard(&transaction, row).await?;
        transaction.commit().await?;
        Ok(locks_for)
    }

    /// Takes back that an attempt failed. A good login clears what was counted for its prefix, and
    /// only itself from the count of all: else an owner who logs in would help whoever guesses.
    pub async fn succeeded(&self, attempt: &Attempt) -> Result<(), Fault> {
        let now = self.foundation.now();
        let transaction = self.foundation.database.begin().await?;
        let mut row = store::take_guard(&transaction, &attempt.narrow, now).await?;
        row.failures = 0;
        row.strikes = 0;
        row.locked_until = 0;
        store::update_guard(&transaction, row).await?;
        let mut all = store::take_guard(&transaction, &attempt.wide, now).await?;
        all.failures = (all.failures - 1).max(0);
        store::update_guard(&transaction, all).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The attempt was no guess: it counts no longer, while those before it do.
    pub async fn take_back(&self, attempt: &Attempt) -> Result<(), Fault> {
        let now = self.foundation.now();
        let transaction = self.foundation.database.begin().await?;
        for key in [&attempt.narrow, &attempt.wide] {
            let mut row = store::take_guard(&transaction, key, now).await?;
            row.failures = (row.failures - 1).max(0);
            store::update_guard(&transaction, row).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    fn key(&self, inputs: &[&[u8]]) -> Vec<u8> {
        self.foundation
            .secret
            .derive(Purpose::LoginGuard, inputs)
            .to_vec()
    }
}

fn count(row: &mut login_guard::Model, now: i64, window: i64) {
    if now - row.window_at > window {
        row.window_at = now;
        row.failures = 0;
    }
    row.failures += 1;
    row.updated_at = now;
}

/// Locks the prefix out after so many failures; tells for how many minutes.
fn lock_out(row: &mut login_guard::Model, now: i64) -> Option<u32> {
    if row.failures < FAILURES {
        return None;
    }
    let doubled = LOCKOUT.saturating_mul(1 << row.strikes.clamp(0, 10));
    let lockout = doubled.min(LONGEST);
    row.locked_until = now + lockout;
    row.strikes += 1;
    row.failures = 0;
    u32::try_from(lockout / MINUTE).ok()
}

fn busy() -> Fault {
    let message = "several logins from your address are being checked; try again in a moment";
    let mut fault = Fault::new(StatusCode::TOO_MANY_REQUESTS, "logins_pending", message);
    fault.retry_after = Some(Duration::from_secs(2));
    fault
}

fn check(row: &login_guard::Model, now: i64) -> Result<(), Fault> {
    if row.locked_until <= now {
        return Ok(());
    }
    let wait = u64::try_from(row.locked_until - now).unwrap_or(0);
    let wait = Duration::from_millis(wait);
    let minutes = wait.as_secs().div_ceil(60);
    let message = format!(
        "too many logins failed from your address; try again in {minutes} minutes, or set a new password by mail"
    );
    let mut fault = Fault::new(StatusCode::TOO_MANY_REQUESTS, "locked_out", message);
    fault.retry_after = Some(wait);
    Err(fault)
}
