//! Texts of several callers go through the encoder together.
//!
//! A caller puts in a portion of its texts -> whoever finds no pass running takes as many portions
//! as fit into one pass, computes it and leaves everybody's vectors -> the others find theirs.
//! There is no thread of its own for it, as for the sequences that a language model writes.
//!
//! A caller has one portion here at a time and comes to the end of the queue with its next, so one
//! with thousands of texts lets every other in between. A caller that is cancelled takes its
//! portion out, or leaves the pass to the others. What comes out does not depend on the company,
//! and since nothing is padded there is nothing to gain from sorting by length.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{Cancellation, Error, Result};

/// How often a caller that waits looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(10);

/// Where callers meet. It holds at most `places` portions, and the vectors of as many callers as
/// have not yet come for theirs; whoever finds no place waits for one.
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    /// Most tokens of a pass, unless its first portion alone has more.
    budget: usize,
    places: usize,
}

#[derive(Default)]
struct State {
    computing: bool,
    /// In the order in which they came.
    waiting: Vec<Portion>,
    done: HashMap<u64, Result<Vec<Vector>>>,
    /// Number of the next portion.
    next: u64,
}

/// What goes through the encoder at once for one caller.
struct Portion {
    number: u64,
    sequences: Vec<Vec<u32>>,
    tokens: usize,
    cancellation: Cancellation,
}

/// The vector of a sequence.
type Vector = Vec<f32>;

/// Gives one vector for each sequence.
pub(super) type Pass<'a> = &'a dyn Fn(&[&[u32]]) -> Result<Vec<Vector>>;

impl Queue {
    pub(super) fn new(budget: usize, places: usize) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            budget,
            places: places.max(1),
        }
    }

    /// The vectors of the sequences, computed by `pass` on this thread or on another caller's.
    ///
    /// # Errors
    /// [`Error::Cancelled`] within [`LOOK`], or after the pass that this very thread computes; the
    /// error of the pass, or [`Error::Backend`] when it panicked.
    pub(super) fn run(
        &self,
        sequences: Vec<Vec<u32>>,
        cancellation: &Cancellation,
        pass: Pass<'_>,
    ) -> Result<Vec<Vector>> {
        let (number, mut state) = self.enter(sequences, cancellation)?;
        loop {
            if let Some(outcome) = state.done.remove(&number) {
                return outcome;
            }
            if cancellation.is_cancelled() {
                state.waiting.retain(|portion| portion.number != number);
                self.changed.notify_all();
                return Err(Error::Cancelled);
            }
            state = if state.computing {
                self.wait(state)
            } else {
                self.compute(state, pass)
            };
        }
    }

    /// Takes a place, and gives the number that goes with it.
    fn enter(
        &self,
        sequences: Vec<Vec<u32>>,
        cancellation: &Cancellation,
    ) -> Result<(u64, MutexGuard<'_, State>)> {
        let mut state = self.lock();
        while state.waiting.len() >= self.places {
            cancellation.check()?;
            state = self.wait(state);
        }
        let number = state.next;
        state.next += 1;
        state.waiting.push(Portion {
            number,
            tokens: sequences.iter().map(Vec::len).sum(),
            sequences,
            cancellation: cancellation.clone(),
        });
        Ok((number, state))
    }

    /// One pass for those who wait.
    fn compute<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        pass: Pass<'_>,
    ) -> MutexGuard<'a, State> {
        let portions = take(&mut state.waiting, self.budget);
        if portions.is_empty() {
            return state;
        }
        state.computing = true;
        drop(state);
        let outcome = vectors(&portions, pass);
        let mut state = self.lock();
        state.computing = false;
        for (portion, outcome) in shared_out(&portions, outcome) {
            // Whoever was cancelled does not come for it any more.
            if !portion.cancellation.is_cancelled() {
                state.done.insert(portion.number, outcome);
            }
        }
        self.changed.notify_all();
        state
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_timeout(state, LOOK);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Nothing panics while the lock is held, so poisoning carries no news.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first portion and all later ones that fit beside it. Nobody waits for ever: each pass takes
/// the first. Portions that nobody wants any more are dropped.
fn take(waiting: &mut Vec<Portion>, budget: usize) -> Vec<Portion> {
    waiting.retain(|portion| !portion.cancellation.is_cancelled());
    let mut tokens = 0;
    let (taken, left) = std::mem::take(waiting).into_iter().partition(|portion| {
        let fits = tokens == 0 || tokens + portion.tokens <= budget;
        tokens += if fits { portion.tokens } else { 0 };
        fits
    });
    *waiting = left;
    taken
}

/// The vectors of all sequences of the portions.
fn vectors(portions: &[Portion], pass: Pass<'_>) -> Result<Vec<Vector>> {
    let sequences = portions.iter().flat_map(|portion| &portion.sequences);
    let sequences: Vec<&[u32]> = sequences.map(Vec::as_slice).collect();
    let vectors = catch_unwind(AssertUnwindSafe(|| pass(&sequences)))
        .unwrap_or_else(|_| Err(Error::backend("embed", "a pass panicked")))?;
    if vectors.len() == sequences.len() {
        Ok(vectors)
    } else {
        let message = format!("{} vectors of {} texts", vectors.len(), sequences.len());
        Err(Error::backend("embed", message))
    }
}

/// Each portion with its part; an error is everybody's.
fn shared_out(
    portions: &[Portion],
    outcome: Result<Vec<Vector>>,
) -> impl Iterator<Item = (&Portion, Result<Vec<Vector>>)> {
    let mut outcome = outcome.map(Vec::into_iter);
    portions.iter().map(move |portion| {
        let part = match &mut outcome {
            Ok(vectors) => Ok(vectors.take(portion.sequences.len()).collect()),
            Err(error) => Err(repeated(error)),
        };
        (portion, part)
    })
}

/// The error once more.
fn repeated(error: &Error) -> Error {
    match error {
        Error::Backend { backend, message } => Error::Backend {
            backend,
            message: message.clone(),
        },
        other => Error::backend("embed", other),
    }
}

#[cfg(test)]
mod tests;
