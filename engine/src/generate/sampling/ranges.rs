//! What the settings may be.

use std::ops::RangeInclusive;

use super::Options;
use crate::{Error, Result};

/// Most tokens with a bias.
const MOST_BIASES: usize = 1024;
/// Most alternatives to report.
const MOST_ALTERNATIVES: usize = 20;

/// Checks all settings that choose tokens.
///
/// # Errors
/// [`Error::InvalidInput`] that names the setting and its range.
pub(super) fn check(options: &Options) -> Result<()> {
    within("temperature", options.temperature, 0.0..=2.0)?;
    if !(options.top_p > 0.0 && options.top_p <= 1.0) {
        return Err(Error::invalid(
            "top_p",
            format!("is {}; it must be above 0 and at most 1", options.top_p),
        ));
    }
    if options.top_k == Some(0) {
        return Err(Error::invalid("top_k", "is 0; it must be at least 1"));
    }
    within("min_p", options.min_p, 0.0..=1.0)?;
    within("repetition_penalty", options.repetition_penalty, 0.1..=10.0)?;
    within("presence_penalty", options.presence_penalty, -2.0..=2.0)?;
    within("frequency_penalty", options.frequency_penalty, -2.0..=2.0)?;
    biases(options)?;
    match options.logprobs {
        Some(count) if count > MOST_ALTERNATIVES => Err(Error::invalid(
            "logprobs",
            format!("asks for {count} alternatives; it must be between 0 and {MOST_ALTERNATIVES}"),
        )),
        _ => Ok(()),
    }
}

fn within(setting: &'static str, value: f64, range: RangeInclusive<f64>) -> Result<()> {
    if range.contains(&value) {
        return Ok(());
    }
    let (least, most) = range.into_inner();
    Err(Error::invalid(
        setting,
        format!("is {value}; it must be between {least} and {most}"),
    ))
}

fn biases(options: &Options) -> Result<()> {
    let count = options.logit_bias.len();
    if count > MOST_BIASES {
        return Err(Error::invalid(
            "logit_bias",
            format!("names {count} tokens; at most {MOST_BIASES} are allowed"),
        ));
    }
    let mut biases = options.logit_bias.iter();
    match biases.find(|(_, bias)| !(-100.0..=100.0).contains(*bias)) {
        Some((token, bias)) => Err(Error::invalid(
            "logit_bias",
            format!("is {bias} for the token {token}; it must be between -100 and 100"),
        )),
        None => Ok(()),
    }
}
