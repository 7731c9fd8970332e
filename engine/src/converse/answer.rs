//! What [`ask`](super::ask) gives: the text, where it comes from, and how sure we may be of it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{generate::FinishReason, retrieve::Hit};

/// A finished answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The reply: every [`Event::Text`], joined.
    pub text: String,
    /// Passages that were considered, best first.
    pub passages: Vec<Hit>,
    /// The sentences of the passages that the reply rests on, in its order; empty when the
    /// documents do not answer the question.
    pub citations: Vec<Citation>,
    /// How the reply stands to the passages.
    pub grounding: Grounding,
    /// The language model that was asked.
    pub model: String,
    /// Tokens read and written by the language model; zero when it was not needed.
    pub usage: Usage,
    /// Why the generation ended; a quotation or an abstention counts as a regular stop.
    pub finish_reason: FinishReason,
    /// Time spent in each stage, in order.
    pub timings: Vec<Timing>,
}

/// A sentence of a document that the reply rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Citation {
    /// Index into [`Answer::passages`].
    pub passage: usize,
    /// The document.
    pub document: Uuid,
    /// Its title.
    pub title: String,
    /// Byte offset in the source document: of the quote where the source is plain there, else of
    /// its passage.
    pub start: usize,
    /// Byte offset just past its end.
    pub end: usize,
    /// The sentence, word for word.
    pub quote: String,
    /// Cosine similarity in `[-1, 1]` between the sentence of the reply and the quote.
    pub score: f32,
}

/// How a reply stands to the passages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The model's own words, each sentence of which the passages support.
    Grounded,
    /// The model's draft failed the check; the reply quotes the passages instead.
    Quoted,
    /// The documents do not answer the question, and the reply says so.
    NotAnswered,
}

/// The verdict and what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grounding {
    /// The outcome.
    pub verdict: Verdict,
    /// Every sentence that was checked, the refused ones included.
    pub evidence: Vec<Evidence>,
}

/// The check of one sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The sentence.
    pub sentence: String,
    /// Whether the passages support it; a sentence that is not supported is not in the reply.
    pub supported: bool,
    /// The best supporting sentence of the passages, if any comes near.
    pub quote: Option<String>,
    /// Cosine similarity in `[-1, 1]` to that sentence.
    pub similarity: f32,
    /// Share in `[0, 1]` of its content words that the support has.
    pub overlap: f32,
    /// Why it was refused, in words: numbers and names that the support lacks, and so on.
    pub problems: Vec<String>,
}

/// Tokens of the language model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Read.
    pub prompt_tokens: usize,
    /// Of these, the first ones that were read for an earlier question already.
    #[serde(default)]
    pub cached_tokens: usize,
    /// Written, whether they passed the check or not.
    pub completion_tokens: usize,
}

/// A stage of answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Speech to text.
    Transcribe,
    /// Language of the question.
    DetectLanguage,
    /// The question's embedding and the search.
    Retrieve,
    /// Reading the passages: splitting, embedding, judging whether they answer.
    Read,
    /// Writing the draft.
    Generate,
    /// Checking it.
    Ground,
    /// Text to speech.
    Speak,
}

/// Time spent in one stage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// The stage.
    pub stage: Stage,
    /// Seconds.
    pub seconds: f64,
}

/// Seconds of all stages together.
pub fn total_seconds(timings: &[Timing]) -> f64 {
    timings.iter().map(|timing| timing.seconds).sum()
}

/// News while an answer is made, in this order: passages once, text any number of times, verdict
/// once. Serialised under the name of its kind, e.g. `{"text": "..."}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// What was found, best first.
    Passages(Vec<Hit>),
    /// More of the reply, whole sentences that passed the check.
    Text(String),
    /// The outcome.
    Verdict(Verdict),
}
