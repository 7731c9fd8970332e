//! The model catalog of Locutor: what exists, where it comes from, and whether it is intact.
//!
//! [`Catalog`] says what an artifact consists of; [`Store`] is the models folder. A puller
//! downloads and converts into the store, and [`Store::verify`] checks every byte against the
//! catalog: it is the only way to a [`VerifiedModel`], which is all the engine will load.

mod catalog;
mod error;
mod store;
mod verify;

pub use catalog::{Catalog, Entry, File, Task};
pub use error::{Error, Result};
pub use store::Store;
pub use verify::VerifiedModel;
