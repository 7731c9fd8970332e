//! The native half of the Python package `locutor`: engine calls without the interpreter's lock.
//!
//! `locutor/__init__.py` (typed, dataclasses) -> [`engine::Engine`] or [`index::Index`] ->
//! [`work::Work`], a running call -> plain Python values. Everything here is private to the
//! package.

mod audio;
mod document;
mod engine;
mod failure;
mod index;
mod options;
mod value;
mod work;

use pyo3::prelude::*;

#[pymodule]
mod _locutor {
    #[pymodule_export]
    use crate::{engine::Engine, index::Index, work::Work};
}
