//! Transcription of speech while it is spoken.
//!
//! samples of any rate, in pieces of any size -> 16 kHz -> [`Buffer`] and the voice activity detector ->
//! [`Question`] (what to decode now) -> a [`Transcriber`] -> [`Agreement`] -> [`Event`]s.
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
mod delays;
mod event;
mod guard;
mod settings;

use agreement::Agreement;
use buffer::Buffer;
pub use delays::Delays;
use delays::Histogram;
pub use event::{Event, Metrics};
pub use settings::{Ending, Settings};

use std::collections::VecDeque;

use super::{
    Effort, Options, Transcriber, Transcript, Word,
    formatting::format_words,
    whisper::{code, hotwords},
};
use crate::{
    Cancellation, Result,
    audio::{Audio, SPEECH_RATE, Stream},
    speakers::{Encoder, Speakers},
    vad::{self, Change, Detector},
};

/// Seconds of silence after which what was said before is no context any more.
const CONTEXT: f64 = 2.5;
/// Bytes of committed text that are given as a prompt: Whisper was trained with what was said before.
const PROMPT_BYTES: usize = 200;
/// Seconds of audio that a first decode needs; less is guessed.
const LEAST_SECONDS: f64 = 0.5;
/// Probability from which a language that was told is believed for the rest of the utterance.
const SURE: f32 = 0.6;
/// Seconds that are kept beyond the prefix while nobody speaks: the beginning is told late.
const BEFORE: f64 = 1.0;
/// Seconds of buffered sound without words, such as music, from which on the older part leaves the buffer.
const WORDLESS: f64 = 15.0;
/// Seconds behind from which on no decode is made only to be surer.
const HURRY: f64 = 1.5;
/// Most speakers of a stream.
const MOST_SPEAKERS: usize = 20;
/// Seconds of a voice that tell something of it.
const LEAST_VOICE: f64 = 0.4;
/// Seconds of an utterance by which its speaker is told.
const VOICE_SECONDS: f64 = 20.0;
/// Seconds after the end of speech that are decoded with it: the detector ends a little early.
const AFTER: f64 = 0.2;

/// One stream of speech.
pub struct Live {
    settings: Settings,
    input: Stream,
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
    metrics: Metrics,
    /// Sum of the committed words' probabilities.
    probability: f32,
    first_word: Histogram,
    committed: Histogram,
    voices: Option<(Encoder, Speakers)>,
}

/// What is being said.
struct Utterance {
    /// Where it began, in samples.
    started: u64,
    /// Since when nobody speaks, while the utterance may go on.
    paused: Option<u64>,
    /// Where it ended, once that is known.
    stopped: Option<u64>,
    /// Up to where it was decoded.
    decoded: u64,
    /// Whether the last decode went badly.
    doubtful: bool,
    /// Whether a word of it was told.
    told: bool,
    /// Words that were committed so far.
    words: Vec<Word>,
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

impl Utterance {
    /// Whether nobody speaks and it may go on.
    fn is_paused(&self) -> bool {
        self.paused.is_some() && self.stopped.is_none()
    }
}

impl Live {
    /// A stream of samples at this rate.
    ///
    /// # Errors
    /// [`crate::Error::Audio`] for a rate that cannot be converted, [`crate::Error::InvalidInput`] for an unknown
    /// language or too many hotwords.
    pub fn new(detector: &Detector, rate: u32, settings: Settings) -> Result<Self> {
        hotwords::check(&settings.hotwords)?;
        let language = settings.language.as_deref().map(code).transpose()?;
        let settings = Settings {
            language: language.map(str::to_owned),
            ..settings
        };
        Ok(Self {
            input: Stream::new(rate, SPEECH_RATE)?,
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
            metrics: Metrics::default(),
            probability: 0.0,
            first_word: Histogram::default(),
            committed: Histogram::default(),
            voices: None,
            settings,
        })
    }

    /// With what tells speakers apart, for which [`Settings::speakers`] asks.
    #[must_use]
    pub fn with_voices(self, voices: Encoder) -> Self {
        Self {
            voices: Some((voices, Speakers::new(MOST_SPEAKERS))),
            ..self
        }
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
        let hurried = self.behind() > HURRY;
        let utterance = self.utterance.as_ref()?;
        let end = self.buffer.end();
        let quiet = utterance.stopped.or(utterance.paused);
        let until = quiet.map_or(end, |quiet| end.min(quiet + samples(AFTER)));
        let last = utterance.stopped.is_some();
        // What was decoded well up to its end already is only committed.
        let decoded = utterance.decoded >= utterance.stopped.unwrap_or(until);
        let certain = hurried || !(utterance.doubtful || self.agreement.is_doubtful());
        if last && decoded && certain {
            self.end();
            return self.ask();
        }
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

    /// What a question came to.
    pub fn answer(&mut self, question: &Question, transcript: Transcript) {
        self.asking = false;
        let Some(utterance) = &mut self.utterance else {
            return;
        };
        self.metrics.decodes += 1;
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
    pub fn give_up(&mut self, _question: &Question) {
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
                    self.give_up(&question);
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
        Metrics {
            audio_seconds: seconds(self.buffer.end()),
            confidence: (self.metrics.words > 0)
                .then(|| self.probability / self.metrics.words as f32),
            first_word: self.first_word.delays(),
            committed: self.committed.delays(),
            ..self.metrics
        }
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
        self.metrics.lost_seconds += lost;
        match self.events.last_mut() {
            Some(Event::Lost { seconds }) => *seconds += lost,
            _ => self.events.push(Event::Lost { seconds: lost }),
        }
    }

    /// Keeps a change until the utterance before it has been decoded; where silence alone ends utterances it is told at
    /// once.
    fn note(&mut self, change: Change) {
        self.changes.push_back(change);
        if self.settings.ending == Ending::Silence {
            self.events.push(match change {
                Change::Started(at) => Event::SpeechStarted { at: seconds(at) },
                Change::Stopped(at) => Event::SpeechStopped { at: seconds(at) },
            });
        }
    }

    /// Goes on to the next utterance when there is no other.
    fn follow(&mut self) {
        while let Some(change) = self.changes.front().copied() {
            match (change, &mut self.utterance) {
                (Change::Started(_), Some(utterance)) if utterance.is_paused() => {
                    utterance.paused = None;
                }
                (Change::Started(_), Some(_)) => return,
                (Change::Started(at), None) => {
                    self.begin(at);
                    if self.settings.ending != Ending::Silence {
                        self.events.push(Event::SpeechStarted { at: seconds(at) });
                    }
                }
                (Change::Stopped(at), Some(utterance)) => {
                    utterance.paused = Some(at);
                    self.stop_when_over();
                }
                (Change::Stopped(_), None) => {}
            }
            self.changes.pop_front();
        }
        self.stop_when_over();
        let pause = seconds(self.buffer.end() - self.ended);
        if self.utterance.is_none() && pause > CONTEXT + BEFORE {
            self.agreement = Agreement::default();
            self.buffer.keep(samples(self.settings.prefix + BEFORE));
        }
    }

    /// Tells that an utterance has ended, once nobody speaks and nothing more is waited for.
    fn stop_when_over(&mut self) {
        let Some(utterance) = &mut self.utterance else {
            return;
        };
        let Some(paused) = utterance.paused.filter(|_| utterance.is_paused()) else {
            return;
        };
        let over = match self.settings.ending {
            Ending::Silence => true,
            Ending::Sentence { patience } => {
                let decoded = utterance.decoded >= paused;
                let silence = seconds(self.buffer.end().saturating_sub(paused));
                self.finished || silence >= patience || decoded && self.agreement.is_finished()
            }
        };
        if over {
            utterance.stopped = Some(paused);
            if self.settings.ending != Ending::Silence {
                self.events.push(Event::SpeechStopped {
                    at: seconds(paused),
                });
            }
        }
    }

    /// After a short pause what was said before stays in the buffer: words are heard better among others.
    fn begin(&mut self, at: u64) {
        let pause = seconds(at.saturating_sub(self.ended));
        let from = at
            .saturating_sub(samples(self.settings.prefix))
            .max(self.ended);
        if pause > CONTEXT || self.agreement.is_empty() {
            self.buffer.cut(from);
            self.agreement = Agreement::default();
            self.prompt.clear();
            self.language.clone_from(&self.settings.language);
        }
        self.utterance = Some(Utterance {
            started: at,
            paused: None,
            stopped: None,
            decoded: at.max(self.buffer.start()),
            doubtful: false,
            told: false,
            words: Vec::new(),
        });
    }

    fn prompt(&self) -> Option<String> {
        let said = self.prompt.trim_start();
        let prompt = match &self.settings.vocabulary {
            Some(vocabulary) => format!("{vocabulary} {said}"),
            None => said.to_owned(),
        };
        (!prompt.trim().is_empty()).then_some(prompt)
    }

    fn commit(&mut self, words: &[Word]) {
        if words.is_empty() {
            return;
        }
        self.note_first(words);
        let now = seconds(self.buffer.end());
        for word in words {
            self.committed.add(now - word.end);
            self.probability += word.probability;
        }
        if let Some(utterance) = &mut self.utterance {
            utterance.words.extend(words.iter().cloned());
        }
        self.metrics.words += words.len() as u64;
        let words = self.written(words);
        self.events.push(Event::Committed { words });
    }

    fn tell_tentative(&mut self) {
        if let Some(words) = self.agreement.changed() {
            self.note_first(&words);
            let words = self.written(&words);
            self.events.push(Event::Tentative { words });
        }
    }

    /// Words as they are to be written.
    fn written(&self, words: &[Word]) -> Vec<Word> {
        let language = self.language.as_deref().unwrap_or("en");
        format_words(words, &self.settings.formatting, language)
    }

    /// How long it took until something of the utterance was told.
    fn note_first(&mut self, words: &[Word]) {
        let now = self.buffer.end();
        if let Some(utterance) = &mut self.utterance
            && !words.is_empty()
            && !utterance.told
        {
            utterance.told = true;
            self.first_word
                .add(seconds(now.saturating_sub(utterance.started)));
        }
    }

    /// Lets go of what was committed, at the end of a sentence if there is one.
    fn trim(&mut self) {
        // What was heard after that waits to be decoded, however much of it there is.
        let reach = self
            .utterance
            .as_ref()
            .map_or(self.ended, |utterance| utterance.decoded);
        let length = seconds(reach.saturating_sub(self.buffer.start()));
        let anyway = self.agreement.commit_anyway(length);
        self.commit(&anyway);
        let Some(cut) = self.agreement.cut(length) else {
            if length >= WORDLESS && !self.agreement.is_growing() {
                self.buffer.cut(reach.saturating_sub(samples(CONTEXT)));
                self.agreement = Agreement::default();
            }
            return;
        };
        let at = self.buffer.quietest(samples(cut.from), samples(cut.to));
        self.buffer.cut(at);
        self.remember(&cut.words);
    }

    /// Keeps words for the prompts that follow.
    fn remember(&mut self, words: &[Word]) {
        for word in words {
            self.prompt.push(' ');
            self.prompt.push_str(&word.word);
        }
        let excess = self.prompt.len().saturating_sub(PROMPT_BYTES);
        let start = self.prompt.ceil_char_boundary(excess);
        self.prompt.drain(..start);
    }

    /// The utterance is over: what is still tentative is what was said.
    fn end(&mut self) {
        let rest = self.agreement.rest();
        self.commit(&rest);
        let Some(utterance) = self.utterance.take() else {
            return;
        };
        let stopped = utterance.stopped.unwrap_or_else(|| self.buffer.end());
        self.metrics.speech_seconds += seconds(stopped - utterance.started.min(stopped));
        self.metrics.utterances += 1;
        let speaker = self.speaker(utterance.started, stopped, !utterance.words.is_empty());
        self.events.push(Event::Ended {
            start: seconds(utterance.started),
            end: seconds(stopped),
            text: text(&self.written(&utterance.words)),
            language: self.language.clone(),
            speaker,
        });
        self.ended = stopped;
        self.trim();
        self.follow();
    }
}

impl Live {
    /// Who speaks in a stretch, as far as it is still held.
    fn speaker(&mut self, started: u64, stopped: u64, said: bool) -> Option<String> {
        let (encoder, speakers) = self.voices.as_mut().filter(|_| said)?;
        let from = started.max(self.buffer.start());
        let sound = self
            .buffer
            .copy(from, stopped.min(from + samples(VOICE_SECONDS)));
        let heard = seconds(sound.len() as u64);
        if heard < LEAST_VOICE {
            return None;
        }
        let voice = encoder.embed(&[&sound]).pop()?;
        let speaker = speakers.assign(&voice, heard as f32);
        Some(crate::speakers::letter(speaker))
    }
}

/// Words as a sentence.
fn text(words: &[Word]) -> String {
    let mut text = String::new();
    append(&mut text, words);
    text
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
