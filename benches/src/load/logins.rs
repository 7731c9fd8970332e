//! Logins per second against argon2 alone: what a login should cost is its password.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use argon2::{Algorithm, Argon2, Params, Version};

use super::{
    subject::Subject,
    wrk::{Question, Wrk},
};
use crate::comparison::median;

/// The server's parameters: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Keeps two processors busy. No more: the server counts an attempt until its password was found right,
/// and locks an address out of an account after five.
const CONNECTIONS: usize = 4;

/// Both rates, each pair measured one after the other.
#[derive(Debug, Clone)]
pub struct Logins {
    /// Logins per second.
    pub logins: Vec<f64>,
    /// Computations of argon2id per second, on as many threads as there are processors.
    pub argon2: Vec<f64>,
}

impl Logins {
    /// The median over pairs of logins by computations.
    pub fn ratio(&self) -> f64 {
        let pairs = self.logins.iter().zip(&self.argon2);
        median(
            &pairs
                .map(|(logins, argon2)| logins / argon2)
                .collect::<Vec<_>>(),
        )
    }
}

/// Measures both in turns.
///
/// # Errors
/// When a login is refused.
pub fn measure(wrk: &Wrk, subject: &Subject, rounds: usize, time: Duration) -> Result<Logins> {
    let login = Question {
        url: subject.login_url(),
        authorization: None,
        body: Some(subject.credentials()),
    };
    let mut found = Logins {
        logins: Vec::new(),
        argon2: Vec::new(),
    };
    for _ in 0..rounds {
        // The logins that the end of the run before cut off count as failed until a good one.
        subject.log_in()?;
        found.argon2.push(argon2_rate(time)?);
        found
            .logins
            .push(wrk.run_cleanly(&login, CONNECTIONS, time)?.rate);
    }
    Ok(found)
}

fn argon2_rate(time: Duration) -> Result<f64> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let started = Instant::now();
    let counts = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| compute(time)))
            .collect();
        let joined = workers
            .into_iter()
            .map(|worker| worker.join().ok().context("a thread panicked")?);
        joined.collect::<Result<Vec<_>>>()
    })?;
    Ok(counts.iter().sum::<u32>() as f64 / started.elapsed().as_secs_f64())
}

fn compute(time: Duration) -> Result<u32> {
    let failed = |error: argon2::Error| anyhow::anyhow!("argon2: {error}");
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(failed)?;
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let started = Instant::now();
    let mut computed = 0_u32;
    let mut output = [0; 32];
    while started.elapsed() < time {
        let salt = computed.to_le_bytes().repeat(4);
        hasher
            .hash_password_into(b"plum harbour quiet lantern", &salt, &mut output)
            .map_err(failed)?;
        computed += 1;
    }
    Ok(computed)
}
