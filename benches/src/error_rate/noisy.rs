//! Clips among noise, at a ratio of signal to noise.

use anyhow::Result;
use clap::ValueEnum;
use locutor::audio::SPEECH_RATE;

use super::samples::Clip;
use crate::sound::{
    Generator,
    babble::babble,
    mixing::mix,
    music::instrumental,
    noise::{hum, keyboard, pink, white},
};

/// People who talk in the background, at most.
const VOICES: usize = 6;

/// What is heard beside the speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Noise {
    /// Hiss.
    White,
    /// As of rain, wind and traffic.
    Pink,
    /// Of the mains, and a fan.
    Hum,
    /// Somebody types.
    Keyboard,
    /// A band.
    Music,
    /// Six people talk at once, in the languages of the speech samples.
    Babble,
}

/// Noise that is so many decibels quieter than speech.
#[derive(Debug, Clone, Copy)]
pub struct Background {
    /// What is heard.
    pub noise: Noise,
    /// Speech over noise, in decibels.
    pub ratio: f64,
}

impl Background {
    /// How it is called, e.g. `pink noise at 10 dB`.
    pub fn name(&self) -> String {
        let noise = match self.noise {
            Noise::White => "white noise",
            Noise::Pink => "pink noise",
            Noise::Hum => "mains hum",
            Noise::Keyboard => "a keyboard",
            Noise::Music => "music",
            Noise::Babble => "babble",
        };
        format!("{noise} at {} dB", self.ratio)
    }

    /// The clips with it, each with another stretch of the same noise; babble is of the `talkers` but the clip itself.
    ///
    /// # Errors
    /// When a clip cannot be resampled.
    pub fn behind(&self, clips: &[Clip], talkers: &[Clip]) -> Result<Vec<Clip>> {
        let mut clips = clips
            .iter()
            .map(|clip| {
                Ok(Clip {
                    audio: clip.audio.resampled(SPEECH_RATE)?,
                    ..clip.clone()
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let length = clips.iter().map(|clip| clip.audio.samples.len()).sum();
        let track = self.noise.generator().map(|noise| noise(length));
        let mut start = 0;
        for clip in &mut clips {
            let length = clip.audio.samples.len();
            let noise = match &track {
                Some(track) => track[start..start + length].to_vec(),
                None => babble(&voices(clip, talkers), length),
            };
            clip.audio.samples = mix(&clip.audio.samples, &noise, self.ratio);
            start += length;
        }
        Ok(clips)
    }
}

impl Noise {
    /// What makes it; babble is made of voices.
    fn generator(self) -> Option<Generator> {
        match self {
            Self::White => Some(white),
            Self::Pink => Some(pink),
            Self::Hum => Some(hum),
            Self::Keyboard => Some(keyboard),
            Self::Music => Some(instrumental),
            Self::Babble => None,
        }
    }
}

/// Some of the other clips, from all over the list, which has each language in a row.
fn voices<'a>(clip: &Clip, talkers: &'a [Clip]) -> Vec<&'a [f32]> {
    let others: Vec<&Clip> = talkers
        .iter()
        .filter(|other| other.name != clip.name && !other.audio.samples.is_empty())
        .collect();
    let step = (others.len() / VOICES).max(1);
    let some = others.into_iter().step_by(step).take(VOICES);
    some.map(|other| other.audio.samples.as_slice()).collect()
}

#[cfg(test)]
mod tests {
    use locutor::audio::Audio;

    use super::*;

    fn clip(name: &str, sample: f32) -> Clip {
        Clip {
            name: name.into(),
            language: "en".into(),
            text: name.into(),
            audio: Audio {
                samples: [sample, -sample].repeat(4_000),
                sample_rate: SPEECH_RATE,
            },
        }
    }

    #[test]
    fn every_noise_is_added_and_what_is_said_stays() {
        let clips = [clip("one", 0.1), clip("two", 0.2)];
        for &noise in Noise::value_variants() {
            let background = Background { noise, ratio: 10.0 };
            let noisy = background.behind(&clips, &clips).unwrap();
            for (noisy, clip) in noisy.iter().zip(&clips) {
                assert_eq!((&noisy.name, &noisy.text), (&clip.name, &clip.text));
                assert_eq!(noisy.audio.samples.len(), clip.audio.samples.len());
                assert_ne!(noisy.audio.samples, clip.audio.samples, "{noise:?}");
            }
        }
    }

    #[test]
    fn nobody_babbles_over_himself() {
        let clips: Vec<Clip> = (1..=20_u8)
            .map(|number| clip(&number.to_string(), f32::from(number)))
            .collect();
        let voices = voices(&clips[0], &clips);
        assert_eq!(voices.len(), VOICES);
        assert!(voices.iter().all(|voice| voice[0] > 1.0));
    }
}
