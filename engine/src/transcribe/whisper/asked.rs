//! What is asked of a model: whether it can do it, in which language, with how many words.

use super::code;
use crate::{
    Error, Result,
    transcribe::{Options, Task},
};

/// Longest prompt in bytes; what stands before its end is left out. Whisper itself uses the last
/// 224 tokens.
pub(in crate::transcribe) const PROMPT_BYTES: usize = 4_096;

/// Probability from which a language needs no other reason to be believed.
pub(in crate::transcribe) const SURE: f32 = 0.6;

/// Refuses what a model of this kind cannot do.
pub(in crate::transcribe) fn check(
    model: &str,
    multilingual: bool,
    options: &Options,
) -> Result<()> {
    if !(0.0..=1.0).contains(&options.temperature) {
        return Err(Error::invalid("temperature", "must lie between 0 and 1"));
    }
    if multilingual {
        return Ok(());
    }
    if options.task == Task::Translate {
        let message =
            format!("{model} cannot translate; use a multilingual model such as whisper-base");
        return Err(Error::invalid("model", message));
    }
    match options.language.as_deref() {
        Some(asked) if code(asked)? != "en" => {
            let message = format!("`{asked}`: {model} hears English only; use whisper-base");
            Err(Error::invalid("language", message))
        }
        _ => Ok(()),
    }
}

/// More tokens than anybody says in so many seconds: a decode that repeats itself ends there.
pub(in crate::transcribe) fn most_tokens(seconds: f64) -> usize {
    const BEYOND: f64 = 12.0;
    const EACH_SECOND: f64 = 10.0;
    (BEYOND + EACH_SECOND * seconds).ceil() as usize
}

/// The likeliest language, or the presumed one where none is likely.
pub(in crate::transcribe) fn choose(
    languages: &[(&'static str, f32)],
    options: &Options,
) -> Result<(&'static str, f32)> {
    let of = |code: &str| languages.iter().find(|(other, _)| *other == code).copied();
    let presumed = options.presumed.as_deref().map(code).transpose()?;
    let likeliest = languages
        .iter()
        .copied()
        .max_by(|one, other| one.1.total_cmp(&other.1));
    let found = likeliest.unwrap_or(("en", 0.0));
    Ok(match presumed.and_then(of) {
        Some(presumed) if found.1 < SURE => presumed,
        _ => found,
    })
}

pub(in crate::transcribe) fn knows_english_only(model: &str) -> Error {
    let message =
        format!("{model} knows English only; use a multilingual model such as whisper-base");
    Error::invalid("model", message)
}
