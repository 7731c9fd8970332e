//! Sounds in which nobody speaks: whatever word is heard in them was made up.
//!
//! a sound, quieter and louder -> a stream, as fast as it can be heard -> the words that were committed. Each piece is
//! heard out before the next comes, so that the words are those of a machine that keeps up.

use std::time::Duration;

use anyhow::Result;
use locutor::{
    Engine,
    audio::SPEECH_RATE,
    transcribe::live::{Event, Metrics, Settings},
};

use crate::sound::{Generator, music, noise};

/// What is played, each on its own.
pub const SOUNDS: [(&str, Generator); 8] = [
    ("Silence", noise::silence),
    ("White noise", noise::white),
    ("Pink noise", noise::pink),
    ("Mains hum", noise::hum),
    ("Keyboard", noise::keyboard),
    ("Music", music::instrumental),
    ("Music, sung without words", music::vocalise),
    ("Singing without words, alone", music::unaccompanied),
];

/// Peaks, each for so many seconds, over and over.
const LEVELS: [f32; 4] = [0.01, 0.05, 0.2, 0.7];
const SECONDS_OF_LEVEL: usize = 5;
/// Samples of one piece: 100 ms.
const PIECE: usize = SPEECH_RATE as usize / 10;

/// What was heard in a sound.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The words; there should be none.
    pub words: Vec<String>,
    /// Sums of the stream, with the seconds that were taken for speech.
    pub metrics: Metrics,
}

/// Plays so many seconds of a sound.
///
/// # Errors
/// When a model is missing or fails.
pub fn hear(
    engine: &Engine,
    model: &str,
    sound: Generator,
    seconds: usize,
    settings: Settings,
) -> Result<Heard> {
    let mut listener = engine.listen(Some(model.to_owned()), SPEECH_RATE, settings)?;
    let mut words = Vec::new();
    for piece in samples(sound, seconds).chunks(PIECE) {
        listener.push(piece)?;
        take(listener.poll(Duration::MAX)?, &mut words);
    }
    take(listener.finish()?, &mut words);
    Ok(Heard {
        words,
        metrics: listener.metrics(),
    })
}

fn samples(sound: Generator, seconds: usize) -> Vec<f32> {
    let mut samples = sound(seconds * SPEECH_RATE as usize);
    let stretches = samples.chunks_mut(SECONDS_OF_LEVEL * SPEECH_RATE as usize);
    for (stretch, level) in stretches.zip(LEVELS.into_iter().cycle()) {
        for sample in stretch {
            *sample *= level;
        }
    }
    samples
}

fn take(events: Vec<Event>, words: &mut Vec<String>) {
    for event in events {
        if let Event::Committed { words: committed } = event {
            words.extend(committed.into_iter().map(|word| word.word));
        }
    }
}

/// The head of the table.
pub const HEAD: &str = "\
| Nobody speaks in | Heard | Taken for speech | Decodes | Words |
| --- | --- | --- | --- | --- |";

/// One line of the table.
pub fn line(sound: &str, heard: &Heard) -> String {
    let metrics = &heard.metrics;
    format!(
        "| {sound} | {:.0} s | {:.1} s | {} | {} |",
        metrics.audio_seconds,
        metrics.speech_seconds,
        metrics.decodes,
        heard.words.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_are_quieter_and_louder_by_turns() {
        let samples = samples(noise::white, 40);
        let second = SPEECH_RATE as usize;
        let loudest = |from: usize| {
            let stretch = &samples[from * second..(from + 5) * second];
            stretch
                .iter()
                .fold(0.0_f32, |most, one| most.max(one.abs()))
        };
        for (number, level) in LEVELS.into_iter().cycle().take(8).enumerate() {
            assert!((loudest(5 * number) - level).abs() < 0.01 * level);
        }
    }

    #[test]
    fn a_line_has_what_was_made_up() {
        let heard = Heard {
            words: vec!["Thanks".into(), "for".into()],
            metrics: Metrics {
                audio_seconds: 120.0,
                speech_seconds: 3.25,
                decodes: 4,
                ..Metrics::default()
            },
        };
        let line = line("Music", &heard);
        assert_eq!(line, "| Music | 120 s | 3.2 s | 4 | 2 |");
    }
}
