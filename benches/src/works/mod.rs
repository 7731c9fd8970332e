//! What is timed, one file per task.

mod embed;
mod generate;
mod overhead;
mod speak;
mod transcribe;

use std::{path::PathBuf, time::Instant};

use anyhow::Result;
use clap::ValueEnum;
use locutor::Engine;

use crate::{
    comparison::{Comparison, Row},
    peer::Peers,
};

/// A task to time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Work {
    /// Speech to text.
    Transcribe,
    /// Text generation.
    Generate,
    /// Sentence embeddings.
    Embed,
    /// Text to speech.
    Speak,
    /// What the server adds to a call of the engine.
    Overhead,
}

/// What the works need.
pub struct Context {
    /// Our side.
    pub engine: Engine,
    /// The other side.
    pub peers: Peers,
    /// Folder of the recordings.
    pub data: PathBuf,
    /// Threads that either side may use.
    pub threads: usize,
    /// Timed runs of each side.
    pub repeats: usize,
}

impl Work {
    /// Times the task.
    ///
    /// # Errors
    /// When a model or a peer is missing or fails.
    pub fn measure(self, context: &Context) -> Result<Vec<Row>> {
        match self {
            Self::Transcribe => transcribe::measure(context),
            Self::Generate => generate::measure(context),
            Self::Embed => embed::measure(context),
            Self::Speak => run(speak::comparison(context)?, context.repeats),
            // One call takes milliseconds, so many more of them cost nothing.
            Self::Overhead => run(overhead::comparison(context)?, context.repeats * 20),
        }
    }
}

fn run(comparison: Comparison<'_>, repeats: usize) -> Result<Vec<Row>> {
    comparison.measure(repeats)
}

/// Seconds that the work took, with its result.
fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let started = Instant::now();
    let result = work()?;
    Ok((started.elapsed().as_secs_f64(), result))
}
