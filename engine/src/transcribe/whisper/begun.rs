//! Audio -> what there is to write of it, in which language -> a transcript.

use std::{ops::Range, sync::Arc, time::Instant};

use super::{
    WhisperTranscriber, choose, code, seconds, segments::Decoded, sequence::Heard, silence, window,
};
use crate::{
    Cancellation, Result,
    audio::{Audio, SPEECH_RATE},
    transcribe::{Options, Segment, Transcript, transcript},
};

/// A transcript that has begun.
pub(super) struct Begun {
    /// At [`SPEECH_RATE`].
    pub(super) samples: Vec<f32>,
    pub(super) language: &'static str,
    /// Parts of at most thirty seconds in which something is to be heard.
    pub(super) parts: Vec<Range<usize>>,
    /// What was heard of the first part with a short context, where that told the language.
    pub(super) heard: Option<Arc<Heard>>,
    transcript: Transcript,
}

impl WhisperTranscriber {
    /// Looks for the language unless it was given.
    pub(super) fn begin(
        &self,
        audio: &Audio,
        options: &Options,
        cancellation: &Cancellation,
    ) -> Result<Begun> {
        self.check(options)?;
        let asked = options.language.as_deref().map(code).transpose()?;
        let mut begun = Begun {
            samples: audio.resampled(SPEECH_RATE)?.samples,
            language: asked.unwrap_or("en"),
            parts: Vec::new(),
            heard: None,
            transcript: transcript::empty(asked, audio.seconds()),
        };
        if silence::is_silent(&begun.samples) {
            return Ok(begun);
        }
        cancellation.check()?;
        begun.parts = window::parts(&begun.samples);
        begun
            .parts
            .retain(|part| !silence::is_silent(&begun.samples[part.clone()]));
        let Some(first) = begun.parts.first().cloned() else {
            return Ok(begun);
        };
        begun.transcript.language_probability = 1.0;
        if asked.is_none() && self.tokenizer.special().is_multilingual() {
            let started = Instant::now();
            let heard = self.hear(&begun.samples[first], false, cancellation)?;
            let (language, probability) = choose(&self.languages(&heard), options)?;
            begun.language = language;
            language.clone_into(&mut begun.transcript.language);
            begun.transcript.language_probability = probability;
            begun.transcript.detection_seconds = started.elapsed().as_secs_f64();
            begun.heard = Some(heard);
        }
        Ok(begun)
    }
}

impl Begun {
    /// What was heard of a part when the language was told.
    pub(super) fn heard_of(&self, part: &Range<usize>) -> Option<Arc<Heard>> {
        let is_first = self.parts.first() == Some(part);
        self.heard.clone().filter(|_| is_first)
    }

    /// Adds what was decoded from this sample on; gives the new segments.
    pub(super) fn take(&mut self, decoded: Decoded, start: usize) -> &[Segment] {
        self.transcript.fallbacks += decoded.fallbacks;
        let segments = &mut self.transcript.segments;
        let before = segments.len();
        for mut segment in decoded.segments {
            transcript::shift(&mut segment, seconds(start));
            segment.id = segments.len();
            segments.push(segment);
        }
        &segments[before..]
    }

    pub(super) fn finish(mut self) -> Transcript {
        self.transcript.text = transcript::text(&self.transcript.segments);
        self.transcript
    }
}
