//! Sentences as sound.
//!
//! The voice draws its rhythm at random, so that no two syntheses are the same. What was said once is kept in the
//! system's folder for temporary files: runs that are to be compared hear the same.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use locutor::{
    Cancellation, Engine,
    audio::{self, Audio, SPEECH_RATE, wav},
    speak::{Options, Synthesizer},
};
use tempfile::NamedTempFile;

use super::sentences;
use crate::error_rate::samples::Clip;

const MODEL: &str = "piper-en-us-joe-medium";
const FOLDER: &str = "locutor-spoken-sentences";

/// Speaking rates; 1 is the voice's own.
const TEMPOS: [f32; 4] = [1.0, 0.9, 1.1, 0.85];
/// How high, as a ratio: two semitones lower and higher sound like other people.
const REGISTERS: [(u32, u32); 3] = [(1, 1), (8, 9), (10, 9)];

/// How a sentence is said.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Manner {
    tempo: f32,
    register: (u32, u32),
}

impl Manner {
    fn of(number: usize) -> Self {
        Self {
            tempo: TEMPOS[number % TEMPOS.len()],
            register: REGISTERS[number % REGISTERS.len()],
        }
    }
}

/// Every sentence as a clip, synthesised when it is asked for.
///
/// # Errors
/// When the voice is not installed; the clips' own when it fails.
pub fn clips(engine: &Engine) -> Result<impl Iterator<Item = Result<Clip>>> {
    let voice = engine.synthesizer(Some(MODEL))?;
    let folder = env::temp_dir().join(FOLDER);
    fs::create_dir_all(&folder)?;
    Ok(sentences::all().enumerate().map(move |(number, sentence)| {
        let audio = kept(&*voice, &folder, sentence, Manner::of(number))
            .with_context(|| sentence.to_owned())?;
        Ok(Clip {
            name: format!("en/sentence-{}", number + 1),
            language: "en".into(),
            text: sentence.into(),
            audio,
        })
    }))
}

/// What was said before, or is said now; both read from the file, so that they are the same.
fn kept(voice: &dyn Synthesizer, folder: &Path, sentence: &str, manner: Manner) -> Result<Audio> {
    let path = file(folder, sentence, manner);
    if !path.exists() {
        let audio = say(voice, sentence, manner)?;
        let begun = NamedTempFile::new_in(folder)?;
        fs::write(begun.path(), wav::encode(&audio))?;
        begun.persist(&path)?;
    }
    let bytes = fs::read(&path)?;
    Ok(audio::decode_at(
        &bytes,
        SPEECH_RATE,
        audio::Limits::default(),
    )?)
}

fn file(folder: &Path, sentence: &str, manner: Manner) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    (MODEL, sentence, manner.tempo.to_bits(), manner.register).hash(&mut hasher);
    folder.join(format!("{:016x}.wav", hasher.finish()))
}

fn say(voice: &dyn Synthesizer, sentence: &str, manner: Manner) -> Result<Audio> {
    // Half as loud as it can be, so that nothing added to it is clipped.
    const LEVEL: f32 = 0.5;
    let (above, below) = manner.register;
    let options = Options {
        // Played higher it is faster, too.
        speed: manner.tempo * below as f32 / above as f32,
        ..Options::default()
    };
    let mut samples = Vec::new();
    let mut listen = |audio: Audio| samples.extend(audio.samples.iter().map(|one| LEVEL * one));
    voice.synthesize(sentence, &options, &mut listen, &Cancellation::new())?;
    let played = Audio {
        samples,
        sample_rate: voice.sample_rate() * above / below,
    };
    Ok(played.resampled(SPEECH_RATE)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_manner_occurs_and_has_a_file_of_its_own() {
        let manners = TEMPOS.len() * REGISTERS.len();
        let mut files: Vec<_> = (0..manners)
            .map(|number| file(Path::new("folder"), "a sentence", Manner::of(number)))
            .collect();
        files.sort();
        files.dedup();
        assert_eq!(files.len(), manners);
    }
}
