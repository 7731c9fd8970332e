//! Speech by our own voice, as much as is wanted, without saying anything twice.
//!
//! [`sentences`] (what to say) -> [`voice`] (the default English voice, slower and faster, lower and higher) ->
//! clips with what is said in them. A system that distrusts repetition, as Whisper's do, is not set back by them.

pub mod sentences;
pub mod voice;

use clap::ValueEnum;

/// What is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Speech {
    /// Short recordings: the catalog's speech samples.
    Clips,
    /// English sentences, spoken by our own voice.
    Spoken,
}
