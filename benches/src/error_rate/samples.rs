//! Clips with what is said in them: the catalog's `speech-samples`.
//!
//! Its files are `language/name.wav` with `language/name.txt` beside it; the language is an
//! ISO 639-1 code.

use std::fs;

use anyhow::{Context, Result, ensure};
use locutor::{
    Engine,
    audio::{self, Audio, SPEECH_RATE},
};
use locutor_models::{Catalog, VerifiedModel};

const SAMPLES: &str = "speech-samples";

/// One recording.
#[derive(Debug, Clone)]
pub struct Clip {
    /// `language/name`.
    pub name: String,
    /// ISO 639-1 code of what is spoken.
    pub language: String,
    /// What is said.
    pub text: String,
    /// At 16 kHz.
    pub audio: Audio,
}

/// All clips, by language and name.
///
/// # Errors
/// When the samples are not installed in the engine's models folder.
pub fn all(engine: &Engine) -> Result<Vec<Clip>> {
    let catalog = Catalog::builtin();
    let installed = engine.store().verify(catalog, SAMPLES)?;
    let files = catalog.entry(SAMPLES)?.files.iter();
    let mut clips = files
        .filter_map(|file| file.name.strip_suffix(".wav"))
        .map(|name| read(&installed, name).with_context(|| name.to_owned()))
        .collect::<Result<Vec<_>>>()?;
    ensure!(!clips.is_empty(), "{SAMPLES} has no recordings");
    clips.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(clips)
}

/// The clips in a language that the model knows, as its catalog entry says.
///
/// # Errors
/// For a model that the catalog does not have.
pub fn understood_by(model: &str, clips: &[Clip]) -> Result<Vec<Clip>> {
    let languages = &Catalog::builtin().entry(model)?.languages;
    let understood = |clip: &&Clip| {
        languages
            .iter()
            .any(|known| known == "multilingual" || *known == clip.language)
    };
    Ok(clips.iter().filter(understood).cloned().collect())
}

fn read(samples: &VerifiedModel, name: &str) -> Result<Clip> {
    let (language, _) = name.split_once('/').context("a language's folder")?;
    let text = fs::read_to_string(samples.file(&format!("{name}.txt")))?;
    let sound = fs::read(samples.file(&format!("{name}.wav")))?;
    Ok(Clip {
        name: name.to_owned(),
        language: language.to_owned(),
        text: text.trim().to_owned(),
        audio: audio::decode_at(&sound, SPEECH_RATE, audio::Limits::default())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_gets_clips_of_its_languages() {
        let clip = |language: &str| Clip {
            name: format!("{language}/hello"),
            language: language.to_owned(),
            text: String::new(),
            audio: Audio {
                samples: Vec::new(),
                sample_rate: SPEECH_RATE,
            },
        };
        let clips = [clip("en"), clip("zh")];
        let count = |model| understood_by(model, &clips).unwrap().len();
        assert_eq!(count("whisper-tiny.en"), 1);
        assert_eq!(count("whisper-base"), 2);
        assert!(understood_by("no such model", &clips).is_err());
    }
}
