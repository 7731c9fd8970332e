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
    /// Reads further tokens, at least one, and gives a score for each token that may follow.
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`], [`crate::Error::Backend`].
    fn read(&mut self, tokens: &[u32], cancellation: &Cancellation) -> Result<&[f32]>;
}
