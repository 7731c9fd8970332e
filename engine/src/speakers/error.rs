//! Weights that are not what they should be.

pub(super) use crate::{Error, Result};

/// The file holds something other than the weights of this network.
pub(super) fn damaged(message: impl std::fmt::Display) -> Error {
    Error::backend("the speaker encoder", message)
}
