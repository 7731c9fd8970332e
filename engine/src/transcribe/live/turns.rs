//! Where an utterance begins and ends.
//!
//! changes that the voice activity detector tells -> one utterance after the other: what comes while the one before is still
//! being decoded waits for it.

use super::{
    BEFORE, CONTEXT, Live, agreement::Agreement, event::Event, samples, seconds, settings::Ending,
};
use crate::{transcribe::Word, vad::Change};

/// What is being said.
pub(super) struct Utterance {
    /// Where it began, in samples.
    pub(super) started: u64,
    /// Since when nobody speaks, while the utterance may go on.
    pub(super) paused: Option<u64>,
    /// Where it ended, once that is known.
    pub(super) stopped: Option<u64>,
    /// Up to where it was decoded.
    pub(super) decoded: u64,
    /// Whether the last decode went badly.
    pub(super) doubtful: bool,
    /// Whether a word of it was told.
    pub(super) told: bool,
    /// Words that were committed so far.
    pub(super) words: Vec<Word>,
}

impl Utterance {
    /// Whether nobody speaks and it may go on.
    fn is_paused(&self) -> bool {
        self.paused.is_some() && self.stopped.is_none()
    }
}

impl Live {
    /// Keeps a change until the utterance before it has been decoded; where silence alone ends utterances it is told at
    /// once.
    pub(super) fn note(&mut self, change: Change) {
        self.changes.push_back(change);
        if self.settings.ending == Ending::Silence {
            self.events.push(match change {
                Change::Started(at) => Event::SpeechStarted { at: seconds(at) },
                Change::Stopped(at) => Event::SpeechStopped { at: seconds(at) },
            });
        }
    }

    /// Goes on to the next utterance when there is no other.
    pub(super) fn follow(&mut self) {
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
    pub(super) fn stop_when_over(&mut self) {
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
                // Of several changes that waited, the next one ended the silence.
                let resumed = self.changes.iter().find_map(|change| match change {
                    Change::Started(at) if *at > paused => Some(*at),
                    _ => None,
                });
                let until = resumed.unwrap_or_else(|| self.buffer.end());
                let silence = seconds(until.saturating_sub(paused));
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
    pub(super) fn begin(&mut self, at: u64) {
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

    /// The utterance is over: what is still tentative is what was said.
    pub(super) fn end(&mut self) {
        let rest = self.agreement.rest();
        self.commit(&rest);
        let Some(utterance) = self.utterance.take() else {
            return;
        };
        let stopped = utterance.stopped.unwrap_or_else(|| self.buffer.end());
        self.tally
            .ended(seconds(stopped.saturating_sub(utterance.started)));
        let speaker = self.speaker(&utterance, stopped);
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

/// Words as a sentence.
pub(super) fn text(words: &[Word]) -> String {
    let mut text = String::new();
    super::append(&mut text, words);
    text
}
