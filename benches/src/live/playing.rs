//! A stream that hears a recording at the pace at which it was spoken.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use locutor::{
    Engine,
    audio::SPEECH_RATE,
    transcribe::live::{Event, Metrics, Settings},
};

use crate::machine;

/// Samples of one piece: 100 ms.
const PIECE: usize = SPEECH_RATE as usize / 10;
/// How often to look for events.
const RHYTHM: Duration = Duration::from_millis(20);

/// What came out of a stream.
#[derive(Debug, Clone, Default)]
pub struct Played {
    /// The committed words.
    pub words: Vec<String>,
    /// For each utterance, seconds from the beginning of speech to the first word that was shown.
    pub first: Vec<f64>,
    /// For each committed word, when and how late.
    pub committed: Vec<Committed>,
    /// After each piece, in order.
    pub states: Vec<State>,
    /// Sums of the stream.
    pub metrics: Metrics,
}

/// The commitment of a word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Committed {
    /// Where the word ends, in seconds from the start of the recording.
    pub end: f64,
    /// Seconds from there until it was committed.
    pub delay: f64,
}

/// How a stream is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State {
    /// Seconds that it has heard.
    pub heard: f64,
    /// Seconds of speech in them that were not decoded yet.
    pub behind: f64,
    /// Bytes of memory that the whole process holds, where the system tells.
    pub resident: Option<u64>,
}

/// Plays the samples to a stream.
///
/// # Errors
/// When a model is missing or fails.
pub fn play(engine: &Engine, model: &str, samples: &[f32], settings: Settings) -> Result<Played> {
    let mut listener = engine.listen(Some(model.to_owned()), SPEECH_RATE, settings)?;
    let mut played = Played::default();
    let mut began = None;
    let started = Instant::now();
    for (number, piece) in samples.chunks(PIECE).enumerate() {
        let heard = (number + 1) as f64 * 0.1;
        let due = started + Duration::from_secs_f64(heard);
        while Instant::now() < due {
            let left = due.saturating_duration_since(Instant::now());
            let events = listener.poll(Duration::ZERO)?;
            played.take(events, started, &mut began);
            thread::sleep(left.min(RHYTHM));
        }
        listener.push(piece)?;
        played.states.push(State {
            heard,
            behind: listener.behind(),
            resident: machine::resident_bytes(),
        });
    }
    let events = listener.finish()?;
    played.take(events, started, &mut began);
    played.metrics = listener.metrics();
    Ok(played)
}

impl Played {
    fn take(&mut self, events: Vec<Event>, started: Instant, began: &mut Option<f64>) {
        let now = started.elapsed().as_secs_f64();
        for event in events {
            match event {
                Event::SpeechStarted { at } => *began = Some(at),
                Event::Tentative { words } if !words.is_empty() => {
                    self.first.extend(began.take().map(|at| now - at));
                }
                Event::Committed { words } => {
                    self.first.extend(began.take().map(|at| now - at));
                    self.committed.extend(words.iter().map(|word| Committed {
                        end: word.end,
                        delay: now - word.end,
                    }));
                    self.words.extend(words.into_iter().map(|word| word.word));
                }
                _ => {}
            }
        }
    }
}
