//! Locutor's speed beside that of other systems on the same work, on the same machine, in the
//! same run.
//!
//! Each of the [`works`] makes a [`Comparison`](comparison::Comparison): two ways to do one thing,
//! ours in this process and the peer's in its own long-lived one ([`peer`]). They take turns, so
//! that whatever else the machine does hits both; [`table`] prints medians and ratios.
//!
//! [`grounding`] measures no time: it asks the committed question set and counts right answers,
//! wrong ones and abstentions. [`error_rate`] does the same for the words of transcriptions, [`languages`] for
//! which language they are in. [`load`]
//! asks the built server for as much as it can answer.
//!
//! [`speech`] and [`sound`] make what [`live`] and [`error_rate`] hear: sentences by our own voice, noise, music and
//! babble.

pub mod comparison;
pub mod error_rate;
pub mod grounding;
pub mod languages;
pub mod live;
pub mod load;
pub mod machine;
pub mod peer;
pub mod sound;
pub mod speech;
pub mod table;
pub mod works;
