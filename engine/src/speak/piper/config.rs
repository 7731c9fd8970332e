//! The JSON file beside a Piper voice: what it is called and how its network is fed.
//!
//! bytes -> [`Config::parse`], which bounds and checks every value, because the network indexes a
//! table by the ids in here.

use std::collections::HashMap;

use serde::Deserialize;

use super::phoneme_ids::PhonemeIds;
use crate::{Error, Result, speak::Voice};

/// Far above the 5 kB of a real file.
const MOST_BYTES: usize = 1 << 20;
/// Piper's networks have 256 symbols; none of its kind needs more than a few hundred.
const MOST_SYMBOLS: i64 = 4096;

/// What a voice says about itself, checked.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// Samples per second, in `8000..=192000`.
    pub(super) sample_rate: u32,
    /// Name of the voice espeak-ng reads with, e.g. `en-us`.
    pub(super) espeak_voice: String,
    /// How the network is run.
    pub(super) inference: Inference,
    /// The network's input alphabet.
    pub(super) ids: PhonemeIds,
    /// One per speaker, in the order of the speakers' numbers.
    pub(super) voices: Vec<Voice>,
    /// The speakers' numbers, in the order of `voices`; empty when the network has one speaker.
    pub(super) speakers: Vec<i64>,
}

/// Settings of the network.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Inference {
    /// Variation of the sound; 0 is always the same.
    pub(super) noise_scale: f32,
    /// Stretches time; 2 is half as fast.
    pub(super) length_scale: f32,
    /// Variation of the rhythm; 0 is always the same.
    pub(super) noise_w: f32,
}

impl Default for Inference {
    fn default() -> Self {
        Self {
            noise_scale: 0.667,
            length_scale: 1.0,
            noise_w: 0.8,
        }
    }
}

#[derive(Deserialize)]
struct File {
    audio: Audio,
    espeak: Espeak,
    #[serde(default)]
    inference: Inference,
    phoneme_type: Option<String>,
    num_symbols: i64,
    num_speakers: i64,
    #[serde(default)]
    speaker_id_map: HashMap<String, i64>,
    phoneme_id_map: HashMap<String, Vec<i64>>,
    #[serde(default)]
    vowel_clusters: serde_json::Value,
    language: Option<Language>,
    dataset: Option<String>,
}

#[derive(Deserialize)]
struct Audio {
    sample_rate: u32,
    quality: Option<String>,
}

#[derive(Deserialize)]
struct Espeak {
    voice: String,
}

#[derive(Deserialize)]
struct Language {
    code: String,
}

impl Config {
    /// Reads the file's bytes.
    ///
    /// # Errors
    /// [`Error::Backend`] that names the first value that cannot be used.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > MOST_BYTES {
            return Err(unusable(format!("is larger than {MOST_BYTES} bytes")));
        }
        let file: File = serde_json::from_slice(bytes)
            .map_err(|source| unusable(format!("is not a voice description: {source}")))?;
        file.check()?;
        let (voices, speakers) = file.voices()?;
        Ok(Self {
            sample_rate: file.audio.sample_rate,
            inference: file.inference,
            ids: PhonemeIds::new(&file.phoneme_id_map, file.num_symbols)?,
            espeak_voice: file.espeak.voice,
            voices,
            speakers,
        })
    }
}

impl File {
    fn check(&self) -> Result<()> {
        let kind = self.phoneme_type.as_deref().unwrap_or("espeak");
        let inference = &self.inference;
        let scale = |value: f32| value.is_finite() && (0.0..=10.0).contains(&value);
        let espeak_name = |letter: char| letter.is_ascii_alphanumeric() || "-_+".contains(letter);
        let clustered = match &self.vowel_clusters {
            serde_json::Value::Null => false,
            serde_json::Value::Array(clusters) => !clusters.is_empty(),
            _ => true,
        };
        let problem = if kind != "espeak" {
            format!("phoneme_type is `{kind}`; only `espeak` voices can be used")
        } else if clustered {
            "vowel_clusters are not known here; use a voice without them".into()
        } else if !(8_000..=192_000).contains(&self.audio.sample_rate) {
            format!("audio.sample_rate is {}", self.audio.sample_rate)
        } else if !(1..=MOST_SYMBOLS).contains(&self.num_symbols) {
            format!("num_symbols is {}", self.num_symbols)
        } else if !scale(inference.noise_scale) || !scale(inference.noise_w) {
            "inference.noise_scale and noise_w must be in [0, 10]".into()
        } else if !(0.1..=10.0).contains(&inference.length_scale) {
            format!("inference.length_scale is {}", inference.length_scale)
        } else if self.espeak.voice.is_empty() || !self.espeak.voice.chars().all(espeak_name) {
            format!("espeak.voice is `{}`", self.espeak.voice)
        } else {
            return Ok(());
        };
        Err(unusable(problem))
    }

    /// The voices' names as Piper's users know them (`en_US-joe-medium`), with the speaker's name
    /// after a `/` when there are several.
    fn voices(&self) -> Result<(Vec<Voice>, Vec<i64>)> {
        let code = self
            .language
            .as_ref()
            .map_or(&*self.espeak.voice, |it| &it.code);
        let name = [
            Some(code),
            self.dataset.as_deref(),
            self.audio.quality.as_deref(),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("-");
        let voice = |id| Voice {
            id,
            language: code.replace('_', "-"),
        };
        if self.num_speakers <= 1 {
            return Ok((vec![voice(name)], Vec::new()));
        }
        let mut speakers: Vec<_> = self.speaker_id_map.iter().collect();
        speakers.sort_by_key(|&(speaker, &number)| (number, speaker));
        if speakers.is_empty()
            || speakers
                .iter()
                .any(|&(_, id)| !(0..self.num_speakers).contains(id))
        {
            return Err(unusable("speaker_id_map does not fit num_speakers"));
        }
        Ok(speakers
            .into_iter()
            .map(|(speaker, &number)| (voice(format!("{name}/{speaker}")), number))
            .unzip())
    }
}

/// The file cannot be used.
pub(super) fn unusable(problem: impl std::fmt::Display) -> Error {
    Error::backend("piper", format!("model.onnx.json {problem}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn file() -> Value {
        json!({
            "audio": {"sample_rate": 22050, "quality": "medium"},
            "espeak": {"voice": "en-us"},
            "inference": {"noise_scale": 0.5, "length_scale": 1, "noise_w": 0.25},
            "phoneme_type": "espeak",
            "num_symbols": 8,
            "num_speakers": 1,
            "phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": [3]},
            "language": {"code": "en_US"},
            "dataset": "joe",
        })
    }

    fn parse(file: &Value) -> Result<Config> {
        Config::parse(file.to_string().as_bytes())
    }

    #[test]
    fn a_voice_is_named_as_its_users_know_it() {
        let config = parse(&file()).unwrap();
        assert_eq!(config.voices[0].id, "en_US-joe-medium");
        assert_eq!(config.voices[0].language, "en-US");
        assert_eq!(config.sample_rate, 22_050);
        assert!((config.inference.noise_w - 0.25).abs() < f32::EPSILON);
    }

    #[test]
    fn speakers_are_voices() {
        let mut file = file();
        file["num_speakers"] = json!(2);
        file["speaker_id_map"] = json!({"p2": 1, "p1": 0});
        let config = parse(&file).unwrap();
        let ids: Vec<_> = config.voices.iter().map(|voice| &*voice.id).collect();
        assert_eq!(ids, ["en_US-joe-medium/p1", "en_US-joe-medium/p2"]);
        assert_eq!(config.speakers, [0, 1]);
    }

    #[test]
    fn every_unusable_value_is_named() {
        for (pointer, value, named) in [
            ("/audio/sample_rate", json!(1), "sample_rate"),
            ("/espeak/voice", json!("../x"), "espeak.voice"),
            ("/phoneme_type", json!("text"), "phoneme_type"),
            ("/num_symbols", json!(3), "phoneme_id_map"),
            ("/num_speakers", json!(3), "speaker_id_map"),
            ("/inference/length_scale", json!(0), "length_scale"),
            ("/inference/noise_w", json!(-1), "noise_w"),
            ("/phoneme_id_map", json!({"a": [3]}), "phoneme_id_map"),
            ("/phoneme_id_map/a", json!([-1]), "phoneme_id_map"),
            ("/phoneme_id_map/a", json!("x"), "invalid type"),
        ] {
            let mut file = file();
            *file.pointer_mut(pointer).unwrap() = value;
            let message = parse(&file).unwrap_err().to_string();
            assert!(message.contains(named), "{pointer}: {message}");
        }
        assert!(Config::parse(&vec![b' '; MOST_BYTES + 1]).is_err());
    }

    proptest! {
        #[test]
        fn no_file_breaks_the_parser(bytes in any::<Vec<u8>>(), cut in any::<prop::sample::Index>()) {
            Config::parse(&bytes).ok();
            let whole = file().to_string();
            Config::parse(&whole.as_bytes()[..cut.index(whole.len())]).unwrap_err();
        }
    }
}
