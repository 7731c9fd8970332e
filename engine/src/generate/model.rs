//! A network behind one seam, however it is run.

use crate::{Cancellation, Result};

/// A network that continues sequences of tokens.
pub(super) trait Model: Send + Sync {
    /// Longest sequence in tokens.
    fn context(&self) -> usize;

    /// Begins a sequence; may wait until another one has ended.
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`].
    fn begin(&self, cancellation: &Cancellation) -> Result<Box<dyn Reading + '_>>;
}

/// A sequence that is being read and written.
pub(super) trait Reading {
    /// Reads further tokens, at least one, and lets `choose` take the next one from a score for
    /// each token that there is. While that is what `draft` guessed, it is read as well and the
    /// next one chosen. The last token that was chosen is never read; `None` ends the reading.
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`], [`crate::Error::Backend`].
    fn read(
        &mut self,
        tokens: &[u32],
        draft: &[u32],
        choose: &mut dyn FnMut(&mut [f32]) -> Option<u32>,
        cancellation: &Cancellation,
    ) -> Result<()>;

    /// How many of the first tokens did not have to be read, since another sequence began alike.
    fn cached(&self) -> usize {
        0
    }
}

#[cfg(test)]
impl dyn Reading + '_ {
    /// Reads further tokens and gives the scores of what may follow.
    pub(super) fn scores(
        &mut self,
        tokens: &[u32],
        cancellation: &Cancellation,
    ) -> Result<Vec<f32>> {
        let mut found = Vec::new();
        let mut choose = |scores: &mut [f32]| {
            found = scores.to_vec();
            None
        };
        self.read(tokens, &[], &mut choose, cancellation)?;
        Ok(found)
    }
}
