//! A recording as long as wanted.

use std::iter;

use anyhow::{Result, ensure};
use locutor::{
    Engine,
    audio::{self, SPEECH_RATE},
};

use crate::{
    error_rate::samples::{self, Clip},
    speech::voice,
};

/// Speech with pauses, and what is said in it.
#[derive(Debug, Clone)]
pub struct Recording {
    /// At [`SPEECH_RATE`].
    pub samples: Vec<f32>,
    /// What is said.
    pub text: String,
}

impl Recording {
    /// The catalog's clips and a speech, over and over, with the same pause between and around them.
    ///
    /// # Errors
    /// When there is no clip in the language.
    pub fn of_clips(
        engine: &Engine,
        language: &str,
        pause: f64,
        least_seconds: f64,
    ) -> Result<Self> {
        let mut clips = samples::all(engine)?;
        clips.push(kennedy()?);
        clips.retain(|clip| clip.language == language);
        let again = clips.iter().cycle().cloned().map(Ok);
        join(again, iter::repeat(pause), least_seconds)
    }

    /// English sentences by our own voice, none twice, with pauses of many lengths.
    ///
    /// # Errors
    /// When the voice is not installed, or so much cannot be said without saying something twice.
    pub fn of_sentences(engine: &Engine, least_seconds: f64) -> Result<Self> {
        join(voice::clips(engine)?, pauses(), least_seconds)
    }

    /// How long it is.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(SPEECH_RATE)
    }
}

/// The clips one after another, with pauses of so many seconds between and around them, until the whole is at least so
/// long.
///
/// # Errors
/// When there are too few clips, or one cannot be resampled.
fn join(
    clips: impl Iterator<Item = Result<Clip>>,
    pauses: impl Iterator<Item = f64>,
    least_seconds: f64,
) -> Result<Recording> {
    let mut pauses = pauses.map(|pause| vec![0.0; (pause * f64::from(SPEECH_RATE)) as usize]);
    let mut samples = pauses.next().unwrap_or_default();
    let mut text = Vec::new();
    let is_long_enough =
        |samples: &[f32]| samples.len() as f64 / f64::from(SPEECH_RATE) >= least_seconds;
    for (clip, pause) in clips.zip(pauses) {
        let clip = clip?;
        samples.extend(clip.audio.resampled(SPEECH_RATE)?.samples);
        samples.extend(pause);
        text.push(clip.text);
        if is_long_enough(&samples) {
            break;
        }
    }
    ensure!(
        is_long_enough(&samples),
        "there is less to be said in this language than lasts for {least_seconds} s"
    );
    Ok(Recording {
        samples,
        text: text.join(" "),
    })
}

/// From 0.3 s, as within a paragraph, to 4 s, as of somebody who thinks; short ones are more frequent. Multiples of the
/// golden ratio spread evenly, however many there are (Weyl's equidistribution).
fn pauses() -> impl Iterator<Item = f64> {
    const SHORTEST: f64 = 0.3;
    const LONGEST: f64 = 4.0;
    const GOLDEN: f64 = 0.618_033_988_749_895;
    (1_u32..).map(|number| {
        let place = (f64::from(number) * GOLDEN).fract();
        SHORTEST * (LONGEST / SHORTEST).powf(place)
    })
}

/// 11 seconds of a speech, with long pauses in the middle of a sentence.
fn kennedy() -> Result<Clip> {
    const FILE: &[u8] = include_bytes!("../../../tests/fixtures/audio/jfk.wav");
    Ok(Clip {
        name: "en/jfk".into(),
        language: "en".into(),
        text: "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.".into(),
        audio: audio::decode_at(FILE, SPEECH_RATE, audio::Limits::default())?,
    })
}

#[cfg(test)]
mod tests {
    use locutor::audio::Audio;

    use super::*;

    fn second(text: &str) -> Clip {
        Clip {
            name: String::new(),
            language: "en".into(),
            text: text.into(),
            audio: Audio {
                samples: vec![0.5; SPEECH_RATE as usize],
                sample_rate: SPEECH_RATE,
            },
        }
    }

    #[test]
    fn clips_are_joined_until_the_whole_is_long_enough() {
        let clips = ["one", "two", "three"].map(|text| Ok(second(text)));
        let joined = join(clips.into_iter(), iter::repeat(0.5), 3.0).unwrap();
        assert_eq!(joined.text, "one two");
        assert!((joined.seconds() - 3.5).abs() < 1e-9);
        assert_eq!((joined.samples[0], joined.samples[8_000]), (0.0, 0.5));
    }

    #[test]
    fn too_few_clips_are_an_error() {
        let clips = [Ok(second("one"))];
        assert!(join(clips.into_iter(), iter::repeat(0.5), 3.0).is_err());
        assert!(join(iter::empty(), iter::repeat(0.5), 3.0).is_err());
    }

    #[test]
    fn pauses_are_of_many_lengths_and_short_ones_more_frequent() {
        let some: Vec<f64> = pauses().take(200).collect();
        assert!(some.iter().all(|pause| (0.3..=4.0).contains(pause)));
        let longest = some.iter().copied().fold(0.0, f64::max);
        assert!(longest > 3.8);
        let mean = some.iter().sum::<f64>() / 200.0;
        assert!((1.3..1.6).contains(&mean), "{mean}");
    }
}
