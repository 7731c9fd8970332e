//! The queue with an encoder that does as it is told.

use std::{
    thread::{self, Scope, ScopedJoinHandle},
    time::Instant,
};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::*;

const BUDGET: usize = 10;
const PLACES: usize = 4;
/// Long enough for a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

/// How a pass ends.
#[derive(Clone, Copy)]
enum End {
    Well,
    Failed,
    Panicked,
}

/// A queue whose passes tell what they got and wait to be told how to end.
struct Rig {
    queue: Queue,
    began: (Sender<Sequences>, Receiver<Sequences>),
    ends: (Sender<End>, Receiver<End>),
}

type Sequences = Vec<Vec<u32>>;
type Running<'scope> = ScopedJoinHandle<'scope, Result<Vec<Vector>>>;

impl Rig {
    fn new() -> Self {
        Self {
            queue: Queue::new(BUDGET, PLACES),
            began: unbounded(),
            ends: unbounded(),
        }
    }

    fn pass(&self, sequences: &[&[u32]]) -> Result<Vec<Vector>> {
        let got = sequences.iter().map(|sequence| sequence.to_vec()).collect();
        self.began.0.send(got).unwrap();
        match self.ends.1.recv_timeout(LIMIT).unwrap() {
            End::Well => Ok(sequences.iter().map(|sequence| vector(sequence)).collect()),
            End::Failed => Err(Error::backend("fake", "expected")),
            End::Panicked => panic!("expected"),
        }
    }

    fn run(&self, sequences: &[&[u32]], cancellation: &Cancellation) -> Result<Vec<Vector>> {
        let sequences = sequences.iter().map(|sequence| sequence.to_vec()).collect();
        let pass = |sequences: &[&[u32]]| self.pass(sequences);
        self.queue.run(sequences, cancellation, &pass)
    }

    /// A caller with one sequence, on a thread of its own.
    fn call<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        sequence: &'scope [u32],
        cancellation: &Cancellation,
    ) -> Running<'scope> {
        let cancellation = cancellation.clone();
        scope.spawn(move || self.run(&[sequence], &cancellation))
    }

    /// A caller that waits behind those who came before, all of them still waiting.
    fn queue_up<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        sequence: &'scope [u32],
        cancellation: &Cancellation,
    ) -> Running<'scope> {
        let before = self.queue.lock().waiting.len();
        let running = self.call(scope, sequence, cancellation);
        until(|| self.queue.lock().waiting.len() > before);
        running
    }

    /// What the pass got that runs now.
    fn next(&self) -> Sequences {
        self.began.1.recv_timeout(LIMIT).unwrap()
    }

    fn end(&self, end: End) {
        self.ends.0.send(end).unwrap();
    }

    /// Nothing is left behind.
    fn assert_empty(&self) {
        let state = self.queue.lock();
        assert!(state.waiting.is_empty() && state.done.is_empty() && !state.computing);
        assert!(self.began.1.is_empty() && self.ends.1.is_empty());
    }
}

fn vector(sequence: &[u32]) -> Vector {
    vec![sequence.iter().sum::<u32>() as f32, sequence.len() as f32]
}

fn until(reached: impl Fn() -> bool) {
    let started = Instant::now();
    while !reached() {
        assert!(started.elapsed() < LIMIT, "never reached");
        thread::sleep(Duration::from_millis(1));
    }
}

fn right(running: Running<'_>, sequence: &[u32]) {
    assert_eq!(running.join().unwrap().unwrap(), [vector(sequence)]);
}

fn cancelled(running: Running<'_>) {
    assert!(matches!(running.join().unwrap(), Err(Error::Cancelled)));
}

#[test]
fn who_comes_during_a_pass_goes_into_the_next_one_together() {
    let (rig, never) = (Rig::new(), Cancellation::new());
    thread::scope(|scope| {
        let first = rig.call(scope, &[1], &never);
        assert_eq!(rig.next(), [[1]]);
        let second = rig.queue_up(scope, &[2, 2], &never);
        let third = rig.queue_up(scope, &[3], &never);
        rig.end(End::Well);
        assert_eq!(rig.next(), [vec![2, 2], vec![3]]);
        rig.end(End::Well);
        right(first, &[1]);
        right(second, &[2, 2]);
        right(third, &[3]);
    });
    rig.assert_empty();
}

#[test]
fn a_pass_keeps_to_its_budget_and_small_portions_fill_it() {
    let (rig, never) = (Rig::new(), Cancellation::new());
    thread::scope(|scope| {
        let first = rig.call(scope, &[1], &never);
        rig.next();
        let long = rig.queue_up(scope, &[2; 8], &never);
        let longer = rig.queue_up(scope, &[3; 12], &never);
        let short = rig.queue_up(scope, &[4; 2], &never);
        rig.end(End::Well);
        assert_eq!(rig.next(), [vec![2; 8], vec![4; 2]]);
        rig.end(End::Well);
        assert_eq!(rig.next(), [vec![3; 12]], "over the budget, so alone");
        rig.end(End::Well);
        right(first, &[1]);
        right(long, &[2; 8]);
        right(longer, &[3; 12]);
        right(short, &[4; 2]);
    });
    rig.assert_empty();
}

#[test]
fn a_caller_with_many_portions_does_not_hold_up_one_with_few() {
    let (rig, never) = (Rig::new(), Cancellation::new());
    let portions: Vec<Vec<u32>> = (0..9).map(|number| vec![number; BUDGET]).collect();
    let other = vec![70; BUDGET];
    thread::scope(|scope| {
        let many = scope.spawn(|| {
            for portion in &portions {
                assert_eq!(rig.run(&[portion], &never).unwrap(), [vector(portion)]);
            }
        });
        assert_eq!(rig.next(), [portions[0].as_slice()]);
        let few = rig.queue_up(scope, &other, &never);
        rig.end(End::Well);
        assert_eq!(rig.next(), [other.as_slice()], "its turn comes next");
        rig.end(End::Well);
        right(few, &other);
        for portion in &portions[1..] {
            assert_eq!(rig.next(), [portion.as_slice()]);
            rig.end(End::Well);
        }
        many.join().unwrap();
    });
    rig.assert_empty();
}

#[test]
fn a_cancelled_caller_leaves_the_queue_at_once() {
    let (rig, never) = (Rig::new(), Cancellation::new());
    let cancellation = Cancellation::new();
    thread::scope(|scope| {
        let first = rig.call(scope, &[1], &never);
        rig.next();
        let leaving = rig.queue_up(scope, &[2], &cancellation);
        let staying = rig.queue_up(scope, &[3], &never);
        cancellation.cancel();
        // While the pass still runs.
        cancelled(leaving);
        rig.end(End::Well);
        assert_eq!(rig.next(), [[3]], "the cancelled text is not computed");
        rig.end(End::Well);
        right(first, &[1]);
        right(staying, &[3]);
    });
    rig.assert_empty();
}

#[test]
fn portions_of_cancelled_callers_are_not_computed_even_before_these_look() {
    let cancellation = Cancellation::new();
    let portion = |number| Portion {
        number,
        sequences: vec![vec![1]],
        tokens: 1,
        cancellation: if number == 0 {
            cancellation.clone()
        } else {
            Cancellation::new()
        },
    };
    let mut waiting = vec![portion(0), portion(1)];
    cancellation.cancel();
    let taken = take(&mut waiting, BUDGET);
    assert_eq!((taken.len(), taken[0].number), (1, 1));
    assert!(waiting.is_empty());
}

#[test]
fn a_cancelled_caller_leaves_a_running_pass_to_the_others() {
    let (rig, never) = (Rig::new(), Cancellation::new());
    let cancellation = Cancellation::new();
    thread::scope(|scope| {
        let first = rig.call(scope, &[1], &never);
        rig.next();
        let leaving = rig.queue_up(scope, &[2], &cancellation);
        let also = rig.queue_up(scope, &[3], &cancellation);
        let staying = rig.queue_up(scope, &[4], &never);
        rig.end(End::Well);
        assert_eq!(rig.next(), [[2], [3], [4]]);
        cancellation.cancel();
        // One of the two at least does not compute the pass.
        until(|| leaving.is_finished() || also.is_finished());
        rig.end(End::Well);
        cancelled(leaving);
        cancelled(also);
        right(first, &[1]);
        right(staying, &[4]);
    });
    rig.assert_empty();
}

#[test]
fn an_error_reaches_those_in_the_pass_and_nobody_else() {
    for end in [End::Failed, End::Panicked] {
        let (rig, never) = (Rig::new(), Cancellation::new());
        thread::scope(|scope| {
            let first = rig.call(scope, &[1], &never);
            rig.next();
            let failing = rig.queue_up(scope, &[2; 5], &never);
            let also = rig.queue_up(scope, &[3; 5], &never);
            let later = rig.queue_up(scope, &[4; 5], &never);
            rig.end(End::Well);
            rig.next();
            rig.end(end);
            assert_eq!(rig.next(), [[4; 5]]);
            rig.end(End::Well);
            right(first, &[1]);
            for failed in [failing, also] {
                let error = failed.join().unwrap().unwrap_err();
                let expected = match end {
                    End::Failed => "fake: expected",
                    _ => "embed: a pass panicked",
                };
                assert_eq!(error.to_string(), expected);
            }
            right(later, &[4; 5]);
        });
        rig.assert_empty();
    }
}

#[test]
fn a_pass_with_too_few_vectors_is_an_error() {
    let queue = Queue::new(BUDGET, PLACES);
    let outcome = queue.run(vec![vec![1]], &Cancellation::new(), &|_| Ok(Vec::new()));
    assert!(matches!(outcome, Err(Error::Backend { .. })));
}

#[test]
fn who_finds_no_place_waits_until_there_is_one_or_it_is_cancelled() {
    let (rig, never) = (Rig::new(), Cancellation::new());
    let cancellation = Cancellation::new();
    thread::scope(|scope| {
        let first = rig.call(scope, &[1], &never);
        rig.next();
        let queued: Vec<_> = (0..PLACES)
            .map(|_| rig.queue_up(scope, &[2], &never))
            .collect();
        let leaving = rig.call(scope, &[3], &cancellation);
        let staying = rig.call(scope, &[4], &never);
        thread::sleep(4 * LOOK);
        assert_eq!(rig.queue.lock().waiting.len(), PLACES);
        cancellation.cancel();
        cancelled(leaving);
        rig.end(End::Well);
        assert_eq!(rig.next(), [[2]; PLACES]);
        until(|| rig.queue.lock().waiting.len() == 1);
        rig.end(End::Well);
        assert_eq!(rig.next(), [[4]]);
        rig.end(End::Well);
        right(first, &[1]);
        for queued in queued {
            right(queued, &[2]);
        }
        right(staying, &[4]);
    });
    rig.assert_empty();
}

#[test]
fn hundreds_of_calls_each_get_their_own() {
    let queue = Queue::new(BUDGET, PLACES);
    let pass = |sequences: &[&[u32]]| {
        let tokens: usize = sequences.iter().map(|sequence| sequence.len()).sum();
        assert!(tokens <= BUDGET || sequences.len() == 1);
        Ok(sequences.iter().map(|sequence| vector(sequence)).collect())
    };
    thread::scope(|scope| {
        for caller in 0..12_u32 {
            let (queue, pass) = (&queue, &pass);
            scope.spawn(move || {
                for call in 0..300 {
                    let sequence = vec![caller * 1_000 + call; 1 + (caller + call) as usize % 7];
                    let cancellation = Cancellation::new();
                    if call % 5 == 4 {
                        cancellation.cancel();
                    }
                    match queue.run(vec![sequence.clone()], &cancellation, pass) {
                        Ok(found) => assert_eq!(found, [vector(&sequence)]),
                        Err(error) => assert!(matches!(error, Error::Cancelled)),
                    }
                }
            });
        }
    });
    assert!(queue.lock().done.is_empty());
}
