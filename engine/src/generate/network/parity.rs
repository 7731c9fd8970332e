//! The catalog's model on our kernels against candle in `F32`, over real text and over the
//! reference's own answers, token by token.
//!
//! `LOCUTOR_PARITY_TOKENS` and `LOCUTOR_PARITY_ANSWER` set how many tokens of text and of each answer
//! are read, `LOCUTOR_PARITY_MODEL` which model and `LOCUTOR_PARITY_TEXT` a file with other text; the
//! figures are printed with `--nocapture`.

use std::env;

use locutor_models::Store;

use super::*;
use crate::{
    Cancellation,
    converse::shipped_documents,
    engine::LoadSettings,
    generate::{
        Message, Role, candle::CandleNetwork, model::Model, template::Template,
        tokenizer::Vocabulary,
    },
};

/// Tokens read at a time, as in a chat with a short history.
const WINDOW: usize = 512;

/// What the comparison found.
#[derive(Debug, Default)]
struct Parity {
    tokens: usize,
    /// Summed negative log-probability of the text, in nats: ours and the reference's.
    found: f64,
    exact: f64,
    /// Where the reference's two best differ clearly, and how often ours has the same best.
    clear: usize,
    agreed: usize,
    /// Summed divergence of ours from the reference's probabilities, in nats.
    divergence: f64,
}

impl Parity {
    fn add(&mut self, found: &[f32], exact: &[f32], next: u32) {
        self.tokens += 1;
        self.found += surprise(found, next);
        self.exact += surprise(exact, next);
        self.divergence += divergence(found, exact);
        let (best, margin) = best(exact);
        if margin > 0.1 {
            self.clear += 1;
            self.agreed += usize::from(self::best(found).0 == best);
        }
    }

    /// Ratio of the perplexities.
    fn ratio(&self) -> f64 {
        ((self.found - self.exact) / self.tokens as f64).exp()
    }

    /// Share of the clear choices that ours makes too.
    fn agreement(&self) -> f64 {
        self.agreed as f64 / self.clear.max(1) as f64
    }

    fn check(&self) {
        assert!((self.ratio() - 1.0).abs() < 0.01, "{self:?}");
        assert!(self.agreement() > 0.99, "{self:?}");
        assert!(self.divergence < 0.001 * self.tokens as f64, "{self:?}");
    }

    fn report(&self, model: &str) {
        let tokens = self.tokens as f64;
        println!(
            "{model}: {tokens} tokens, perplexity {:.3} for {:.3} ({:+.2} %), divergence {:.5}, \
             {} of {} clear choices ({:.2} %)",
            (self.found / tokens).exp(),
            (self.exact / tokens).exp(),
            (self.ratio() - 1.0) * 100.0,
            self.divergence / tokens,
            self.agreed,
            self.clear,
            self.agreement() * 100.0
        );
    }
}

/// Negative log-probability of the token.
fn surprise(scores: &[f32], token: u32) -> f64 {
    logarithm_of_sum(scores) - f64::from(scores[token as usize])
}

/// Kullback-Leibler divergence of `found` from `exact`.
fn divergence(found: &[f32], exact: &[f32]) -> f64 {
    let (found_total, exact_total) = (logarithm_of_sum(found), logarithm_of_sum(exact));
    let terms = found.iter().zip(exact).map(|(found, exact)| {
        let exact = f64::from(*exact) - exact_total;
        exact.exp() * (exact - f64::from(*found) + found_total)
    });
    terms.sum()
}

fn logarithm_of_sum(scores: &[f32]) -> f64 {
    let largest = f64::from(scores.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let total: f64 = scores
        .iter()
        .map(|score| (f64::from(*score) - largest).exp())
        .sum();
    largest + total.ln()
}

/// The best token and its lead over the second.
fn best(scores: &[f32]) -> (usize, f32) {
    let mut first = (0, f32::NEG_INFINITY);
    let mut second = f32::NEG_INFINITY;
    for (token, score) in scores.iter().enumerate() {
        if *score > first.1 {
            second = first.1;
            first = (token, *score);
        } else if *score > second {
            second = *score;
        }
    }
    (first.0, first.1 - second)
}

fn setting(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// One model, run in two ways.
struct Subjects {
    model: String,
    vocabulary: Vocabulary,
    template: Template,
    network: Network,
    reference: CandleNetwork,
}

impl Subjects {
    fn load() -> Self {
        let model = setting("LOCUTOR_PARITY_MODEL", "smollm2-135m-instruct");
        let path = Store::default_folder().join(&model).join("model.gguf");
        let file = Gguf::open(&path).expect("get the model with `locutor models pull`");
        let metadata = Metadata(&file.metadata);
        let vocabulary = Vocabulary::read(&metadata).unwrap();
        let template = Template::new(
            metadata.text("tokenizer.chat_template").unwrap(),
            vocabulary.control.clone(),
            vocabulary.begin.clone(),
            vocabulary.end.clone(),
        );
        Self {
            reference: CandleNetwork::load(&path, &metadata, candle_core::Device::Cpu).unwrap(),
            network: Network::read(file, LoadSettings::for_tests().pool).unwrap(),
            template: template.unwrap(),
            vocabulary,
            model,
        }
    }

    fn tokens(&self, text: String) -> Vec<u32> {
        let encoding = self.vocabulary.tokenizer.encode(text, false).unwrap();
        encoding.get_ids().to_vec()
    }

    /// Reads the tokens with both; after each piece `next` gives the next one.
    fn read(
        &self,
        parity: &mut Parity,
        first: &[u32],
        mut next: impl FnMut(&[f32], &[f32]) -> Option<u32>,
    ) {
        let cancellation = Cancellation::new();
        let mut ours = self.network.begin(&cancellation).unwrap();
        let mut theirs = self.reference.begin(&cancellation).unwrap();
        let mut unread = first.to_vec();
        loop {
            let found = ours.scores(&unread, &cancellation).unwrap();
            let exact = theirs.scores(&unread, &cancellation).unwrap();
            let Some(token) = next(&found, &exact) else {
                return;
            };
            parity.add(&found, &exact, token);
            unread = vec![token];
        }
    }

    fn check(&self, parity: &Parity) {
        parity.report(&self.model);
        parity.check();
    }
}

fn text() -> String {
    if let Ok(file) = env::var("LOCUTOR_PARITY_TEXT") {
        return std::fs::read_to_string(file).expect("LOCUTOR_PARITY_TEXT is a file of text");
    }
    let documents = shipped_documents();
    let texts: Vec<&str> = documents
        .iter()
        .map(|document| document.text.as_str())
        .collect();
    texts.join("\n\n")
}

#[test]
fn perplexity_and_choices_are_those_of_the_exact_weights() {
    let most: usize = setting("LOCUTOR_PARITY_TOKENS", "192").parse().unwrap();
    let subjects = Subjects::load();
    let tokens = subjects.tokens(text());
    let mut parity = Parity::default();
    for window in tokens[..most.min(tokens.len())].chunks(WINDOW) {
        let mut rest = window[1..].iter().copied();
        subjects.read(&mut parity, &window[..1], |_, _| rest.next());
    }
    subjects.check(&parity);
}

/// What people ask a chat model for.
const QUESTIONS: [&str; 12] = [
    "What is the capital of France?",
    "Name three colours.",
    "Why is the sky blue?",
    "What is two plus two?",
    "Write a short poem about the sea.",
    "How do I boil an egg?",
    "Who wrote Romeo and Juliet?",
    "Explain in one sentence what a computer is.",
    "What are the days of the week?",
    "Give me a recipe for pancakes.",
    "Translate 'good morning' into French.",
    "What should I pack for a trip to the mountains?",
];

/// The reference's own greedy answers, read by both.
#[test]
fn answers_are_those_of_the_exact_weights() {
    let most: usize = setting("LOCUTOR_PARITY_ANSWER", "32").parse().unwrap();
    let subjects = Subjects::load();
    let mut parity = Parity::default();
    for question in QUESTIONS {
        let prompt = subjects.template.render(&[Message {
            role: Role::User,
            content: question.to_owned(),
        }]);
        let (mut found, mut exact) = (Vec::new(), Vec::new());
        subjects.read(
            &mut parity,
            &subjects.tokens(prompt.unwrap()),
            |ours, theirs| {
                let next = best(theirs).0 as u32;
                let last = exact.last().copied();
                if exact.len() == most
                    || last.is_some_and(|last| subjects.vocabulary.ends.contains(&last))
                {
                    return None;
                }
                found.push(best(ours).0 as u32);
                exact.push(next);
                Some(next)
            },
        );
        let text = |tokens: &[u32]| subjects.vocabulary.tokenizer.decode(tokens, false).unwrap();
        println!("{question}\n  {:?}\n  {:?}", text(&exact), text(&found));
    }
    subjects.check(&parity);
}
