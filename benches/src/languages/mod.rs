//! How well languages are told apart: on the Universal Declaration of Human Rights in 75 languages (the catalog's
//! `declaration-samples`), which nothing in the engine was fitted on, and on sentences with a known variety.

pub mod declaration;
pub mod mixed;
pub mod reliability;
pub mod varieties;
