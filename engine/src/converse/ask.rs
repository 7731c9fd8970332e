//! Question -> grounded answer.

use std::time::Instant;

use super::{
    Answer, Citation, Event, Grounding, Question, Stage, Timing, Verdict,
    draft::{Draft, Outcome},
    grounding::{Candidate, Sources},
    retrieve::{embed_question, search},
};
use crate::{
    Cancellation, Engine, Result,
    generate::FinishReason,
    retrieve::{Hit, VectorStore},
};

/// What is said when the documents do not answer.
const NOT_ANSWERED: &str = "The documents do not answer this question.";
/// Most sentences of a quotation.
const MOST_QUOTES: usize = 2;
/// A further quote must come this near to the score of the best one.
const QUOTE_MARGIN: f32 = 0.1;

/// Answers a question from the documents of the store.
///
/// `on_event` gets the passages, then the reply sentence by sentence, each only after it passed
/// the grounding check, then the verdict.
///
/// # Errors
/// [`crate::Error::InvalidInput`] for a blank question or unusable settings,
/// [`crate::Error::Cancelled`]; errors of the models and the store.
pub fn ask(
    engine: &Engine,
    store: &dyn VectorStore,
    question: &Question,
    on_event: &mut dyn FnMut(Event),
    cancellation: &Cancellation,
) -> Result<Answer> {
    let settings = &question.settings;
    let mut clock = Clock::default();
    let vector = embed_question(engine, &question.text, settings, cancellation)?;
    let hits = search(store, &question.text, &vector, settings, cancellation)?;
    clock.lap(Stage::Retrieve);
    on_event(Event::Passages(hits.clone()));

    let embedder = engine.embedder(settings.embedder.as_deref())?;
    let sources = Sources::read(&hits, embedder.as_ref(), cancellation)?;
    let candidates = sources.candidates(&question.text, &vector);
    clock.lap(Stage::Read);

    let model = settings
        .generator
        .clone()
        .unwrap_or_else(|| engine.default_generator());
    let mut outcome = Outcome::default();
    if !candidates.is_empty() {
        let draft = Draft {
            generator: engine.generator(Some(&model))?,
            embedder,
            question,
            hits: &hits,
            sources: &sources,
            candidates: &candidates,
        };
        outcome = draft.write(&mut |text| on_event(Event::Text(text)), cancellation)?;
        clock.split(Stage::Generate, Stage::Ground, outcome.checking);
    }
    let reply = Reply::of(outcome, &hits, &sources, &candidates);
    if let Some(text) = &reply.unsent {
        on_event(Event::Text(text.clone()));
    }
    on_event(Event::Verdict(reply.verdict));
    let Reply {
        outcome,
        citations,
        verdict,
        unsent,
    } = reply;
    Ok(Answer {
        text: unsent.unwrap_or(outcome.text),
        passages: hits,
        citations,
        grounding: Grounding {
            verdict,
            evidence: outcome.evidence,
        },
        model,
        usage: outcome.usage,
        finish_reason: outcome.finish_reason.unwrap_or(FinishReason::Stop),
        timings: clock.timings,
    })
}

/// The draft turned into a reply.
struct Reply {
    outcome: Outcome,
    citations: Vec<Citation>,
    verdict: Verdict,
    /// Text that was not streamed by the draft.
    unsent: Option<String>,
}

impl Reply {
    fn of(outcome: Outcome, hits: &[Hit], sources: &Sources, candidates: &[Candidate]) -> Self {
        if !outcome.text.is_empty() {
            let citations = outcome
                .rests_on
                .iter()
                .map(|(source, score)| citation(hits, sources, *source, *score))
                .collect();
            return Self {
                outcome,
                citations,
                verdict: Verdict::Grounded,
                unsent: None,
            };
        }
        // A model that says it does not know is believed.
        let Some(best) = candidates.first().filter(|_| !outcome.abstained) else {
            return Self {
                outcome,
                citations: Vec::new(),
                verdict: Verdict::NotAnswered,
                unsent: Some(NOT_ANSWERED.to_owned()),
            };
        };
        let mut quoted: Vec<Candidate> = candidates
            .iter()
            .filter(|candidate| candidate.score + QUOTE_MARGIN >= best.score)
            .take(MOST_QUOTES)
            .copied()
            .collect();
        quoted.sort_by_key(|candidate| candidate.source);
        let sentences: Vec<&str> = quoted
            .iter()
            .map(|candidate| sources.sentences[candidate.source].text.as_str())
            .collect();
        let citations = quoted
            .iter()
            .map(|candidate| citation(hits, sources, candidate.source, candidate.similarity))
            .collect();
        let unsent = Some(sentences.join(" "));
        Self {
            outcome,
            citations,
            verdict: Verdict::Quoted,
            unsent,
        }
    }
}

fn citation(hits: &[Hit], sources: &Sources, source: usize, score: f32) -> Citation {
    let sentence = &sources.sentences[source];
    let passage = &hits[sentence.passage].passage;
    // Text as long as its source range is the source itself, so the quote can be located in it.
    let verbatim = passage.end.saturating_sub(passage.start) == passage.text.len();
    let (start, end) = if verbatim {
        (
            passage.start + sentence.range.start,
            passage.start + sentence.range.end,
        )
    } else {
        (passage.start, passage.end)
    };
    Citation {
        passage: sentence.passage,
        document: passage.document,
        title: passage.title.clone(),
        start,
        end,
        quote: sentence.text.clone(),
        score,
    }
}

/// Measures stages one after the other.
pub(super) struct Clock {
    last: Instant,
    pub(super) timings: Vec<Timing>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            last: Instant::now(),
            timings: Vec::new(),
        }
    }
}

impl Clock {
    pub(super) fn lap(&mut self, stage: Stage) {
        let seconds = self.last.elapsed().as_secs_f64();
        self.last = Instant::now();
        self.timings.push(Timing { stage, seconds });
    }

    /// Ends a lap in which `inner` took the given part.
    pub(super) fn split(&mut self, outer: Stage, inner: Stage, seconds: f64) {
        self.lap(outer);
        if let Some(timing) = self.timings.last_mut() {
            timing.seconds = (timing.seconds - seconds).max(0.0);
        }
        self.timings.push(Timing {
            stage: inner,
            seconds,
        });
    }
}
