//! The network as a [`Model`].

use super::{Network, Sequence, batch::Piece};
use crate::{
    Cancellation, Error, Result,
    generate::model::{Model, Reading},
};

/// Most tokens between two looks at the cancellation: enough for the products to be limited by
/// arithmetic.
const CHUNK: usize = 256;
/// Likewise while others write, who wait for the chunk to be read.
const SHARED_CHUNK: usize = 32;

impl Model for Network {
    fn context(&self) -> usize {
        self.config.context
    }

    fn begin(&self, cancellation: &Cancellation) -> Result<Box<dyn Reading + '_>> {
        cancellation.check()?;
        self.batch.enter();
        Ok(Box::new(NetworkReading {
            network: self,
            tokens: Vec::new(),
            cached: 0,
            sequence: self.sequence(),
            scores: Vec::new(),
        }))
    }
}

struct NetworkReading<'a> {
    network: &'a Network,
    /// What the sequence holds.
    tokens: Vec<u32>,
    /// How many of the first ones another sequence had.
    cached: usize,
    sequence: Sequence,
    scores: Vec<f32>,
}

impl NetworkReading<'_> {
    /// Reads tokens; scores are for each of the last `scored` of them.
    fn advance(
        &mut self,
        tokens: &[u32],
        scored: usize,
        cancellation: &Cancellation,
    ) -> Result<()> {
        let mut rest = tokens;
        while !rest.is_empty() {
            cancellation.check()?;
            let most = if self.network.batch.is_alone() {
                CHUNK
            } else {
                // Scores are of one pass.
                SHARED_CHUNK.max(scored)
            };
            let (chunk, others) = rest.split_at(most.min(rest.len()));
            rest = others;
            let piece = Piece {
                sequence: std::mem::replace(&mut self.sequence, self.network.sequence()),
                tokens: chunk.to_vec(),
                scored: if rest.is_empty() { scored } else { 0 },
            };
            (self.sequence, self.scores) = self.network.batch.run(self.network, piece)?;
            self.tokens.extend_from_slice(chunk);
        }
        Ok(())
    }

    /// Takes the beginning of a new sequence over, where another one had it too.
    fn recall(&mut self, tokens: &[u32]) {
        if let Some((sequence, length)) = self.network.remembered.recall(tokens) {
            self.sequence = sequence;
            self.tokens.extend_from_slice(&tokens[..length]);
            self.cached = length;
        }
    }
}

impl Reading for NetworkReading<'_> {
    fn read(
        &mut self,
        tokens: &[u32],
        draft: &[u32],
        choose: &mut dyn FnMut(&mut [f32]) -> Option<u32>,
        cancellation: &Cancellation,
    ) -> Result<()> {
        let vocabulary = self.network.vocabulary();
        let mut all = tokens.iter().chain(draft);
        if let Some(foreign) = all.find(|token| **token as usize >= vocabulary) {
            return Err(Error::backend(
                "gguf",
                format!("the token {foreign} has no weights; there are {vocabulary}"),
            ));
        }
        let mut unread = tokens;
        if self.tokens.is_empty() {
            self.recall(tokens);
            unread = &tokens[self.cached..];
        }
        if draft.is_empty() {
            self.advance(unread, 1, cancellation)?;
        } else {
            // The draft goes with the last token, so that the weights are read once for all.
            let (first, last) = unread.split_at(unread.len() - 1);
            self.advance(first, 0, cancellation)?;
            let last = [last, draft].concat();
            self.advance(&last, last.len(), cancellation)?;
        }
        let certain = self.tokens.len() - draft.len();
        let mut right = 0;
        for scores in self.scores.chunks_mut(vocabulary) {
            match choose(scores) {
                Some(token) if draft.get(right) == Some(&token) => right += 1,
                _ => break,
            }
        }
        self.tokens.truncate(certain + right);
        self.sequence.truncate(certain + right);
        Ok(())
    }

    fn cached(&self) -> usize {
        self.cached
    }
}

impl Drop for NetworkReading<'_> {
    fn drop(&mut self) {
        self.network.batch.leave();
        let tokens = std::mem::take(&mut self.tokens);
        let sequence = std::mem::replace(&mut self.sequence, self.network.sequence());
        // A pass that panicked took the sequence with it.
        if tokens.len() == sequence.length() {
            self.network.remembered.keep(tokens, sequence);
        }
    }
}
