//! A whole recording -> what was said in it, by whom.
//!
//! audio -> where somebody speaks (the voice activity detector) -> [`windows`] of at most thirty seconds that begin and end in
//! pauses -> a [`Transcriber`], which tells the language of each where none is given -> segments at their place in the
//! recording -> [`speakers`] -> [`Formatting`] -> [`Quality`]. Silence is never decoded, so nothing is invented in it, and
//! times need no mending, since nothing is cut out within a window.

mod speakers;
#[cfg(test)]
mod tests;
mod windows;
mod write;

use std::{sync::Arc, time::Instant};

pub use speakers::{KnownSpeaker, SpeakerRequest};

use super::{
    Options, Quality, Segment, Transcriber, Transcript, formatting::Formatting, transcript,
};
use crate::{
    Cancellation, Error, Result,
    audio::{Audio, SPEECH_RATE},
    speakers::Encoder,
    vad::{Detector, Sensitivity},
};

/// What is wanted of a recording.
#[derive(Debug, Clone)]
pub struct Request {
    /// How to transcribe it.
    pub options: Options,
    /// How easily speech begins and ends.
    pub sensitivity: Sensitivity,
    /// Seconds before and after speech that are heard with it: the detector begins late and ends early.
    pub margin: f64,
    /// Who speaks is told when this is given.
    pub speakers: Option<SpeakerRequest>,
    /// How the text is written.
    pub formatting: Formatting,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            options: Options::default(),
            sensitivity: Sensitivity::default(),
            margin: 0.3,
            speakers: None,
            formatting: Formatting::default(),
        }
    }
}

impl From<Options> for Request {
    fn from(options: Options) -> Self {
        Self {
            options,
            ..Self::default()
        }
    }
}

/// What it is done with.
#[derive(Clone)]
pub struct Tools {
    /// What hears.
    pub transcriber: Arc<dyn Transcriber>,
    /// What finds speech; without one, only what is inaudible or steady is passed over.
    pub detector: Option<Detector>,
    /// What tells speakers apart; needed when that is asked for.
    pub voices: Option<Encoder>,
}

/// Probability from which a language that was heard in one window is presumed in those that leave doubt.
const SURE: f32 = 0.6;

/// Writes down a recording. `on_segment` sees each segment in order before the call returns: as soon as it is heard, or
/// once the speakers of all are known.
///
/// # Errors
/// Those of the transcriber; [`Error::InvalidInput`] when speakers are asked for and there is nothing to tell them apart
/// with; [`Error::Cancelled`].
pub fn transcribe(
    tools: &Tools,
    audio: &Audio,
    request: &Request,
    on_segment: &mut dyn FnMut(&Segment),
    cancellation: &Cancellation,
) -> Result<Transcript> {
    let started = Instant::now();
    if let Some(wanted) = &request.speakers {
        wanted.check()?;
    }
    let duration = audio.seconds();
    let resampled = audio.resampled(SPEECH_RATE)?;
    let samples = resampled.samples.as_slice();
    let speech = match &tools.detector {
        Some(detector) => detector.speech(samples, request.sensitivity, cancellation)?,
        None => std::iter::once(0..samples.len()).collect(),
    };
    let mut run = Run {
        tools,
        request,
        samples,
        cancellation,
        presumed: request.options.presumed.clone(),
        transcript: Transcript::default(),
        heard: Vec::new(),
    };
    let windows = windows::cut(&speech, samples, request.margin);
    for number in 0..windows.len() {
        let segments = run.window(&windows, number)?;
        for mut segment in segments {
            segment.id = run.transcript.segments.len();
            if request.speakers.is_none() {
                write::format(&mut segment, request);
                if segment.text.is_empty() {
                    continue;
                }
                on_segment(&segment);
            }
            run.transcript.segments.push(segment);
        }
    }
    let mut transcript = run.finish(duration)?;
    if let Some(wanted) = &request.speakers {
        let voices = tools.voices.as_ref().ok_or_else(|| {
            Error::invalid(
                "speakers",
                "cannot be told apart without the model `resemblyzer`",
            )
        })?;
        let segments = std::mem::take(&mut transcript.segments);
        for mut segment in speakers::tell(voices, samples, segments, wanted, cancellation)? {
            segment.id = transcript.segments.len();
            write::format(&mut segment, request);
            if !segment.text.is_empty() {
                on_segment(&segment);
                transcript.segments.push(segment);
            }
        }
    }
    transcript.text = transcript::text(&transcript.segments);
    transcript.quality = Some(Quality::of(
        samples,
        &speech,
        &transcript.segments,
        transcript.fallbacks,
        started.elapsed().as_secs_f64(),
    ));
    if !request.options.words {
        for segment in &mut transcript.segments {
            segment.words.clear();
        }
    }
    Ok(transcript)
}

struct Run<'a> {
    tools: &'a Tools,
    request: &'a Request,
    samples: &'a [f32],
    cancellation: &'a Cancellation,
    /// The language that was heard last and surely.
    presumed: Option<String>,
    transcript: Transcript,
    /// Language, probability and length in seconds of each window.
    heard: Vec<(String, f32, f64)>,
}

impl Run<'_> {
    fn audio(&self, window: &windows::Window) -> Audio {
        Audio {
            samples: self.samples[window.clone()].to_vec(),
            sample_rate: SPEECH_RATE,
        }
    }

    /// The segments of a window at their place in the recording.
    fn window(&mut self, windows: &[windows::Window], number: usize) -> Result<Vec<Segment>> {
        let window = &windows[number];
        let audio = self.audio(window);
        let mut transcript = self.transcribe(&audio)?;
        if self.is_doubtful(&transcript) && self.presumed.is_none() {
            // Before anything was heard surely, the longest of what follows has its say.
            self.presumed = self.likely_language(&windows[number + 1..])?;
            if self.presumed.is_some() {
                transcript = self.transcribe(&audio)?;
            }
        }
        if !self.is_doubtful(&transcript) && !transcript.segments.is_empty() {
            self.presumed = Some(transcript.language.clone());
        }
        let several = self.request.options.language.is_none();
        let mut segments = transcript.segments;
        for segment in &mut segments {
            transcript::shift(segment, window.start as f64 / f64::from(SPEECH_RATE));
            segment.language = several.then(|| transcript.language.clone());
        }
        self.transcript.fallbacks += transcript.fallbacks;
        self.transcript.detection_seconds += transcript.detection_seconds;
        if !segments.is_empty() {
            let language = (
                transcript.language,
                transcript.language_probability,
                audio.seconds(),
            );
            self.heard.push(language);
        }
        Ok(segments)
    }

    fn transcribe(&self, audio: &Audio) -> Result<Transcript> {
        let options = Options {
            presumed: self.presumed.clone(),
            // Speakers change between words.
            words: self.request.options.words || self.request.speakers.is_some(),
            ..self.request.options.clone()
        };
        let transcriber = &self.tools.transcriber;
        transcriber.transcribe(audio, &options, &mut |_| {}, self.cancellation)
    }

    fn is_doubtful(&self, transcript: &Transcript) -> bool {
        // Where nothing is said there is nothing to doubt.
        self.request.options.language.is_none()
            && !transcript.segments.is_empty()
            && transcript.language_probability < SURE
    }

    /// The language of the longest window, if it is sure.
    fn likely_language(&self, windows: &[windows::Window]) -> Result<Option<String>> {
        let Some(longest) = windows.iter().max_by_key(|window| window.len()) else {
            return Ok(None);
        };
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

    /// The language is that of most of the time.
    fn finish(self, duration: f64) -> Result<Transcript> {
        let mut transcript = Transcript {
            duration,
            ..self.transcript
        };
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
            let asked = asked.map(super::whisper::code).transpose()?;
            let detection_seconds = transcript.detection_seconds;
            return Ok(Transcript {
                detection_seconds,
                ..transcript::empty(asked, duration)
            });
        };
        let weighted = self.heard.iter().filter(|(other, _, _)| other == language);
        let sum: f64 = weighted
            .map(|(_, probability, seconds)| f64::from(*probability) * seconds)
            .sum();
        transcript.language.clone_from(language);
        transcript.language_probability = (sum / seconds(language).max(f64::MIN_POSITIVE)) as f32;
        Ok(transcript)
    }
}
