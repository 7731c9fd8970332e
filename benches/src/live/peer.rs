//! The same recording, played in real time through another system.

use std::fs;

use anyhow::{Context, Result};
use locutor::audio::{Audio, SPEECH_RATE, wav};
use serde::Deserialize;
use serde_json::json;
use tempfile::NamedTempFile;

use super::playing::{Committed, Played};
use crate::peer::{Peer, text};

#[derive(Deserialize)]
struct Reply {
    words: Vec<CommittedWord>,
    first: Vec<f64>,
}

#[derive(Deserialize)]
struct CommittedWord {
    word: String,
    /// Seconds from the start of the recording.
    end: f64,
    /// Seconds from the start until it was committed.
    at: f64,
}

/// Plays the samples to a peer.
///
/// # Errors
/// When the peer fails.
pub fn play(peer: &mut Peer, samples: &[f32], language: &str) -> Result<Played> {
    let audio = Audio {
        samples: samples.to_vec(),
        sample_rate: SPEECH_RATE,
    };
    let file = NamedTempFile::with_suffix(".wav")?;
    fs::write(file.path(), wav::encode(&audio))?;
    let request = json!({"audio": text(file.path())?, "language": language});
    let reply: Reply =
        serde_json::from_value(peer.ask(&request)?).context(peer.name().to_owned())?;
    let committed = reply.words.iter().map(|word| Committed {
        end: word.end,
        delay: word.at - word.end,
    });
    Ok(Played {
        first: reply.first,
        committed: committed.collect(),
        words: reply.words.into_iter().map(|word| word.word).collect(),
        ..Played::default()
    })
}
