//! What a decode sees of what was said before: as audio that stays in the buffer, then as a prompt.

use super::{CONTEXT, Live, agreement::Agreement, append, samples, seconds};
use crate::transcribe::Word;

/// Bytes of committed text that are given as a prompt: Whisper was trained with what was said before.
const CONTEXT_BYTES: usize = 200;
/// Seconds of buffered sound without words, such as music, from which on the older part leaves the buffer.
const WORDLESS: f64 = 15.0;

impl Live {
    /// Words to expect, and those that have left the buffer.
    pub(super) fn prompt(&self) -> Option<String> {
        let said = self.prompt.trim_start();
        let prompt = match &self.settings.vocabulary {
            Some(vocabulary) => format!("{vocabulary} {said}"),
            None => said.to_owned(),
        };
        (!prompt.trim().is_empty()).then_some(prompt)
    }

    /// Lets go of what was committed, at the end of a sentence if there is one.
    pub(super) fn trim(&mut self) {
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
    pub(super) fn remember(&mut self, words: &[Word]) {
        append(&mut self.prompt, words);
        let excess = self.prompt.len().saturating_sub(CONTEXT_BYTES);
        let start = self.prompt.ceil_char_boundary(excess);
        self.prompt.drain(..start);
    }
}
