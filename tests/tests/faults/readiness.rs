//! What `/health/ready` says while something is done to the server.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};
use locutor_tests::Server;

/// Time between two questions.
const RHYTHM: Duration = Duration::from_millis(200);

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// When it was asked.
    pub asked: Instant,
    /// When it was answered.
    pub answered: Instant,
    /// Status; 0 when the connection broke.
    pub status: u16,
    /// What it says about the database.
    pub database: String,
    /// What it says about Redis.
    pub redis: String,
}

/// Asks for as long as `work` goes on.
///
/// # Errors
/// Those of `work`.
pub fn during<T>(server: &Server, work: impl FnOnce() -> Result<T>) -> Result<(T, Vec<Answer>)> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut answers = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                answers.push(ask(server));
                thread::sleep(RHYTHM);
            }
            answers
        });
        let outcome = work();
        stop.store(true, Ordering::Relaxed);
        let answers = asking.join().map_err(|_| anyhow!("the asking panicked"))?;
        Ok((outcome?, answers))
    })
}

/// Those that came between the two moments, whenever they were asked for.
pub fn between(answers: &[Answer], from: Instant, to: Instant) -> Vec<&Answer> {
    let inside = |answer: &&Answer| (from..to).contains(&answer.answered);
    answers.iter().filter(inside).collect()
}

/// Asks once.
pub fn ask(server: &Server) -> Answer {
    let asked = Instant::now();
    let reply = server.request_as(None, "GET", "/health/ready", "", Vec::new());
    let answered = Instant::now();
    let status = reply.as_ref().map_or(0, |reply| reply.status);
    let body = reply.and_then(|reply| reply.json()).unwrap_or_default();
    let field = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    Answer {
        asked,
        answered,
        status,
        database: field("database"),
        redis: field("redis"),
    }
}
