//! Who speaks when.
//!
//! Stretches of speech -> [`Encoder`] (what each one's voice is like, as an [`Embedding`]) -> [`cluster()`] (which of
//! them have the same speaker) -> [`recognise`] (which speakers are known by name). For a live stream, [`Speakers`]
//! tells at once, from what it has heard so far. Stretches are cut by the caller, at pauses and ends of sentences:
//! each one is taken to be of one speaker.
//!
//! The network is Resemblyzer's (<https://github.com/resemble-ai/Resemblyzer>, Apache-2.0): d-vectors that were
//! trained to be alike for one speaker and not for two (Wan et al. 2018, "Generalized end-to-end loss for speaker
//! verification"). Steady noise is taken out before, which Resemblyzer does not do.
//!
//! # How well it works
//!
//! Measured with conversations of one to four speakers of whom nothing was known beforehand, put together from
//! clips of 16 voices (most of them synthetic) that no line was drawn with: the share of time with a wrong speaker,
//! and how often their number was right.
//!
//! | white noise | [`cluster()`] | count | count given | [`Speakers`] |
//! | --- | --- | --- | --- | --- |
//! | none | 0.9 % | 98 % | 0.1 % | 3.2 % |
//! | 20 dB below speech | 1.0 % | 96 % | 0.1 % | 2.3 % |
//! | 10 dB | 6.8 % | 82 % | 0.5 % | 7.2 % |
//! | 3 dB | 24.3 % | 51 % | 4.9 % | 19.9 % |
//!
//! Where it errs it mostly takes two speakers for one, and most of what it gets wrong in noise is their number.

mod centroid;
mod cluster;
mod embedding;
mod encoder;
mod error;
mod known;
mod letter;
mod linkage;
mod live;
mod mel;
mod network;
mod noise;
mod pickle;
mod tuning;
mod weights;

pub use cluster::{Count, Stretch, cluster};
pub use embedding::{DIMENSIONS, Embedding};
pub use encoder::Encoder;
pub use known::{Voice, recognise};
pub use letter::letter;
pub use live::Speakers;

/// Most speakers of a recording or stream that are told apart.
pub const MOST: usize = 20;
