//! What is told of the words, and of who says them.

use super::{Live, event::Event, samples, seconds, turns::Utterance};
use crate::{
    speakers::{Encoder, Speakers, letter},
    transcribe::{Word, formatting::format_words},
};

/// Seconds of a voice that tell something of it.
const LEAST_VOICE: f64 = 0.4;
/// Seconds of an utterance by which its speaker is told.
const VOICE_SECONDS: f64 = 20.0;

/// Who has spoken so far.
pub(super) struct Voices {
    encoder: Encoder,
    speakers: Speakers,
}

impl Voices {
    pub(super) fn new(encoder: Encoder) -> Self {
        Self {
            encoder,
            speakers: Speakers::new(crate::speakers::MOST),
        }
    }
}

impl Live {
    pub(super) fn commit(&mut self, words: &[Word]) {
        if words.is_empty() {
            return;
        }
        self.note_first(words);
        self.tally.committed(words, seconds(self.buffer.end()));
        if let Some(utterance) = &mut self.utterance {
            utterance.words.extend(words.iter().cloned());
        }
        let words = self.written(words);
        self.events.push(Event::Committed { words });
    }

    pub(super) fn tell_tentative(&mut self) {
        if let Some(words) = self.agreement.changed() {
            self.note_first(&words);
            let words = self.written(&words);
            self.events.push(Event::Tentative { words });
        }
    }

    /// Words as they are to be written.
    pub(super) fn written(&self, words: &[Word]) -> Vec<Word> {
        let language = self.language.as_deref().unwrap_or("en");
        format_words(words, &self.settings.formatting, language)
    }

    /// How long it took until something of the utterance was told.
    pub(super) fn note_first(&mut self, words: &[Word]) {
        let now = self.buffer.end();
        if let Some(utterance) = &mut self.utterance
            && !words.is_empty()
            && !utterance.told
        {
            utterance.told = true;
            let delay = now.saturating_sub(utterance.started);
            self.tally.first_word(seconds(delay));
        }
    }

    /// Who speaks in an utterance, as far as it is still held.
    pub(super) fn speaker(&mut self, utterance: &Utterance, stopped: u64) -> Option<String> {
        let voices = self
            .voices
            .as_mut()
            .filter(|_| !utterance.words.is_empty())?;
        let from = utterance.started.max(self.buffer.start());
        let until = stopped.min(from + samples(VOICE_SECONDS));
        let sound = self.buffer.copy(from, until);
        let heard = seconds(sound.len() as u64);
        if heard < LEAST_VOICE {
            return None;
        }
        let voice = voices.encoder.embed(&[&sound]).pop()?;
        Some(letter(voices.speakers.assign(&voice, heard as f32)))
    }
}
