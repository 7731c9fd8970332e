//! What is said in stretches of audio: one token after another, until the decoder ends.

use std::sync::Arc;

use super::{
    WhisperTranscriber,
    choose::Chooser,
    decoder::{Continuation, Workspace},
    hotwords::Hotwords,
    rules::Rules,
    sequence::{Heard, Sequence},
};
use crate::{Cancellation, Result, kernel::Variant};

/// Most tokens that one stretch is written with: half of what the decoder has room for.
pub(super) const MOST_TOKENS: usize = 224;

/// How to write.
pub(super) struct Manner<'a> {
    /// What comes before the text: words to expect, the language, the task.
    pub(super) prompt: &'a [u32],
    /// How many of the prompt's last tokens begin the transcript.
    pub(super) beginning: usize,
    /// 0 takes the likeliest token each time.
    pub(super) temperature: f32,
    pub(super) most_tokens: usize,
    /// Length of the audio in steps of 20 ms.
    pub(super) length: u32,
    pub(super) hotwords: &'a Hotwords,
}

/// A token of the text, or a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token {
    pub(super) id: u32,
    /// Natural logarithm of its probability among what might have followed.
    pub(super) logprob: f32,
}

/// What was written.
pub(super) struct Written {
    pub(super) tokens: Vec<Token>,
    /// Probability in `[0, 1]` that nobody speaks.
    pub(super) no_speech: f32,
    pub(super) temperature: f32,
    /// Tokens that came before, the last of which begin the transcript.
    pub(super) prompt: usize,
    pub(super) beginning: usize,
    pub(super) sequence: Sequence,
}

impl WhisperTranscriber {
    /// Writes down what was heard, several texts at once: what the decoder reads for one of them is most of what it reads
    /// for all.
    pub(super) fn write(
        &self,
        texts: &[(Arc<Heard>, Manner<'_>)],
        cancellation: &Cancellation,
    ) -> Result<Vec<Written>> {
        let machine = self.machine();
        let vocabulary = self.decoder.vocabulary();
        let mut workspace = Workspace::default();
        let writers = texts.iter();
        let mut writers: Vec<Writer<'_>> = writers
            .map(|(heard, manner)| Writer::new(self, heard, manner))
            .collect();
        loop {
            cancellation.check()?;
            let mut open: Vec<&mut Writer<'_>> =
                writers.iter_mut().filter(|writer| !writer.ended).collect();
            if open.is_empty() {
                break;
            }
            let mut read: Vec<Continuation<'_>> =
                open.iter_mut().map(|writer| writer.go_on()).collect();
            let sizes = read.iter().map(|text| text.scored * vocabulary);
            let sizes: Vec<usize> = sizes.collect();
            let mut scores = self.decoder.forward(machine, &mut read, &mut workspace);
            let shares = open.into_iter().zip(sizes).map(|(writer, size)| {
                let (own, others) = std::mem::take(&mut scores).split_at_mut(size);
                scores = others;
                (writer, own)
            });
            machine.pool.share(shares, |(writer, scores)| {
                writer.choose(self.variant, vocabulary, scores);
            });
        }
        Ok(writers.into_iter().map(Writer::finish).collect())
    }
}

/// A text that is being written.
struct Writer<'a> {
    manner: &'a Manner<'a>,
    rules: Rules<'a>,
    sequence: Sequence,
    chooser: Chooser,
    most_tokens: usize,
    said: Vec<u32>,
    tokens: Vec<Token>,
    no_speech: f32,
    ended: bool,
}

impl<'a> Writer<'a> {
    fn new(
        transcriber: &'a WhisperTranscriber,
        heard: &Arc<Heard>,
        manner: &'a Manner<'a>,
    ) -> Self {
        let (tokenizer, decoder) = (&transcriber.tokenizer, &transcriber.decoder);
        let before = manner.prompt.len();
        let room = decoder.most_tokens().saturating_sub(before);
        let most_tokens = manner.most_tokens.min(room);
        Self {
            manner,
            rules: Rules {
                tokenizer,
                length: manner.length,
            },
            sequence: decoder.sequence(heard, before + most_tokens),
            chooser: Chooser::new(manner.temperature),
            most_tokens,
            said: Vec::new(),
            tokens: Vec::new(),
            no_speech: 0.0,
            ended: most_tokens == 0,
        }
    }

    /// What the decoder reads next: the prompt, then each token that was chosen.
    fn go_on(&mut self) -> Continuation<'_> {
        let (tokens, scored) = match self.said.last() {
            Some(last) => (std::slice::from_ref(last), 1),
            None => (self.manner.prompt, self.manner.beginning),
        };
        Continuation {
            sequence: &mut self.sequence,
            tokens,
            scored,
        }
    }

    /// Chooses a token by the scores of what was read last, `vocabulary` numbers for each token of it.
    fn choose(&mut self, variant: Variant, vocabulary: usize, scores: &mut [f32]) {
        let special = self.rules.tokenizer.special();
        if self.said.is_empty() {
            // Whether anybody speaks is told where the transcript starts.
            let scores = &scores[..vocabulary];
            let weighed = self.chooser.weigh(variant, scores);
            self.no_speech = weighed.of(scores[special.no_speech as usize]).exp();
        }
        let last = scores.len() - vocabulary;
        let scores = &mut scores[last..];
        let raised = self.manner.hotwords.raise(&self.said, scores);
        self.rules.apply(&self.said, scores);
        let mut token = self.chooser.choose(variant, scores);
        if !raised.is_empty() {
            // What is told is what the model thinks, not what is wished.
            for (id, by) in raised {
                scores[id as usize] -= by;
            }
            let weighed = self.chooser.weigh(variant, scores);
            token.logprob = weighed.of(scores[token.id as usize]);
        }
        if token.id == special.end_of_text {
            self.ended = true;
            return;
        }
        self.said.push(token.id);
        self.tokens.push(token);
        self.ended = self.tokens.len() >= self.most_tokens;
    }

    fn finish(self) -> Written {
        Written {
            tokens: self.tokens,
            no_speech: self.no_speech,
            temperature: self.manner.temperature,
            prompt: self.manner.prompt.len(),
            beginning: self.manner.beginning,
            sequence: self.sequence,
        }
    }
}
