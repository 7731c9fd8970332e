//! The draft: the model writes, every finished sentence is checked, and only what passes leaves.

use std::{sync::Arc, time::Instant};

use super::{
    Evidence, Question, Usage,
    grounding::{Candidate, Check, Sources},
};
use crate::{
    Cancellation, Result,
    embed::Embedder,
    generate::{Continue, FinishReason, Generator, Message, Options, Piece, ResponseFormat, Role},
    retrieve::{Hit, Passage},
    text,
};

/// Most sentences of a reply; later ones of a small model wander off.
const MOST_SENTENCES: usize = 3;
/// Most tokens of passages in the prompt: reading takes longer than writing a short answer.
const PASSAGE_TOKENS: usize = 480;
/// Most earlier turns that the model sees.
const MOST_HISTORY: usize = 4;

const INSTRUCTIONS: &str = "Answer the question from the passages only, in one or two short \
    sentences, with the words of the passages. If the passages do not answer it, say: I do not know.";

/// Beginnings and parts of a draft that declines.
const ABSTENTIONS: [&str; 8] = [
    "i do not know",
    "i don't know",
    "i'm sorry",
    "i am sorry",
    "do not answer",
    "does not answer",
    "not mentioned",
    "no information",
];

/// All that a draft is written from.
pub(super) struct Draft<'a> {
    pub(super) generator: Arc<dyn Generator>,
    pub(super) embedder: Arc<dyn Embedder>,
    pub(super) question: &'a Question,
    pub(super) hits: &'a [Hit],
    pub(super) sources: &'a Sources,
    pub(super) candidates: &'a [Candidate],
}

/// What came of it.
#[derive(Default)]
pub(super) struct Outcome {
    /// The sentences that passed.
    pub(super) text: String,
    /// The source sentence behind each of them, and how similar it is.
    pub(super) rests_on: Vec<(usize, f32)>,
    /// Every check.
    pub(super) evidence: Vec<Evidence>,
    /// Whether the model said that it does not know.
    pub(super) abstained: bool,
    /// Seconds spent on checking.
    pub(super) checking: f64,
    pub(super) usage: Usage,
    pub(super) finish_reason: Option<FinishReason>,
}

impl Draft<'_> {
    /// Writes; `on_text` gets each sentence that passed, with the space before it.
    pub(super) fn write(
        &self,
        on_text: &mut dyn FnMut(String),
        cancellation: &Cancellation,
    ) -> Result<Outcome> {
        let options = Options {
            logprobs: None,
            response_format: ResponseFormat::Text,
            ..self.question.settings.writing.clone()
        };
        let mut outcome = Outcome::default();
        let mut pending = String::new();
        let mut failure = None;
        let mut on_piece = |piece: Piece<'_>| {
            pending.push_str(piece.text);
            let verdict = self.take_finished(&mut pending, &mut outcome, on_text, cancellation);
            verdict.unwrap_or_else(|error| {
                failure = Some(error);
                Continue::Break(())
            })
        };
        let generation =
            self.generator
                .generate(&self.messages()?, &options, &mut on_piece, cancellation)?;
        if let Some(error) = failure {
            return Err(error);
        }
        let ended = generation.finish_reason == FinishReason::Stop;
        let open = !outcome.abstained && outcome.evidence.iter().all(|e| e.supported);
        // What the budget cut off in the middle is no sentence.
        if ended && open && outcome.evidence.len() < MOST_SENTENCES && !pending.trim().is_empty() {
            // Nothing follows, so it does not matter whether more is wanted.
            let _ = self.take(pending.trim(), &mut outcome, on_text, cancellation)?;
        }
        outcome.usage = Usage {
            prompt_tokens: generation.prompt_tokens,
            cached_tokens: generation.cached_tokens,
            completion_tokens: generation.completion_tokens,
        };
        outcome.finish_reason = Some(generation.finish_reason);
        Ok(outcome)
    }

    /// Checks the sentences that another one follows, so that each is whole.
    fn take_finished(
        &self,
        pending: &mut String,
        outcome: &mut Outcome,
        on_text: &mut dyn FnMut(String),
        cancellation: &Cancellation,
    ) -> Result<Continue> {
        while let [first, second, ..] = text::sentences(pending).as_slice() {
            let rest = pending.split_off(second.start);
            let sentence = std::mem::replace(pending, rest);
            if self
                .take(&sentence[first.clone()], outcome, on_text, cancellation)?
                .is_break()
            {
                pending.clear();
                return Ok(Continue::Break(()));
            }
        }
        Ok(Continue::Continue(()))
    }

    /// Checks one sentence and sends it on when it passes.
    fn take(
        &self,
        sentence: &str,
        outcome: &mut Outcome,
        on_text: &mut dyn FnMut(String),
        cancellation: &Cancellation,
    ) -> Result<Continue> {
        let started = Instant::now();
        let sentence = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
        let sentence = self.without_heading(&sentence);
        let embeddings = self.embedder.embed(&[sentence], cancellation)?;
        let vector = embeddings
            .first()
            .map_or(&[][..], |embedding| &embedding.vector);
        let (evidence, source) = self.sources.check(&Check {
            question: &self.question.text,
            candidates: self.candidates,
            sentence,
            vector,
            first: outcome.text.is_empty(),
        });
        outcome.checking += started.elapsed().as_secs_f64();
        let supported = evidence.supported;
        // Only what the passages do not say can be the model's own "I do not know".
        if !supported && abstains(sentence) {
            outcome.abstained = outcome.text.is_empty();
            return Ok(Continue::Break(()));
        }
        if let Some(source) = source.filter(|_| supported) {
            let space = if outcome.text.is_empty() { "" } else { " " };
            let text = format!("{space}{sentence}");
            outcome.text.push_str(&text);
            if outcome.rests_on.iter().all(|(known, _)| *known != source) {
                outcome.rests_on.push((source, evidence.similarity));
            }
            on_text(text);
        }
        outcome.evidence.push(evidence);
        let enough = outcome.evidence.len() >= MOST_SENTENCES;
        Ok(if supported && !enough {
            Continue::Continue(())
        } else {
            Continue::Break(())
        })
    }

    /// The sentence without the label of a passage that the model copied with it.
    fn without_heading<'b>(&self, sentence: &'b str) -> &'b str {
        let labels = self.hits.iter().map(|hit| label(&hit.passage));
        let mut rests = labels.filter_map(|label| sentence.strip_prefix(label)?.strip_prefix(": "));
        rests.next().unwrap_or(sentence)
    }

    /// Instructions, earlier turns, passages and question.
    fn messages(&self) -> Result<Vec<Message>> {
        let settings = &self.question.settings;
        let own = settings.instructions.as_deref().unwrap_or_default();
        let system = format!("{own}\n\n{INSTRUCTIONS}").trim().to_owned();
        let history = &self.question.history;
        let recent = history.len().saturating_sub(MOST_HISTORY);
        let mut messages = vec![Message {
            role: Role::System,
            content: system,
        }];
        let spoken = |message: &&Message| message.role != Role::System;
        messages.extend(history[recent..].iter().filter(spoken).cloned());
        let passages = self.passages()?;
        let question = self.question.text.trim();
        messages.push(Message {
            role: Role::User,
            content: format!("Passages:\n{passages}\nQuestion: {question}"),
        });
        Ok(messages)
    }

    /// The passages that hold the likeliest sentences, as many as fit.
    fn passages(&self) -> Result<String> {
        let mut chosen: Vec<usize> = Vec::new();
        let mut text = String::new();
        let mut left = PASSAGE_TOKENS;
        for candidate in self.candidates {
            let index = self.sources.sentences[candidate.source].passage;
            if chosen.contains(&index) {
                continue;
            }
            let passage = &self.hits[index].passage;
            let entry = format!("{}: {}\n", label(passage), passage.text);
            let tokens = self.generator.count_tokens(&entry)?;
            // The best passage is always shown: it is at most a chunk long.
            if tokens > left && !chosen.is_empty() {
                break;
            }
            left = left.saturating_sub(tokens);
            chosen.push(index);
            text.push_str(&entry);
        }
        Ok(text)
    }
}

/// What stands in front of a passage in the prompt.
fn label(passage: &Passage) -> &str {
    passage.heading.as_deref().unwrap_or(&passage.title)
}

fn abstains(sentence: &str) -> bool {
    let sentence = sentence.to_lowercase().replace('’', "'");
    ABSTENTIONS
        .iter()
        .any(|abstention| sentence.contains(abstention))
}
