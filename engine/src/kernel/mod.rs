//! Numeric kernels for a plain processor, chosen at run time.
//!
//! Weights are packed once ([`Matrix`]); activations are quantised row by row ([`Activations`]);
//! [`multiply()`] brings them together on the engine's [`Pool`]. [`mixed`] multiplies by 16-bit floats,
//! which is how [`attention`] has its keys and values, and [`row`] has the small pieces around it. Which
//! instructions are used is decided once by [`Variant`]; every variant gives the same results to
//! within rounding, and the portable one is the reference that the others are tested against.
//!
//! Quantisation: inputs fall into groups of [`GROUP`] numbers, each with its own scale, so that one
//! outlier harms only its own group. Where even that is too much ([`Precision`]), outliers are
//! multiplied by themselves, or what the rounding left is rounded and multiplied as well.

#![expect(
    unsafe_code,
    reason = "vector instructions and disjoint writes from several threads; each block says why it is sound"
)]

mod activations;
pub(crate) mod attention;
#[cfg(test)]
mod guarded;
pub(crate) mod lstm;
mod matrix;
pub(crate) mod mixed;
mod multiply;
mod pool;
mod quantise;
pub(crate) mod row;
#[cfg(test)]
mod tests;
mod variant;

pub(crate) use activations::{Activations, Precision, TILE, Tile};
pub(crate) use matrix::{AffineGroup, EightGroup, Matrix};
pub(crate) use multiply::{Product, multiply};
pub use pool::Pool;
pub use variant::Variant;

/// Numbers that share a scale.
pub(crate) const GROUP: usize = 32;
/// Outputs that are computed together: one vector of 64 bytes holds four inputs of each.
pub(crate) const PANEL: usize = 16;
