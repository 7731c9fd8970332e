//! How a transcript is to be written, as forms, queries and the command line name it.

use clap::{Args, ValueEnum};
use locutor::transcribe::formatting::{Choices, Fate, Formatting, NumberStyle, ProfanityMode};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::Fault;

/// What becomes of bad language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProfanityChoice {
    /// It stays.
    #[default]
    Keep,
    /// Of a word the first letter stays.
    Mask,
    /// It goes.
    Remove,
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum NumberChoice {
    /// As they were heard.
    #[default]
    Keep,
    /// `23`.
    Digits,
    /// `twenty-three`.
    Words,
}

/// What becomes of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FateChoice {
    /// It stays.
    #[default]
    Keep,
    /// It goes.
    Remove,
}

/// How a transcript is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Writing")]
pub struct Writing {
    /// What becomes of bad language.
    #[arg(long, value_enum, default_value_t)]
    pub profanity: ProfanityChoice,
    /// How numbers are written.
    #[arg(long, value_enum, default_value_t)]
    pub numbers: NumberChoice,
    /// What becomes of punctuation and capitals.
    #[arg(long, value_enum, default_value_t)]
    pub punctuation: FateChoice,
    /// What becomes of words such as "um".
    #[arg(long, value_enum, default_value_t)]
    pub fillers: FateChoice,
    /// A word or phrase to look for, and what to put in its place; may be given several times.
    #[arg(long, value_name = "FIND:PUT")]
    pub replace: Vec<String>,
}

impl Writing {
    /// The engine's settings.
    ///
    /// # Errors
    /// 400 for replacements that are none.
    pub fn formatting(&self) -> Result<Formatting, Fault> {
        let pair = |pair: &String| {
            let (find, put) = pair.split_once(':').ok_or_else(|| {
                Fault::invalid("replace", format!("`{pair}` is not of the form find:put"))
            })?;
            Ok::<_, Fault>((find.to_owned(), put.to_owned()))
        };
        let choices = Choices {
            profanity: match self.profanity {
                ProfanityChoice::Keep => ProfanityMode::Keep,
                ProfanityChoice::Mask => ProfanityMode::Mask,
                ProfanityChoice::Remove => ProfanityMode::Remove,
            },
            numbers: match self.numbers {
                NumberChoice::Keep => NumberStyle::Keep,
                NumberChoice::Digits => NumberStyle::Digits,
                NumberChoice::Words => NumberStyle::Words,
            },
            punctuation: self.punctuation.into(),
            fillers: self.fillers.into(),
            replace: self.replace.iter().map(pair).collect::<Result<_, _>>()?,
        };
        Ok(choices.formatting()?)
    }
}

impl From<FateChoice> for Fate {
    fn from(choice: FateChoice) -> Self {
        match choice {
            FateChoice::Keep => Self::Keep,
            FateChoice::Remove => Self::Remove,
        }
    }
}

/// A choice by its name in a form.
///
/// # Errors
/// 400 that lists the names.
pub fn choice<T: ValueEnum>(field: &'static str, value: &str) -> Result<T, Fault> {
    T::from_str(value, false).map_err(|_| {
        let names = T::value_variants().iter();
        let names =
            names.filter_map(|variant| Some(variant.to_possible_value()?.get_name().to_owned()));
        let names = names.collect::<Vec<_>>().join(", ");
        Fault::invalid(field, format!("`{value}` is unknown; use one of {names}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_by_name() {
        assert_eq!(
            choice::<NumberChoice>("numbers", "digits").ok(),
            Some(NumberChoice::Digits)
        );
        let fault = choice::<NumberChoice>("numbers", "roman").unwrap_err();
        assert!(fault.message.contains("roman") && fault.message.contains("digits"));
    }

    #[test]
    fn replacements_need_a_colon() {
        let writing = |pair: &str| Writing {
            replace: vec![pair.into()],
            ..Writing::default()
        };
        assert!(writing("locuter:Locutor").formatting().is_ok());
        assert!(writing("locuter").formatting().is_err());
        assert!(writing(":x").formatting().is_err());
    }
}
