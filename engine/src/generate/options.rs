//! How to write.

use std::collections::BTreeMap;

use super::ResponseFormat;

/// Settings of one generation.
///
/// The scores that the model gives to all tokens go through them in this order:
/// `repetition_penalty`, `presence_penalty`, `frequency_penalty`, `logit_bias`, `response_format`,
/// `temperature`, `top_k`, `top_p`, `min_p`; then one of the tokens that are left is drawn.
#[derive(Debug, Clone)]
pub struct Options {
    /// Most tokens to write; the context window bounds it too.
    pub max_tokens: usize,
    /// In `[0, 2]`; 0 always takes the token with the highest score, which penalties and biases
    /// change, and leaves out what comes after the temperature.
    pub temperature: f64,
    /// So many of the likeliest tokens may be drawn, at least 1 (Fan et al. 2018); `None`: all.
    pub top_k: Option<usize>,
    /// Nucleus sampling threshold in `(0, 1]` (Holtzman et al. 2020).
    pub top_p: f64,
    /// In `[0, 1]`: tokens are left out whose probability is below this share of the likeliest
    /// token's (Nguyen et al. 2024); 0 leaves out none.
    pub min_p: f64,
    /// In `[0.1, 10]`: scores of tokens among the last 256 of prompt and reply are divided by it
    /// where they are positive and multiplied where they are negative (Keskar et al. 2019); 1
    /// changes nothing.
    pub repetition_penalty: f64,
    /// In `[-2, 2]`: is taken from the score of every token that the reply holds so far.
    pub presence_penalty: f64,
    /// In `[-2, 2]`: is taken from a token's score each time that the reply holds it so far.
    pub frequency_penalty: f64,
    /// Numbers in `[-100, 100]` that are added to the scores of tokens, at most 1024. Scores
    /// differ by far less, so that -100 bans a token and 100 forces it.
    pub logit_bias: BTreeMap<u32, f32>,
    /// What form the reply has. A reply that `max_tokens` cuts off is only the beginning of it.
    pub response_format: ResponseFormat,
    /// Report how likely each token was, with so many alternatives, at most 20; see
    /// [`TokenLogprobs`](super::TokenLogprobs). `None` reports nothing.
    pub logprobs: Option<usize>,
    /// Guess ahead what follows where the same words stood before, and check many guesses in the
    /// time of one token; the text is the same without.
    pub guess: bool,
    /// The same seed, prompt and settings give the same text.
    pub seed: u64,
    /// Texts that end the generation; they are not part of it.
    pub stop: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_tokens: 256,
            temperature: 0.0,
            top_k: None,
            top_p: 1.0,
            min_p: 0.0,
            repetition_penalty: 1.0,
            presence_penalty: 0.0,
            frequency_penalty: 0.0,
            logit_bias: BTreeMap::new(),
            response_format: ResponseFormat::Text,
            logprobs: None,
            guess: true,
            seed: 0,
            stop: Vec::new(),
        }
    }
}
