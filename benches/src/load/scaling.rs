//! Rate, latency and memory by the number of connections.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};

use anyhow::Result;

use super::{
    Route,
    rates::asked,
    subject::Subject,
    wrk::{Outcome, Question, Wrk},
};

/// How many connections ask at the same time.
pub const CONNECTIONS: [usize; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/// How often the memory is read.
const LOOK: Duration = Duration::from_millis(100);

/// One route, from few connections to many.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Whose.
    pub name: String,
    /// One for each of [`CONNECTIONS`].
    pub points: Vec<Point>,
}

/// What was measured with so many connections.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// How many.
    pub connections: usize,
    /// Rate and latency.
    pub outcome: Outcome,
    /// Most memory of the server meanwhile, in bytes; 0 of the bare one.
    pub memory: u64,
}

/// Measures all routes, and first the bare server with the body of the first.
///
/// # Errors
/// When `wrk` fails or the server is gone.
pub fn measure(
    wrk: &Wrk,
    subject: &Subject,
    routes: &[Route],
    time: Duration,
) -> Result<Vec<Curve>> {
    let bare = routes.first().map(|route| {
        (
            "bare axum".to_owned(),
            Question::get(&route.bare, None),
            None,
        )
    });
    let ours = routes
        .iter()
        .map(|route| (route.name.to_owned(), asked(route), Some(subject)));
    let mut curves: Vec<Curve> = Vec::new();
    for (name, question, subject) in bare.into_iter().chain(ours) {
        let points =
            CONNECTIONS.map(|connections| point(wrk, subject, &question, (connections, time)));
        curves.push(Curve {
            name,
            points: points.into_iter().collect::<Result<_>>()?,
        });
    }
    Ok(curves)
}

fn point(
    wrk: &Wrk,
    subject: Option<&Subject>,
    question: &Question,
    (connections, time): (usize, Duration),
) -> Result<Point> {
    let (most, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let outcome = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let memory = subject.map_or(0, |subject| subject.memory().unwrap_or(0));
                most.fetch_max(memory, Ordering::Relaxed);
                thread::sleep(LOOK);
            }
        });
        let outcome = wrk.run(question, connections, time);
        over.store(true, Ordering::Relaxed);
        outcome
    })?;
    Ok(Point {
        connections,
        outcome,
        memory: most.into_inner(),
    })
}
