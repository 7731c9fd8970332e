//! The few choices that most people make, by the names that interfaces give them.

use serde::Deserialize;

use super::{
    Case, Fillers, Formatting, Numbers, Profanity, ProfanityMode, Punctuation, Replacements,
};
use crate::{Error, Result};

/// What becomes of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It stays as it was heard.
    #[default]
    Keep,
    /// It goes.
    Remove,
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NumberStyle {
    /// As they were heard.
    #[default]
    Keep,
    /// `23`, but small numbers alone stay words: [`Numbers::LEAST`].
    Digits,
    /// `twenty-three`.
    Words,
}

/// How a text is to be written. The default changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Choices {
    /// Bad language.
    pub profanity: ProfanityMode,
    /// Numbers.
    pub numbers: NumberStyle,
    /// Punctuation; capitals go with it, since they tell where sentences begin.
    pub punctuation: Fate,
    /// Words such as "um".
    pub fillers: Fate,
    /// What to look for, and what to put in its place.
    pub replace: Vec<(String, String)>,
}

impl Choices {
    /// The settings.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for replacements that are too many, too long or look for nothing.
    pub fn formatting(&self) -> Result<Formatting> {
        let pairs = self.replace.iter();
        let pairs = pairs.map(|(find, put)| (find.as_str(), put.as_str()));
        let replacements = Replacements::new(pairs)
            .map_err(|error| Error::invalid("replace", error.to_string()))?;
        let (punctuation, case) = match self.punctuation {
            Fate::Keep => (Punctuation::Keep, Case::Keep),
            Fate::Remove => (Punctuation::Remove, Case::Lower),
        };
        Ok(Formatting {
            fillers: match self.fillers {
                Fate::Keep => Fillers::Keep,
                Fate::Remove => Fillers::Drop,
            },
            numbers: match self.numbers {
                NumberStyle::Keep => Numbers::Keep,
                NumberStyle::Digits => Numbers::digits(),
                NumberStyle::Words => Numbers::Words,
            },
            punctuation,
            case,
            replacements,
            profanity: Profanity::new(self.profanity),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_carried_out() {
        let choices = Choices {
            profanity: ProfanityMode::Mask,
            numbers: NumberStyle::Digits,
            punctuation: Fate::Remove,
            fillers: Fate::Remove,
            replace: vec![("locuter".into(), "Locutor".into())],
        };
        let formatting = choices.formatting().unwrap();
        let written = formatting.apply_to_text("Um, twenty three Locuters. Locuter!", "en");
        assert_eq!(written, "23 locuters Locutor");
        assert!(Choices::default().formatting().unwrap().is_default());
    }

    #[test]
    fn replacements_of_nothing_are_refused() {
        let choices = Choices {
            replace: vec![(" ".into(), "x".into())],
            ..Choices::default()
        };
        assert!(choices.formatting().is_err());
    }
}
