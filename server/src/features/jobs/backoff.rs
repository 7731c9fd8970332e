//! How long to wait before a failed job is tried again.

use std::time::Duration;

use crate::ports::Randomness;

/// Wait after the first failure; each further one doubles it.
const FIRST: Duration = Duration::from_secs(5);
/// Longest wait.
const LONGEST: Duration = Duration::from_hours(1);

/// The wait after this many attempts, from 1. Between a half and the whole of it is up to chance,
/// so that jobs that failed together, because a mail server was away, do not all come back together.
pub fn wait(attempts: u32, randomness: &dyn Randomness) -> Duration {
    let doublings = attempts.saturating_sub(1).min(20);
    let whole = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let mut bytes = [0; 4];
    randomness.fill(&mut bytes);
    let share = f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX);
    whole.mul_f64(0.5 + share / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::SeededRandomness;

    #[test]
    fn waits_double_up_to_an_hour_and_differ() {
        let chance = SeededRandomness::default();
        for (attempts, whole) in [
            (1, 5.0),
            (2, 10.0),
            (5, 80.0),
            (12, 3600.0),
            (u32::MAX, 3600.0),
        ] {
            let waits = [(); 20].map(|()| wait(attempts, &chance).as_secs_f64());
            assert!(
                waits
                    .iter()
                    .all(|wait| (whole / 2.0..=whole).contains(wait)),
                "{attempts}: {waits:?}"
            );
            assert!(
                waits.iter().any(|wait| (wait - waits[0]).abs() > 0.01),
                "{waits:?}"
            );
        }
    }
}
