//! Windows -> segments, each in its own language.

use std::ops::Range;

use super::{Request, Tools, windows::Window};
use crate::{
    Cancellation, Error, Result,
    audio::{Audio, SPEECH_RATE},
    transcribe::{
        Options, Segment, Transcript, transcript,
        whisper::{SURE, code},
    },
};

/// What was heard so far.
pub(super) struct Hearing<'a> {
    tools: &'a Tools,
    request: &'a Request,
    samples: &'a [f32],
    cancellation: &'a Cancellation,
    /// The language that was heard last and surely.
    presumed: Option<String>,
    /// The window that could not tell the language either, by where it starts.
    asked: Option<usize>,
    fallbacks: u32,
    detection_seconds: f64,
    /// Language, probability and length in seconds of each window.
    heard: Vec<(String, f32, f64)>,
}

impl<'a> Hearing<'a> {
    pub(super) fn new(
        tools: &'a Tools,
        request: &'a Request,
        samples: &'a [f32],
        cancellation: &'a Cancellation,
    ) -> Self {
        Self {
            tools,
            request,
            samples,
            cancellation,
            presumed: request.options.presumed.clone(),
            asked: None,
            fallbacks: 0,
            detection_seconds: 0.0,
            heard: Vec::new(),
        }
    }

    fn audio(&self, window: &Window) -> Audio {
        Audio {
            samples: self.samples[window.clone()].to_vec(),
            sample_rate: SPEECH_RATE,
        }
    }

    /// The segments of some windows at their place in the recording.
    pub(super) fn windows(
        &mut self,
        windows: &[Window],
        numbers: Range<usize>,
    ) -> Result<Vec<Segment>> {
        let audio = windows[numbers.clone()].iter();
        let audio: Vec<Audio> = audio.map(|window| self.audio(window)).collect();
        let presumed = self.presumed.clone();
        let transcripts = self.transcribe(&audio)?;
        let mut segments = Vec::new();
        for ((number, audio), mut transcript) in numbers.zip(audio).zip(transcripts) {
            if self.is_doubtful(&transcript) {
                if self.presumed.is_none() {
                    // Before anything was heard surely, the longest of what follows has its say.
                    self.presumed = self.likely_language(&windows[number + 1..])?;
                }
                let known = self.presumed != presumed;
                if known && self.presumed.as_ref() != Some(&transcript.language) {
                    // It was heard before the language was known.
                    self.fallbacks += transcript.fallbacks + 1;
                    self.detection_seconds += transcript.detection_seconds;
                    let again = self.transcribe(std::slice::from_ref(&audio))?;
                    transcript = again.into_iter().next().unwrap_or_default();
                }
            }
            segments.extend(self.keep(&windows[number], &audio, transcript));
        }
        Ok(segments)
    }

    /// Remembers what a window came to; gives its segments.
    fn keep(&mut self, window: &Window, audio: &Audio, transcript: Transcript) -> Vec<Segment> {
        if !self.is_doubtful(&transcript) && !transcript.segments.is_empty() {
            self.presumed = Some(transcript.language.clone());
        }
        let several = self.request.options.language.is_none();
        let mut segments = transcript.segments;
        for segment in &mut segments {
            transcript::shift(segment, window.start as f64 / f64::from(SPEECH_RATE));
            segment.language = several.then(|| transcript.language.clone());
        }
        self.fallbacks += transcript.fallbacks;
        self.detection_seconds += transcript.detection_seconds;
        if !segments.is_empty() {
            let language = (
                transcript.language,
                transcript.language_probability,
                audio.seconds(),
            );
            self.heard.push(language);
        }
        segments
    }

    fn transcribe(&self, windows: &[Audio]) -> Result<Vec<Transcript>> {
        let options = Options {
            presumed: self.presumed.clone(),
            // Speakers change between words.
            words: self.request.options.words || self.request.speakers.is_some(),
            ..self.request.options.clone()
        };
        let transcriber = &self.tools.transcriber;
        transcriber.transcribe_windows(windows, &options, self.cancellation)
    }

    fn is_doubtful(&self, transcript: &Transcript) -> bool {
        // Where nothing is said there is nothing to doubt.
        self.request.options.language.is_none()
            && !transcript.segments.is_empty()
            && transcript.language_probability < SURE
    }

    /// The language of the longest window, if it is sure. Each is asked once.
    fn likely_language(&mut self, windows: &[Window]) -> Result<Option<String>> {
        let Some(longest) = windows.iter().max_by_key(|window| window.len()) else {
            return Ok(None);
        };
        if self.asked.replace(longest.start) == Some(longest.start) {
            return Ok(None);
        }
        let audio = self.audio(longest);
        let found = self
            .tools
            .transcriber
            .language_probabilities(&audio, self.cancellation);
        let found = match found {
            // It is too short, or the model knows one language only.
            Err(Error::InvalidInput { .. }) => return Ok(None),
            found => found?,
        };
        let sure = found
            .into_iter()
            .find(|(_, probability)| *probability >= SURE);
        Ok(sure.map(|(code, _)| code.to_owned()))
    }

    /// All but the segments: the language is that of most of the time.
    pub(super) fn finish(self, duration: f64) -> Result<Transcript> {
        let seconds = |language: &str| -> f64 {
            let heard = self.heard.iter();
            let same = heard.filter(|(other, _, _)| other == language);
            same.map(|(_, _, seconds)| seconds).sum()
        };
        let most = self
            .heard
            .iter()
            .max_by(|one, other| seconds(&one.0).total_cmp(&seconds(&other.0)));
        let Some((language, _, _)) = most else {
            let asked = self.request.options.language.as_deref();
            let asked = asked.map(code).transpose()?;
            return Ok(Transcript {
                detection_seconds: self.detection_seconds,
                fallbacks: self.fallbacks,
                ..transcript::empty(asked, duration)
            });
        };
        let weighted = self.heard.iter().filter(|(other, _, _)| other == language);
        let sum: f64 = weighted
            .map(|(_, probability, seconds)| f64::from(*probability) * seconds)
            .sum();
        Ok(Transcript {
            language: language.clone(),
            language_probability: (sum / seconds(language).max(f64::MIN_POSITIVE)) as f32,
            detection_seconds: self.detection_seconds,
            duration,
            fallbacks: self.fallbacks,
            ..Transcript::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::transcribe::Transcriber;

    /// Doubts each language that is not presumed; of one window alone it says what it may be.
    struct Doubting {
        certainty: f32,
        asked: AtomicUsize,
    }

    impl Transcriber for Doubting {
        fn transcribe(
            &self,
            audio: &Audio,
            options: &Options,
            _: &mut dyn FnMut(&Segment),
            _: &Cancellation,
        ) -> Result<Transcript> {
            let (language, probability) = match options.presumed.as_deref() {
                Some(presumed) => (presumed, 0.7),
                None => ("it", 0.3),
            };
            let segment = Segment {
                text: language.to_owned(),
                end: audio.seconds(),
                ..Segment::default()
            };
            Ok(Transcript {
                language: language.to_owned(),
                language_probability: probability,
                segments: vec![segment],
                ..Transcript::default()
            })
        }

        fn language_probabilities(
            &self,
            _: &Audio,
            _: &Cancellation,
        ) -> Result<Vec<(&'static str, f32)>> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            Ok(vec![("fr", self.certainty)])
        }
    }

    /// The languages of four windows that are heard one after the other or at once, how often they were told from one alone,
    /// and what is told of the whole.
    fn heard(certainty: f32, at_once: usize) -> (Vec<String>, usize, Transcript) {
        let transcriber = Arc::new(Doubting {
            certainty,
            asked: AtomicUsize::new(0),
        });
        let tools = Tools {
            transcriber: transcriber.clone(),
            detector: None,
            speaker_encoder: None,
        };
        let request = Request::default();
        let samples = vec![0.1; 16_000 * 10];
        let windows = [0..16_000, 16_000..48_000, 48_000..112_000, 112_000..160_000];
        let never = Cancellation::new();
        let mut hearing = Hearing::new(&tools, &request, &samples, &never);
        let mut texts = Vec::new();
        for first in (0..windows.len()).step_by(at_once) {
            let some = first..windows.len().min(first + at_once);
            let segments = hearing.windows(&windows, some).unwrap();
            texts.extend(segments.into_iter().map(|segment| segment.text));
        }
        let asked = transcriber.asked.load(Ordering::Relaxed);
        (texts, asked, hearing.finish(10.0).unwrap())
    }

    #[test]
    fn what_was_doubtful_is_heard_again_once_a_longer_window_tells_the_language() {
        for at_once in [1, 2, 4] {
            let (texts, asked, whole) = heard(0.9, at_once);
            assert_eq!((texts, asked), (vec!["fr".to_owned(); 4], 1), "{at_once}");
            assert_eq!(whole.language, "fr");
            assert!((whole.language_probability - 0.7).abs() < 1e-6);
            // Those that were heard with the first were heard before the language was known.
            assert_eq!(whole.fallbacks as usize, at_once);
        }
    }

    #[test]
    fn a_window_that_does_not_know_either_is_not_asked_again() {
        for at_once in [1, 4] {
            let (texts, asked, whole) = heard(0.4, at_once);
            // The longest of what follows: the third for the first two, then the fourth.
            assert_eq!((texts, asked), (vec!["it".to_owned(); 4], 2), "{at_once}");
            assert_eq!((whole.language.as_str(), whole.fallbacks), ("it", 0));
        }
    }
}
