//! Sequences that were read lately. Chats send their whole history with every question, and
//! prompts begin with the same instructions: what a new sequence shares with an old one is not
//! read again.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::Sequence;
use crate::kernel::PANEL;

/// Most bytes of keys and values that are kept for later.
const MOST_BYTES: usize = 64 << 20;
/// A shorter beginning is not worth looking for.
const FEWEST_TOKENS: usize = PANEL;

/// Sequences with their tokens, the latest first.
#[derive(Default)]
pub(super) struct Remembered(Mutex<VecDeque<Kept>>);

struct Kept {
    tokens: Vec<u32>,
    sequence: Sequence,
}

impl Remembered {
    /// The longest beginning of the tokens that was read before, and how many they are: never all
    /// of them, since the last one's scores are wanted.
    pub(super) fn recall(&self, tokens: &[u32]) -> Option<(Sequence, usize)> {
        let wanted = &tokens[..tokens.len().saturating_sub(1)];
        let kept = self.kept();
        let (kept, shared) = kept
            .iter()
            .map(|kept| (kept, shared(&kept.tokens, wanted)))
            .max_by_key(|(_, shared)| *shared)?;
        if shared < FEWEST_TOKENS {
            return None;
        }
        let mut sequence = kept.sequence.clone();
        sequence.truncate(shared);
        Some((sequence, shared))
    }

    /// Keeps a sequence in place of those that it continues, and of the oldest ones where there
    /// are too many.
    pub(super) fn keep(&self, tokens: Vec<u32>, sequence: Sequence) {
        if tokens.len() < FEWEST_TOKENS || sequence.bytes() > MOST_BYTES {
            return;
        }
        let mut kept = self.kept();
        kept.retain(|kept| !tokens.starts_with(&kept.tokens));
        kept.push_front(Kept { tokens, sequence });
        let mut bytes = 0;
        let room = kept.iter().take_while(|kept| {
            bytes += kept.sequence.bytes();
            bytes <= MOST_BYTES
        });
        let room = room.count();
        kept.truncate(room);
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Length of the common beginning.
fn shared(one: &[u32], other: &[u32]) -> usize {
    let pairs = one.iter().zip(other);
    pairs.take_while(|(one, other)| one == other).count()
}
