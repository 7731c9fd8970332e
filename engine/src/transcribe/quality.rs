//! How well a recording could be heard.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Segment;
use crate::{audio::SPEECH_RATE, text::is_unspaced};

/// Samples of a frame whose level is measured: 20 ms.
const FRAME: usize = 320;
/// Of full scale: what reaches it was cut off.
const FULL: f32 = 0.999;
/// Least mean square of a frame that is taken for something: -100 dB of full scale.
const LEAST: f64 = 1e-10;
/// How many times the words' doubt (one less their mean probability) their share of errors is at most. Of 18 short clips in
/// nine languages (the catalog's `speech-samples` without those that count to ten) 15 had no more with whisper-base, the
/// others up to 2.6 times; five had none.
const WRONG: f64 = 2.0;

/// Figures of a transcript.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Mean probability of the words, in `[0, 1]`; by the text's log-probability where there are no words. `None`
    /// where nothing was said.
    pub confidence: Option<f32>,
    /// Words, or characters in scripts without spaces.
    pub words: usize,
    /// Words in a minute of speech; `None` without speech.
    pub words_per_minute: Option<f64>,
    /// Seconds in which somebody speaks.
    pub speech_seconds: f64,
    /// Share of the recording in which somebody speaks, in `[0, 1]`.
    pub speech_share: f64,
    /// How much louder speech is than what is heard between, in decibels; `None` where one of them is missing.
    pub signal_to_noise: Option<f64>,
    /// Share of the samples at full scale, in `[0, 1]`: above a thousandth it is heard.
    pub clipped_share: f64,
    /// Up to which share of the words is likely to be wrong, in `[0, 1]`, as far as word probabilities tell: true of five
    /// recordings in six.
    pub word_error_band: Option<[f64; 2]>,
    /// How often something was decoded again because a decode was poor.
    pub fallbacks: u32,
    /// Seconds that it took over seconds of the recording.
    pub real_time_factor: f64,
}

impl Quality {
    /// Of a recording at 16 kHz, where there is speech in it, and what was said. `seconds` is how long it took.
    pub(super) fn of(
        samples: &[f32],
        speech: &[Range<usize>],
        segments: &[Segment],
        fallbacks: u32,
        seconds: f64,
    ) -> Self {
        let rate = f64::from(SPEECH_RATE);
        let duration = samples.len() as f64 / rate;
        let speech_seconds = speech.iter().map(ExactSizeIterator::len).sum::<usize>() as f64 / rate;
        let words = segments.iter().map(words_of).sum::<usize>();
        let confidence = confidence(segments);
        let doubt = confidence.map(|confidence| 1.0 - f64::from(confidence));
        let clipped = samples.iter().filter(|sample| sample.abs() >= FULL).count();
        Self {
            confidence,
            words,
            words_per_minute: (speech_seconds > 0.0)
                .then(|| words as f64 / (speech_seconds / 60.0)),
            speech_seconds,
            speech_share: speech_seconds / duration.max(f64::MIN_POSITIVE),
            signal_to_noise: signal_to_noise(samples, speech),
            clipped_share: clipped as f64 / samples.len().max(1) as f64,
            word_error_band: doubt.map(|doubt| [0.0, (WRONG * doubt).min(1.0)]),
            fallbacks,
            real_time_factor: seconds / duration.max(f64::MIN_POSITIVE),
        }
    }
}

fn words_of(segment: &Segment) -> usize {
    if segment.words.is_empty() {
        let words = segment.text.split_whitespace();
        words
            .map(|word| {
                word.chars()
                    .filter(|letter| is_unspaced(*letter))
                    .count()
                    .max(1)
            })
            .sum()
    } else {
        segment.words.len()
    }
}

fn confidence(segments: &[Segment]) -> Option<f32> {
    let mut sum = 0.0;
    let mut count = 0;
    for segment in segments {
        let words = words_of(segment);
        sum += if segment.words.is_empty() {
            segment.avg_logprob.exp() * words as f32
        } else {
            segment.words.iter().map(|word| word.probability).sum()
        };
        count += words;
    }
    (count > 0).then(|| (sum / count as f32).clamp(0.0, 1.0))
}

/// The power of speech, noise taken off, over that of what lies between.
fn signal_to_noise(samples: &[f32], speech: &[Range<usize>]) -> Option<f64> {
    let mut powers = [(0.0, 0_usize); 2];
    let mut stretches = speech.iter().peekable();
    for (number, frame) in samples.chunks_exact(FRAME).enumerate() {
        let middle = number * FRAME + FRAME / 2;
        while stretches.next_if(|stretch| stretch.end <= middle).is_some() {}
        let spoken = stretches
            .peek()
            .is_some_and(|stretch| stretch.contains(&middle));
        let power: f64 = frame.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        let (sum, count) = &mut powers[usize::from(spoken)];
        *sum += power / FRAME as f64;
        *count += 1;
    }
    let [noise, speech] = powers.map(|(sum, count)| (count > 0).then(|| sum / count as f64));
    let (noise, speech) = (noise?.max(LEAST), speech?);
    Some(10.0 * ((speech - noise).max(LEAST) / noise).log10())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcribe::Word;

    fn segment(probabilities: &[f32]) -> Segment {
        let word = |probability: &f32| Word {
            word: "so".into(),
            start: 0.0,
            end: 0.1,
            probability: *probability,
        };
        Segment {
            words: probabilities.iter().map(word).collect(),
            ..Segment::default()
        }
    }

    #[test]
    fn figures_are_those_of_what_was_heard() {
        let mut samples = vec![0.001; 32_000];
        samples[8_000..16_000].fill(0.1);
        samples[8_000..8_032].fill(1.0);
        let segments = [segment(&[0.9, 0.7]), segment(&[0.8])];
        let speech = std::iter::once(8_000..16_000).collect::<Vec<_>>();
        let quality = Quality::of(&samples, &speech, &segments, 2, 0.5);
        assert!((quality.confidence.unwrap() - 0.8).abs() < 1e-6);
        assert_eq!((quality.words, quality.fallbacks), (3, 2));
        assert!((quality.words_per_minute.unwrap() - 360.0).abs() < 1e-6);
        assert!((quality.speech_share - 0.25).abs() < 1e-9);
        assert!((quality.clipped_share - 0.001).abs() < 1e-9);
        assert!((quality.real_time_factor - 0.25).abs() < 1e-9);
        let noise = quality.signal_to_noise.unwrap();
        assert!((40.0..43.0).contains(&noise), "{noise}");
        let band = quality.word_error_band.unwrap();
        assert!(band[0].abs() < 1e-9 && (band[1] - 0.4).abs() < 1e-6);
    }

    #[test]
    fn scripts_without_spaces_are_counted_by_characters() {
        let segment = |text: &str| Segment {
            text: text.into(),
            ..Segment::default()
        };
        assert_eq!(words_of(&segment("So be it.")), 3);
        assert_eq!(words_of(&segment("今日は OK")), 4);
    }

    #[test]
    fn of_nothing_nothing_is_said() {
        for samples in [Vec::new(), vec![0.0; 16_000]] {
            let quality = Quality::of(&samples, &[], &[], 0, 0.0);
            assert_eq!(quality.confidence, None);
            assert_eq!(quality.signal_to_noise, None);
            assert_eq!(quality.words_per_minute, None);
            assert!(quality.real_time_factor.is_finite() && quality.speech_share.is_finite());
        }
    }
}
