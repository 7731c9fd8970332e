//! Sequences that are read at the same time go through the network together, so that the weights
//! are read once for all of them (continuous batching, Yu et al. 2022).
//!
//! There is no thread of its own for it. Who comes while nobody computes waits a moment for the
//! other sequences that are being written and then computes for all who wait; the others get
//! their part. What comes out does not depend on the company.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Network, Sequence, Span, Workspace};
use crate::{Error, Result};

/// How long to wait for others after a pass, as a share of its time, and at least: they choose
/// their tokens meanwhile. One that does something else costs the others no more than this.
const PATIENCE: u32 = 4;
const LEAST_PATIENCE: Duration = Duration::from_micros(300);
/// Most tokens of one pass, beyond which the rest waits for the next.
const MOST_TOKENS: usize = 256;

/// Brings sequences together.
#[derive(Default)]
pub(super) struct Batch {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Sequences that are being written.
    active: usize,
    computing: bool,
    /// When the last pass ended, and how long it took.
    last: Option<(Instant, Duration)>,
    /// In the order in which they came.
    waiting: Vec<(u64, Piece)>,
    done: HashMap<u64, Outcome>,
    /// Number of the next piece.
    next: u64,
    workspace: Workspace,
}

/// Tokens of a sequence to read, and for how many of the last ones scores are wanted.
pub(super) struct Piece {
    pub(super) sequence: Sequence,
    pub(super) tokens: Vec<u32>,
    pub(super) scored: usize,
}

/// The sequence after a pass, and its scores; `None` when the pass panicked.
type Outcome = Option<(Sequence, Vec<f32>)>;

impl Batch {
    /// Counts a sequence in; others will wait for it.
    pub(super) fn enter(&self) {
        self.lock().active += 1;
    }

    /// Counts a sequence out.
    pub(super) fn leave(&self) {
        self.lock().active -= 1;
        self.changed.notify_all();
    }

    /// Whether there is one sequence only.
    pub(super) fn is_alone(&self) -> bool {
        self.lock().active <= 1
    }

    /// Reads a piece, together with those of others that wait by then.
    ///
    /// # Errors
    /// [`Error::Backend`] when the pass panicked.
    pub(super) fn run(&self, network: &Network, piece: Piece) -> Result<(Sequence, Vec<f32>)> {
        let mut state = self.lock();
        let number = state.next;
        state.next += 1;
        state.waiting.push((number, piece));
        self.changed.notify_all();
        let came = Instant::now();
        loop {
            if let Some(outcome) = state.done.remove(&number) {
                return outcome.ok_or_else(|| Error::backend("network", "a pass panicked"));
            }
            if state.computing {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let patience = state.patience(came);
            if state.waiting.len() >= state.active || patience.is_zero() {
                state = self.compute(network, state);
            } else {
                let waited = self.changed.wait_timeout(state, patience);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }

    /// One pass for those who wait.
    fn compute<'a>(
        &'a self,
        network: &Network,
        mut state: MutexGuard<'a, State>,
    ) -> MutexGuard<'a, State> {
        let mut pieces = take(&mut state.waiting);
        let mut workspace = std::mem::take(&mut state.workspace);
        state.computing = true;
        drop(state);
        let began = Instant::now();
        let pass = AssertUnwindSafe(|| pass(network, &mut pieces, &mut workspace));
        let scores = catch_unwind(pass).ok();
        let mut state = self.lock();
        state.computing = false;
        state.last = Some((Instant::now(), began.elapsed()));
        if let Some(scores) = scores {
            state.workspace = workspace;
            let done = pieces.into_iter().zip(scores);
            let done =
                done.map(|((number, piece), scores)| (number, Some((piece.sequence, scores))));
            state.done.extend(done);
        } else {
            let failed = pieces.into_iter().map(|(number, _)| (number, None));
            state.done.extend(failed);
        }
        self.changed.notify_all();
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// How much longer a piece that came then waits for others.
    fn patience(&self, came: Instant) -> Duration {
        let (since, patience) = match self.last {
            Some((ended, took)) => (ended.max(came), LEAST_PATIENCE.max(took / PATIENCE)),
            None => (came, LEAST_PATIENCE),
        };
        patience.saturating_sub(since.elapsed())
    }
}

/// The first pieces, up to [`MOST_TOKENS`] tokens, at least one piece.
fn take(waiting: &mut Vec<(u64, Piece)>) -> Vec<(u64, Piece)> {
    let mut tokens = 0;
    let fitting = waiting.iter().take_while(|(_, piece)| {
        tokens += piece.tokens.len();
        tokens <= MOST_TOKENS
    });
    let count = fitting.count().max(1).min(waiting.len());
    waiting.drain(..count).collect()
}

/// Reads the pieces; gives the scores of each.
fn pass(
    network: &Network,
    pieces: &mut [(u64, Piece)],
    workspace: &mut Workspace,
) -> Vec<Vec<f32>> {
    let mut spans: Vec<Span<'_>> = pieces
        .iter_mut()
        .map(|(_, piece)| Span {
            sequence: &mut piece.sequence,
            tokens: &piece.tokens,
            scored: piece.scored,
        })
        .collect();
    let counts: Vec<usize> = spans
        .iter()
        .map(|span| span.scored.min(span.tokens.len()) * network.vocabulary())
        .collect();
    let mut scores: &[f32] = network.forward(&mut spans, workspace);
    let parts = counts.into_iter().map(|count| {
        let (own, others) = scores.split_at(count);
        scores = others;
        own.to_vec()
    });
    parts.collect()
}
