//! What a model hears of samples: the power in each band of frequencies, frame by frame.
//!
//! samples, with what stands before them ([`Start`]) -> frames under a periodic Hann window ([`Framing`]) -> the power
//! of their Fourier transforms -> the bands of a [`FilterBank`] -> [`BandPowers`]. Whatever a model does with the powers
//! then, such as a logarithm, is its own.

mod filters;
mod powers;
mod slaney;

pub(crate) use filters::{FilterBank, FilterError};
pub(crate) use powers::{BandPowers, Framing, Start};
