//! Where chosen tokens go: budget -> text -> stop texts -> the listener.

use super::{
    Continue, FinishReason, Generation, Options, Piece,
    pieces::{Decoder, Stops},
    record::Record,
    sampling::Choice,
    tokenizer::Vocabulary,
};
use crate::Result;

/// The reply while it is written.
pub(super) struct Writer<'a> {
    decoder: Decoder<'a>,
    stops: Stops<'a>,
    /// Where the settings ask for it.
    record: Option<Record<'a>>,
    on_piece: &'a mut dyn FnMut(Piece<'_>) -> Continue,
    text: String,
    /// Bytes of text that the tokens so far made, what stop texts hold back included.
    decoded: usize,
    /// Tokens so far.
    written: usize,
    /// Most of them.
    budget: usize,
    /// Tokens that end the text.
    ends: &'a [u32],
}

impl<'a> Writer<'a> {
    /// Checks the stop texts; `room` is what the prompt leaves of the context, in tokens.
    ///
    /// # Errors
    /// [`crate::Error::InvalidInput`].
    pub(super) fn new(
        vocabulary: &'a Vocabulary,
        options: &'a Options,
        room: usize,
        on_piece: &'a mut dyn FnMut(Piece<'_>) -> Continue,
    ) -> Result<Self> {
        let asked = options.logprobs.is_some();
        Ok(Self {
            decoder: Decoder::new(&vocabulary.tokenizer),
            stops: Stops::new(&options.stop)?,
            record: asked.then(|| Record::new(vocabulary)),
            on_piece,
            text: String::new(),
            decoded: 0,
            written: 0,
            budget: options.max_tokens.min(room),
            ends: &vocabulary.ends,
        })
    }

    /// Tokens that may still come.
    pub(super) fn left(&self) -> usize {
        self.budget - self.written
    }

    /// Takes the next token; tells whether it was the last one, and why.
    pub(super) fn take(&mut self, choice: Choice) -> Result<Option<FinishReason>> {
        if self.ends.contains(&choice.token) {
            self.finish()?;
            return Ok(Some(FinishReason::Stop));
        }
        self.written += 1;
        let last = choice.last;
        if self.push(choice)?.is_break() {
            return Ok(Some(FinishReason::Stop));
        }
        if last || self.left() == 0 {
            self.finish()?;
            let reason = if last {
                FinishReason::Stop
            } else {
                FinishReason::Length
            };
            return Ok(Some(reason));
        }
        Ok(None)
    }

    fn push(&mut self, choice: Choice) -> Result<Continue> {
        let piece = self.decoder.push(choice.token)?;
        if let Some(record) = &mut self.record {
            record.add(choice, self.decoded);
        }
        self.decoded += piece.len();
        let released = self.stops.push(&piece);
        let listener = self.release(&released.text);
        Ok(if released.stopped {
            Continue::Break(())
        } else {
            listener
        })
    }

    /// Releases what was held back; a listener who has had enough needs no more.
    fn finish(&mut self) -> Result<()> {
        let piece = self.decoder.finish()?;
        let released = self.stops.push(&piece);
        if self.release(&released.text).is_continue() && !released.stopped {
            let rest = self.stops.finish();
            let _ = self.tell(&rest, usize::MAX);
        }
        Ok(())
    }

    fn release(&mut self, text: &str) -> Continue {
        self.tell(text, self.text.len() + text.len())
    }

    /// Tells the listener of text and of the tokens that begin before byte `end` of all text.
    fn tell(&mut self, text: &str, end: usize) -> Continue {
        self.text.push_str(text);
        let record = self.record.as_mut();
        let logprobs = record.map_or(&[][..], |record| record.release(end));
        if text.is_empty() && logprobs.is_empty() {
            return Continue::Continue(());
        }
        (self.on_piece)(Piece { text, logprobs })
    }

    /// The whole of it.
    pub(super) fn generation(
        self,
        (prompt_tokens, cached_tokens): (usize, usize),
        finish_reason: FinishReason,
    ) -> Generation {
        Generation {
            text: self.text,
            prompt_tokens,
            cached_tokens,
            completion_tokens: self.written,
            finish_reason,
            logprobs: self.record.map(Record::released),
        }
    }
}
