//! Live transcription, played in real time.
//!
//! clips or sentences joined with pauses ([`recording`]) -> as many streams as asked for, each at the pace at which it
//! was spoken ([`playing`]) -> the words that were committed, and how long after they were spoken -> beside what the
//! same model writes when it has the whole file ([`report`]), and whether the delay grows ([`lag`]); what another
//! system commits of the same recording ([`peer`]); and the words that are heard where there are none ([`wordless`]).

pub mod lag;
pub mod peer;
pub mod playing;
pub mod recording;
pub mod report;
pub mod wordless;
