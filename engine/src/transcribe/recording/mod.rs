//! A whole recording -> what was said in it, by whom.
//!
//! audio -> where somebody speaks (the voice activity detector) -> [`windows`] of at most thirty seconds that begin and end in
//! pauses -> a [`Transcriber`], which tells the language of each where none is given -> segments at their place in the
//! recording -> [`speakers`] -> [`Formatting`] -> [`Quality`]. Silence is never decoded, so nothing is invented in it, and
//! times need no mending, since nothing is cut out within a window.

mod hearing;
mod speakers;
#[cfg(test)]
mod tests;
mod windows;
mod write;

use std::{ops::Range, sync::Arc, time::Instant};

pub use speakers::{KnownSpeaker, SpeakerRequest};

use self::hearing::Hearing;
use super::{
    Options, Quality, Segment, Transcriber, Transcript, formatting::Formatting, transcript,
};
use crate::{
    Cancellation, Error, Result,
    audio::{Audio, SPEECH_RATE},
    speakers::Encoder,
    vad::{Detector, Sensitivity},
};

/// Windows that are heard at once: more are hardly faster, and what is heard is told later.
const AT_ONCE: usize = 4;

/// What is wanted of a recording.
#[derive(Debug, Clone)]
pub struct Request {
    /// How to transcribe it.
    pub options: Options,
    /// How easily speech begins and ends.
    pub sensitivity: Sensitivity,
    /// Seconds before and after speech that are heard with it: the detector begins late and ends early.
    pub margin: f64,
    /// Whether noise is taken out before anything is heard.
    pub noise_suppression: bool,
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
            noise_suppression: false,
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
    pub speaker_encoder: Option<Encoder>,
}

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
    let clean = request
        .noise_suppression
        .then(|| resampled.without_noise(cancellation))
        .transpose()?;
    // What was recorded is judged as it is.
    let recorded = resampled.samples.as_slice();
    let samples = clean.as_ref().map_or(recorded, |clean| &clean.samples);
    let speech = speech(tools, request, samples, cancellation)?;
    let mut kept = Kept {
        request,
        on_segment,
        segments: Vec::new(),
    };
    let mut hearing = Hearing::new(tools, request, samples, cancellation);
    let windows = windows::cut(&speech, samples, request.margin);
    let mut unnamed = Vec::new();
    let mut heard = 0;
    while heard < windows.len() {
        // The first one alone: it is told soonest, and its language helps the others.
        let count = if heard == 0 { 1 } else { AT_ONCE };
        let next = windows.len().min(heard + count);
        let segments = hearing.windows(&windows, heard..next)?;
        heard = next;
        if request.speakers.is_some() {
            unnamed.extend(segments);
            continue;
        }
        for segment in segments {
            kept.keep(segment);
        }
    }
    if let Some(wanted) = &request.speakers {
        let encoder = tools.speaker_encoder.as_ref().ok_or_else(|| {
            Error::invalid(
                "speakers",
                "cannot be told apart without the model `resemblyzer`",
            )
        })?;
        let named = speakers::tell(encoder, samples, unnamed, wanted, cancellation)?;
        for segment in named {
            kept.keep(segment);
        }
    }
    let mut transcript = hearing.finish(duration)?;
    let seconds = started.elapsed().as_secs_f64();
    let fallbacks = transcript.fallbacks;
    let quality = Quality::of(recorded, &speech, &kept.segments, fallbacks, seconds);
    transcript.quality = Some(quality);
    transcript.text = transcript::text(&kept.segments);
    transcript.segments = kept.segments;
    for segment in &mut transcript.segments {
        forget_words(segment, request);
    }
    Ok(transcript)
}

/// Where somebody speaks.
fn speech(
    tools: &Tools,
    request: &Request,
    samples: &[f32],
    cancellation: &Cancellation,
) -> Result<Vec<Range<usize>>> {
    match &tools.detector {
        Some(detector) => detector.speech(samples, request.sensitivity, cancellation),
        None => Ok(std::iter::once(0..samples.len()).collect()),
    }
}

/// The segments as they are written.
struct Kept<'a> {
    request: &'a Request,
    on_segment: &'a mut dyn FnMut(&Segment),
    segments: Vec<Segment>,
}

impl Kept<'_> {
    /// Writes, tells and keeps a segment, if anything is left of it.
    fn keep(&mut self, mut segment: Segment) {
        write::format(&mut segment, self.request);
        if segment.text.is_empty() {
            return;
        }
        segment.id = self.segments.len();
        let mut told = segment.clone();
        forget_words(&mut told, self.request);
        (self.on_segment)(&told);
        self.segments.push(segment);
    }
}

/// Speakers and quality are told by words, whoever wants them or not.
fn forget_words(segment: &mut Segment, request: &Request) {
    if !request.options.words {
        segment.words.clear();
    }
}
