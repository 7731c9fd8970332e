//! How a transcript is to be written, as forms and the command line name it.

use clap::ValueEnum;
use locutor::transcribe::formatting::{
    Case, Fillers, Formatting, Numbers, Profanity, ProfanityMode, Punctuation, Replacements,
};
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

/// What becomes of punctuation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PunctuationChoice {
    /// It stays.
    #[default]
    Keep,
    /// It goes, and capitals with it.
    Remove,
}

/// What becomes of words such as "um".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FillerChoice {
    /// They stay.
    #[default]
    Keep,
    /// They go.
    Remove,
}

/// How a transcript is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Writing {
    /// Bad language.
    pub profanity: ProfanityChoice,
    /// Numbers.
    pub numbers: NumberChoice,
    /// Punctuation.
    pub punctuation: PunctuationChoice,
    /// Fillers.
    pub fillers: FillerChoice,
    /// What to look for, and what to put in its place: `find:put`.
    pub replacements: Vec<String>,
}

impl Writing {
    /// The engine's settings.
    ///
    /// # Errors
    /// 400 for replacements that are none.
    pub fn formatting(&self) -> Result<Formatting, Fault> {
        let refuse = |message: String| Fault::invalid("replace", message);
        let pairs = self.replacements.iter().map(|pair| {
            pair.split_once(':')
                .ok_or_else(|| refuse(format!("`{pair}` is not of the form find:put")))
        });
        let pairs: Vec<(&str, &str)> = pairs.collect::<Result<_, _>>()?;
        let replacements = Replacements::new(pairs).map_err(|error| refuse(error.to_string()))?;
        let removes = self.punctuation == PunctuationChoice::Remove;
        Ok(Formatting {
            fillers: match self.fillers {
                FillerChoice::Keep => Fillers::Keep,
                FillerChoice::Remove => Fillers::Drop,
            },
            numbers: match self.numbers {
                NumberChoice::Keep => Numbers::Keep,
                NumberChoice::Digits => Numbers::digits(),
                NumberChoice::Words => Numbers::Words,
            },
            punctuation: if removes {
                Punctuation::Remove
            } else {
                Punctuation::Keep
            },
            case: if removes { Case::Lower } else { Case::Keep },
            replacements,
            profanity: Profanity::new(match self.profanity {
                ProfanityChoice::Keep => ProfanityMode::Keep,
                ProfanityChoice::Mask => ProfanityMode::Mask,
                ProfanityChoice::Remove => ProfanityMode::Remove,
            }),
        })
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
            replacements: vec![pair.into()],
            ..Writing::default()
        };
        assert!(writing("locuter:Locutor").formatting().is_ok());
        assert!(writing("locuter").formatting().is_err());
        assert!(writing(":x").formatting().is_err());
    }
}
