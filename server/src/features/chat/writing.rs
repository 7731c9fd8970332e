//! How to write: the request's fields -> the engine's settings.

use std::collections::BTreeMap;

use locutor::generate::Options;

use super::{format::ChatFormat, request::ChatRequest};
use crate::http::FieldError;

/// Tokens of a reply where the request sets no limit.
const DEFAULT_TOKENS: usize = 1024;

/// The settings but for biases, form and stop texts; `random_seed` is used where the request has none.
pub fn options(request: &ChatRequest, random_seed: u64) -> Options {
    let defaults = Options::default();
    let or = |value: Option<f64>, default: f64| value.unwrap_or(default);
    let top_k = request.top_k.and_then(|count| usize::try_from(count).ok());
    let reported = request.logprobs.unwrap_or_default();
    Options {
        max_tokens: request.most_tokens().unwrap_or(DEFAULT_TOKENS),
        temperature: or(request.temperature, defaults.temperature),
        top_k: top_k.filter(|count| *count > 0),
        top_p: or(request.top_p, defaults.top_p),
        min_p: or(request.min_p, defaults.min_p),
        repetition_penalty: or(request.repetition_penalty, defaults.repetition_penalty),
        presence_penalty: or(request.presence_penalty, defaults.presence_penalty),
        frequency_penalty: or(request.frequency_penalty, defaults.frequency_penalty),
        logprobs: reported.then(|| request.top_logprobs.unwrap_or_default()),
        seed: request.seed.map_or(random_seed, i64::cast_unsigned),
        ..defaults
    }
}

/// The biases by token.
///
/// # Errors
/// The first that is no number of a token or out of range; the engine knows which tokens exist.
pub fn biases(biases: BTreeMap<String, f64>) -> Result<BTreeMap<u32, f32>, FieldError> {
    let refuse = |message: String| FieldError {
        field: "logit_bias".into(),
        message,
    };
    let parsed = biases.into_iter().map(|(token, bias)| {
        let number: u32 = token.parse().map_err(|_| {
            refuse(format!(
                "has the key `{token}`; keys are numbers of tokens in the model's vocabulary"
            ))
        })?;
        if !(-100.0..=100.0).contains(&bias) {
            return Err(refuse(format!(
                "is {bias} for the token {token}; it must be from -100 to 100"
            )));
        }
        Ok((number, bias as f32))
    });
    parsed.collect()
}

/// What stands in the way of reporting probabilities.
pub fn logprobs_problem(request: &ChatRequest) -> Option<FieldError> {
    let asked = request.logprobs.unwrap_or_default();
    let (field, message) = if asked && request.retrieval.is_some() {
        (
            "logprobs",
            "is not available with `retrieval`, whose replies are made of checked sentences, not \
             of the model's tokens; leave out one of the two",
        )
    } else if !asked && request.top_logprobs.unwrap_or_default() > 0 {
        ("top_logprobs", "needs `logprobs` to be true")
    } else {
        return None;
    };
    Some(FieldError {
        field: field.into(),
        message: message.into(),
    })
}

/// What stands in the way of a form.
pub fn format_problem(request: &ChatRequest) -> Option<FieldError> {
    let asked = request
        .response_format
        .as_ref()
        .is_some_and(ChatFormat::is_json);
    (asked && request.retrieval.is_some()).then(|| FieldError {
        field: "response_format".into(),
        message: "is not available with `retrieval`, whose replies are made of checked sentences; \
                  leave out one of the two"
            .into(),
    })
}
