//! Transcription of speech while it is spoken.
//!
//! samples of any rate, in pieces of any size -> [`Input`]: 16 kHz, without noise if that is wished -> [`Buffer`] and the
//! voice activity detector -> [`Question`] (what to decode now) -> a [`Transcriber`] -> [`Agreement`] -> [`Event`]s.
//!
//! What is buffered is decoded again and again while somebody speaks. Words that two decodes in a row agree on
//! are committed and never change (LocalAgreement-2: Macháček, Dabre & Bojar 2023, "Turning Whisper into
//! Real-Time Transcription System"); what follows them is tentative. What lies before a committed sentence's end
//! leaves the buffer and becomes the prompt, so that a decode costs the same after an hour. In silence nothing
//! is decoded.
//!
//! [`Live`] itself neither waits nor has threads: the same pushes and answers give the same events. A stream
//! holds at most [`buffer::MOST_SECONDS`] of audio, 3.8 MB.

mod agreement;
mod buffer;
mod context;
mod delays;
mod event;
mod guard;
mod input;
mod settings;
mod tally;
mod telling;
mod turns;

use agreement::Agreement;
use buffer::Buffer;
pub use delays::Delays;
pub use event::{Event, Metrics};
use input::Input;
pub use settings::{Ending, Settings};
use tally::Tally;
use telling::Voices;
use turns::{Utterance, text};

use std::collections::VecDeque;

use super::{
    Effort, Options, Transcriber, Transcript, Word,
    whisper::{SURE, code, hotwords},
};
use crate::{
    Cancellation, Result,
    audio::{Audio, SPEECH_RATE},
    speakers::Encoder,
    vad::{self, Change, Detector},
};

/// Seconds of silence after which what was said before is no context any more.
const CONTEXT: f64 = 2.5;
/// Seconds of audio that a first decode needs; less is guessed.
const LEAST_SECONDS: f64 = 0.5;
/// Seconds that are kept beyond the prefix while nobody speaks: the beginning is told late.
const BEFORE: f64 = 1.0;
/// Seconds behind from which on no decode is made only to be surer.
const HURRY: f64 = 1.5;
/// Seconds after the end of speech that are decoded with it: the detector ends a little early.
const AFTER: f64 = 0.2;

/// One stream of speech.
pub struct Live {
    settings: Settings,
    input: Input,
    voice: vad::Stream,
    buffer: Buffer,
    utterance: Option<Utterance>,
    /// The words of what is buffered, of the utterance before too.
    agreement: Agreement,
    /// What the detector told after the end of the utterance that is still being decoded.
    changes: VecDeque<Change>,
    /// Text of what was committed and left the buffer.
    prompt: String,
    /// Where the utterance before ended.
    ended: u64,
    /// The language of what is buffered, once it is known.
    language: Option<String>,
    asking: bool,
    /// Whether there is no more to come.
    finished: bool,
    events: Vec<Event>,
    tally: Tally,
    voices: Option<Voices>,
}

/// A stretch of audio to transcribe now.
pub struct Question {
    /// The stretch.
    pub audio: Audio,
    /// How.
    pub options: Options,
    from: u64,
    until: u64,
    last: bool,
}

impl Live {
    /// A stream of samples at this rate, in which speakers are told apart by `voices`.
    ///
    /// # Errors
    /// [`crate::Error::Audio`] for a rate that cannot be converted, [`crate::Error::InvalidInput`] for an unknown
    /// language or too many hotwords.
    pub fn new(
        detector: &Detector,
        voices: Option<Encoder>,
        rate: u32,
        settings: Settings,
    ) -> Result<Self> {
        hotwords::check(&settings.hotwords)?;
        let language = settings.language.as_deref().map(code).transpose()?;
        let settings = Settings {
            language: language.map(str::to_owned),
            ..settings
        };
        Ok(Self {
            input: Input::new(rate, settings.noise_suppression)?,
            voice: detector.stream(settings.sensitivity),
            buffer: Buffer::default(),
            utterance: None,
            agreement: Agreement::default(),
            changes: VecDeque::new(),
            prompt: String::new(),
            ended: 0,
            language: settings.language.clone(),
            asking: false,
            finished: false,
            events: Vec::new(),
            tally: Tally::default(),
            voices: voices.map(Voices::new),
            settings,
        })
    }

    /// Hears mono samples in `[-1, 1]`.
    ///
    /// # Errors
    /// [`crate::Error::Backend`] when they cannot be converted.
    pub fn push(&mut self, samples: &[f32]) -> Result<()> {
        let samples = self.input.push(samples)?;
        self.hear(&samples);
        Ok(())
    }

    /// There is no more: what is being said ends here.
    ///
    /// # Errors
    /// [`crate::Error::Backend`] when the last samples cannot be converted.
    pub fn finish(&mut self) -> Result<()> {
        if self.finished {
            return Ok(());
        }
        let rest = self.input.flush()?;
        self.hear(&rest);
        if self.voice.speaking() {
            self.note(Change::Stopped(self.buffer.end()));
        }
        self.finished = true;
        self.follow();
        Ok(())
    }

    /// What to decode now; nothing while an answer is awaited.
    pub fn ask(&mut self) -> Option<Question> {
        if self.asking {
            return None;
        }
        while self.is_heard_out() {
            self.end();
        }
        let hurried = self.behind() > HURRY;
        let utterance = self.utterance.as_ref()?;
        let until = self.until(utterance);
        let last = utterance.stopped.is_some();
        let new = seconds(until - utterance.decoded.min(until));
        let from = self.buffer.start();
        let spoken = seconds(until.saturating_sub(utterance.started));
        let long_enough = spoken >= LEAST_SECONDS;
        let due = match utterance.paused {
            // Whether a sentence was finished before the pause is to be known soon.
            Some(paused) => utterance.decoded < paused,
            None => new >= self.settings.interval && long_enough,
        };
        if !last && !due {
            return None;
        }
        self.asking = true;
        Some(Question {
            audio: Audio {
                samples: self.buffer.copy(from, until),
                sample_rate: SPEECH_RATE,
            },
            options: Options {
                language: self.language.clone(),
                prompt: self.prompt(),
                hotwords: self.settings.hotwords.clone(),
                words: true,
                effort: match (last, hurried) {
                    (true, false) => Effort::Thorough,
                    // All of it is committed, so what repeats itself is decoded again.
                    (true, true) => Effort::Ordinary,
                    (false, _) => Effort::Once,
                },
                ..Options::default()
            },
            from,
            until,
            last,
        })
    }

    /// Up to where there is something to decode of an utterance.
    fn until(&self, utterance: &Utterance) -> u64 {
        let end = self.buffer.end();
        let quiet = utterance.stopped.or(utterance.paused);
        quiet.map_or(end, |quiet| end.min(quiet + samples(AFTER)))
    }

    /// Whether the utterance is over and was decoded well up to its end: then it is only committed.
    fn is_heard_out(&self) -> bool {
        let hurried = self.behind() > HURRY;
        self.utterance.as_ref().is_some_and(|utterance| {
            let certain = hurried || !(utterance.doubtful || self.agreement.is_doubtful());
            let decoded = |stopped| utterance.decoded >= stopped;
            utterance.stopped.is_some_and(decoded) && certain
        })
    }

    /// What a question came to.
    pub fn answer(&mut self, question: &Question, transcript: Transcript) {
        self.asking = false;
        let Some(utterance) = &mut self.utterance else {
            return;
        };
        self.tally.decoded();
        utterance.decoded = question.until;
        if self.language.is_none() && transcript.language_probability >= SURE {
            self.language = Some(transcript.language.clone());
        }
        let offset = seconds(question.from);
        let heard = guard::words(transcript, offset);
        utterance.doubtful = heard.doubtful;
        let fresh = if question.last {
            self.agreement.close(heard.words)
        } else {
            self.agreement.next(heard.words)
        };
        self.commit(&fresh);
        if question.last {
            self.end();
        } else {
            self.tell_tentative();
            self.stop_when_over();
            self.trim();
        }
    }

    /// A question could not be answered; its audio is asked about again.
    pub fn give_up(&mut self) {
        self.asking = false;
    }

    /// Asks a transcriber until there is nothing more to ask now.
    ///
    /// # Errors
    /// The transcriber's.
    pub fn catch_up(
        &mut self,
        transcriber: &dyn Transcriber,
        cancellation: &Cancellation,
    ) -> Result<()> {
        while let Some(question) = self.ask() {
            let heard = transcriber.transcribe(
                &question.audio,
                &question.options,
                &mut |_| {},
                cancellation,
            );
            match heard {
                Ok(transcript) => self.answer(&question, transcript),
                Err(error) => {
                    self.give_up();
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// What happened since the last call, in order.
    pub fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Sums so far.
    pub fn metrics(&self) -> Metrics {
        self.tally.metrics(seconds(self.buffer.end()))
    }

    /// Seconds that were heard since what was decoded last, as far as somebody speaks in them: how far it is behind.
    pub fn behind(&self) -> f64 {
        self.utterance.as_ref().map_or(0.0, |utterance| {
            let quiet = utterance.stopped.or(utterance.paused);
            let quiet = quiet.filter(|_| self.changes.is_empty());
            let end = quiet.unwrap_or_else(|| self.buffer.end());
            seconds(end.saturating_sub(utterance.decoded))
        })
    }

    /// In pieces, so that what is told of one is followed before the next takes its room.
    fn hear(&mut self, heard: &[f32]) {
        for piece in heard.chunks(SPEECH_RATE as usize) {
            let before = self.buffer.start();
            self.buffer.push(piece);
            self.lose(before);
            let mut changes = Vec::new();
            self.voice.push(piece, |change| changes.push(change));
            for change in changes {
                self.note(change);
            }
            self.follow();
        }
    }

    /// What left the buffer since it began there, of an utterance and not decoded, is lost.
    fn lose(&mut self, before: u64) {
        let Some(utterance) = &self.utterance else {
            return;
        };
        let lost = self
            .buffer
            .start()
            .saturating_sub(before.max(utterance.decoded));
        if lost == 0 {
            return;
        }
        let lost = seconds(lost);
        self.tally.lost(lost);
        match self.events.last_mut() {
            Some(Event::Lost { seconds }) => *seconds += lost,
            _ => self.events.push(Event::Lost { seconds: lost }),
        }
    }
}

/// Adds words to a sentence, with spaces where their scripts have them.
pub fn append(text: &mut String, words: &[Word]) {
    for word in words {
        super::append(text, &word.word);
    }
}

fn seconds(samples: u64) -> f64 {
    samples as f64 / f64::from(SPEECH_RATE)
}

fn samples(seconds: f64) -> u64 {
    (seconds.max(0.0) * f64::from(SPEECH_RATE)) as u64
}

#[cfg(test)]
mod tests;
