//! Which languages are spoken in a recording, and where that changes.
//!
//! audio -> speech (the voice activity detector) -> windows of at most ten seconds that begin and end in pauses or quiet moments
//! -> [`Transcriber::language_probabilities`] of each -> the likeliest course of languages over the recording
//! -> [`SpokenSpan`]s. Silence, music and noise count for nothing, and the end for as much as the beginning.
//! Where a window leaves doubt, it is written down in its likeliest language, and the text is asked too.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Options, Transcriber, language_name, level};
use crate::{
    Cancellation, Result,
    audio::{Audio, SPEECH_RATE},
    language::{LanguageGuess, LanguageShare, can_be_told, detect, likeliest_course},
    vad::{Detector, Sensitivity},
};

/// Longest window, in seconds. Whisper tells languages apart as well in ten as in thirty, and a change is
/// found more exactly.
const LONGEST: f64 = 10.0;

/// Windows with less speech, in seconds, are joined with their neighbours.
const SHORTEST: f64 = 2.0;

/// Speech before and after which is kept with it, in seconds.
const MARGIN: f64 = 0.2;

/// Seconds at the end of a window in which the quietest moment is looked for, to cut there.
const SEARCH: f64 = 3.0;

/// What a change of language costs, in natural logarithms of chances.
const CHANGE: f64 = 3.0;

/// Least chance of a language in a window.
const LEAST: f64 = 1e-3;

/// Windows whose likeliest language is less likely are written down, and the text asked.
const DOUBTFUL: f64 = 0.8;

/// Least letters of a text that is asked.
const LETTERS: usize = 12;

/// What a text says of a language that it cannot be told to be in: little for it, nothing against it.
const UNTOLD: f64 = 0.2;

/// Guesses below it are not worth naming.
const WORTH_NAMING: f64 = 0.001;

/// What is spoken in a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpokenLanguages {
    /// Languages that the recording may be in, likeliest first; none when nobody speaks.
    pub languages: Vec<LanguageGuess>,
    /// Pieces in one language each, in order; pauses between them belong to none.
    pub spans: Vec<SpokenSpan>,
    /// How much of the speech is in each, most first.
    pub shares: Vec<LanguageShare>,
    /// Seconds in which somebody speaks.
    pub speech_seconds: f64,
    /// Length of the recording in seconds.
    pub duration: f64,
}

/// A piece of a recording in one language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpokenSpan {
    /// Seconds from the start.
    pub start: f64,
    /// Seconds from the start.
    pub end: f64,
    /// ISO 639-1 code.
    pub language: String,
    /// English name.
    pub name: String,
    /// In `[0, 1]`.
    pub confidence: f64,
}

/// A piece of the recording that is judged at once.
struct Window {
    samples: Range<usize>,
    /// Of each language.
    chances: Vec<(&'static str, f64)>,
}

impl Window {
    fn seconds(&self) -> f64 {
        seconds(&self.samples)
    }

    fn chance(&self, language: &str) -> f64 {
        let found = self.chances.iter().find(|(code, _)| *code == language);
        found.map_or(LEAST, |(_, chance)| chance.max(LEAST))
    }
}

/// Listens to the whole recording. `on_progress` gets the share that was judged, in `[0, 1]`.
///
/// # Errors
/// The transcriber's, and [`crate::Error::Audio`] for a rate that cannot be converted.
pub fn languages(
    transcriber: &dyn Transcriber,
    detector: &Detector,
    audio: &Audio,
    on_progress: &mut dyn FnMut(f64),
    cancellation: &Cancellation,
) -> Result<SpokenLanguages> {
    let audio = audio.resampled(SPEECH_RATE)?;
    let speech = detector.speech(&audio.samples, Sensitivity::default(), cancellation)?;
    let cut = windows(&speech, &audio.samples);
    let count = cut.len();
    let mut windows = Vec::with_capacity(count);
    for (number, samples) in cut.into_iter().enumerate() {
        let piece = Audio {
            samples: audio.samples[samples.clone()].to_vec(),
            sample_rate: SPEECH_RATE,
        };
        let chances = chances(transcriber, &piece, cancellation)?;
        windows.push(Window { samples, chances });
        on_progress((number + 1) as f64 / count as f64);
    }
    let (spans, shares) = spans(&windows);
    Ok(SpokenLanguages {
        languages: overall(&windows),
        spans,
        shares,
        speech_seconds: speech.iter().map(seconds).sum(),
        duration: audio.seconds(),
    })
}

fn seconds(samples: &Range<usize>) -> f64 {
    samples.len() as f64 / f64::from(SPEECH_RATE)
}

fn samples(seconds: f64) -> usize {
    (seconds * f64::from(SPEECH_RATE)) as usize
}

/// Stretches of speech with a little before and after, joined or cut to windows.
fn windows(speech: &[Range<usize>], audio: &[f32]) -> Vec<Range<usize>> {
    let (longest, shortest, margin) = (samples(LONGEST), samples(SHORTEST), samples(MARGIN));
    let mut windows: Vec<Range<usize>> = Vec::new();
    for stretch in speech {
        let mut start = stretch.start.saturating_sub(margin);
        let end = (stretch.end + margin).min(audio.len());
        // A pause is where a language may change, so only what is too short alone is joined.
        if let Some(last) = windows.last_mut() {
            start = start.max(last.end);
            let short = last.len() < shortest || end.saturating_sub(start) < shortest;
            if short && end.saturating_sub(last.start) <= longest {
                last.end = end;
                continue;
            }
        }
        if start < end {
            windows.extend(level::pieces(audio, start..end, longest, samples(SEARCH)));
        }
    }
    windows
}

fn chances(
    transcriber: &dyn Transcriber,
    piece: &Audio,
    cancellation: &Cancellation,
) -> Result<Vec<(&'static str, f64)>> {
    let found = transcriber.language_probabilities(piece, cancellation)?;
    let mut chances: Vec<(&'static str, f64)> = found
        .into_iter()
        .map(|(code, chance)| (code, f64::from(chance)))
        .collect();
    let likeliest = chances
        .iter()
        .copied()
        .max_by(|one, other| one.1.total_cmp(&other.1));
    if let Some((language, chance)) = likeliest
        && chance < DOUBTFUL
    {
        let options = Options {
            language: Some(language.to_owned()),
            ..Options::default()
        };
        let heard = transcriber.transcribe(piece, &options, &mut |_| {}, cancellation)?;
        ask_text(&heard.text, &mut chances);
    }
    Ok(chances)
}

/// What the text says of its language counts as much as what was heard; it says nothing of languages that it could
/// not be told to be in.
fn ask_text(text: &str, chances: &mut [(&'static str, f64)]) {
    if text.chars().filter(|one| one.is_alphabetic()).count() < LETTERS {
        return;
    }
    let guesses = detect(text);
    let said = |code: &str| {
        let found = guesses.iter().find(|guess| guess.language == code);
        found.map_or(LEAST, |guess| guess.confidence.max(LEAST))
    };
    for (code, chance) in chances.iter_mut() {
        *chance *= match *code {
            // Norwegian as a whole, and Cantonese, which is written as Chinese.
            "no" => said("nb").max(said("nn")),
            "yue" => said("zh"),
            code if can_be_told(code) => said(code),
            _ => UNTOLD,
        };
    }
    let sum: f64 = chances.iter().map(|(_, chance)| chance).sum();
    for (_, chance) in chances {
        *chance /= sum.max(f64::MIN_POSITIVE);
    }
}

/// The mean over all windows, longer ones counting for more.
fn overall(windows: &[Window]) -> Vec<LanguageGuess> {
    let all: f64 = windows.iter().map(Window::seconds).sum();
    let mut guesses: Vec<LanguageGuess> = Vec::new();
    for window in windows {
        let weight = window.seconds() / all;
        for (code, chance) in &window.chances {
            match guesses.iter_mut().find(|guess| guess.language == *code) {
                Some(guess) => guess.confidence += chance * weight,
                None => guesses.push(LanguageGuess {
                    language: (*code).to_owned(),
                    name: name(code),
                    confidence: chance * weight,
                }),
            }
        }
    }
    guesses.retain(|guess| guess.confidence >= WORTH_NAMING);
    guesses.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    guesses
}

/// The course of languages, and the share of each in all windows.
fn spans(windows: &[Window]) -> (Vec<SpokenSpan>, Vec<LanguageShare>) {
    let codes = windows
        .first()
        .map(|window| window.chances.iter().map(|(code, _)| *code));
    let candidates: Vec<&'static str> = codes.into_iter().flatten().collect();
    let chances = |window: &Window| {
        candidates
            .iter()
            .map(|code| window.chance(code).ln())
            .collect()
    };
    let chances: Vec<Vec<f64>> = windows.iter().map(chances).collect();
    let mut spans: Vec<SpokenSpan> = Vec::new();
    let mut shares: Vec<LanguageShare> = Vec::new();
    let all: f64 = windows.iter().map(Window::seconds).sum();
    // Seconds of windows in the last span, to take the mean of their chances.
    let mut heard = 0.0;
    for (window, at) in windows.iter().zip(likeliest_course(&chances, CHANGE)) {
        let code = candidates[at];
        let length = window.seconds();
        LanguageShare::add(&mut shares, code, &name(code), length / all);
        let end = at_second(window.samples.end);
        if let Some(span) = spans.last_mut().filter(|span| span.language == code) {
            let sum = span.confidence * heard + window.chance(code) * length;
            heard += length;
            span.confidence = sum / heard;
            span.end = end;
            continue;
        }
        heard = length;
        spans.push(SpokenSpan {
            start: at_second(window.samples.start),
            end,
            language: code.to_owned(),
            name: name(code),
            confidence: window.chance(code),
        });
    }
    shares.sort_by(|one, other| other.share.total_cmp(&one.share));
    (spans, shares)
}

fn at_second(sample: usize) -> f64 {
    sample as f64 / f64::from(SPEECH_RATE)
}

/// `Portuguese`.
fn name(code: &str) -> String {
    let name = language_name(code).unwrap_or(code);
    let mut letters = name.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: f64, to: f64, chances: &[(&'static str, f64)]) -> Window {
        Window {
            samples: samples(from)..samples(to),
            chances: chances.to_vec(),
        }
    }

    #[test]
    fn speech_is_cut_into_windows() {
        let stretch = |from: f64, to: f64| samples(from)..samples(to);
        let speech = [
            stretch(0.0, 1.0),
            stretch(1.5, 4.0),
            stretch(5.0, 30.0),
            stretch(31.0, 32.0),
        ];
        let audio = vec![0.0; samples(40.0)];
        let found = windows(&speech, &audio);
        assert_eq!(found[0], stretch(0.0, 4.2));
        assert!((4..=7).contains(&found.len()), "{found:?}");
        assert!(found.iter().all(|window| seconds(window) <= LONGEST + 0.01));
        assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
        assert!(windows(&[], &audio).is_empty());
    }

    #[test]
    fn a_change_is_found_and_a_doubtful_window_is_none() {
        let windows = [
            window(0.0, 5.0, &[("en", 0.9), ("de", 0.1)]),
            window(5.0, 9.0, &[("en", 0.45), ("de", 0.55)]),
            window(9.0, 15.0, &[("en", 0.95), ("de", 0.05)]),
            window(16.0, 25.0, &[("en", 0.01), ("de", 0.99)]),
        ];
        let (found, shares) = spans(&windows);
        let languages: Vec<&str> = found.iter().map(|span| span.language.as_str()).collect();
        assert_eq!(languages, ["en", "de"]);
        assert!((found[0].end - 15.0).abs() < 0.01 && (found[1].start - 16.0).abs() < 0.01);
        assert!((0.6..0.95).contains(&found[0].confidence));
        let sum: f64 = shares.iter().map(|share| share.share).sum();
        assert!((sum - 1.0).abs() < 1e-9);
        // The pause belongs to none.
        assert!((shares[0].share - 15.0 / 24.0).abs() < 1e-9);
        assert_eq!(overall(&windows)[0].name, "English");
        assert!(spans(&[]).0.is_empty() && overall(&[]).is_empty());
    }

    #[test]
    fn the_text_has_its_say() {
        let mut chances = vec![("pt", 0.4), ("es", 0.6)];
        ask_text(
            "Não sei onde estão as crianças, mas acho que voltam logo.",
            &mut chances,
        );
        assert!(chances[0].1 > 0.9, "{chances:?}");
        let mut chances = vec![("pt", 0.4), ("es", 0.6)];
        ask_text("Ah, no.", &mut chances);
        assert_eq!(chances, [("pt", 0.4), ("es", 0.6)]);
    }
}
