//! Errors added up.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Unit, hearing::Heard};

/// Sums over clips.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Clips.
    pub clips: usize,
    /// Units of all that was said.
    pub length: usize,
    /// Units wrong, missing or too many.
    pub errors: usize,
    /// Clips whose language was taken for what it is.
    pub language_right: usize,
}

impl Tally {
    /// Adds up.
    pub fn of<'a>(heard: impl IntoIterator<Item = &'a Heard>) -> Self {
        let mut tally = Self::default();
        for one in heard {
            tally.clips += 1;
            tally.length += one.length;
            tally.errors += one.errors;
            tally.language_right += usize::from(one.detected == one.language);
        }
        tally
    }

    /// Errors over length: from 0, above 1 when more is invented than was said.
    pub fn rate(self) -> f64 {
        self.errors as f64 / self.length.max(1) as f64
    }
}

/// One tally per language and unit.
pub fn by_language(heard: &[Heard]) -> Vec<(String, Unit, Tally)> {
    let mut groups: BTreeMap<(&str, &str), Vec<&Heard>> = BTreeMap::new();
    for one in heard {
        let key = (one.language.as_str(), one.unit.name());
        groups.entry(key).or_default().push(one);
    }
    let tallies = groups.into_iter().filter_map(|((language, _), group)| {
        let unit = group.first()?.unit;
        Some((language.to_owned(), unit, Tally::of(group)))
    });
    tallies.collect()
}

/// One tally per unit that occurs; words and characters do not add up.
pub fn by_unit(heard: &[Heard]) -> Vec<(Unit, Tally)> {
    let tallies = [Unit::Words, Unit::Characters]
        .map(|unit| (unit, Tally::of(heard.iter().filter(|one| one.unit == unit))));
    let occurs = |(_, tally): &(Unit, Tally)| tally.clips > 0;
    tallies.into_iter().filter(occurs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(language: &str, unit: Unit, length: usize, errors: usize) -> Heard {
        Heard {
            clip: String::new(),
            language: language.to_owned(),
            detected: "en".to_owned(),
            said: String::new(),
            heard: String::new(),
            unit,
            length,
            errors,
        }
    }

    #[test]
    fn languages_are_told_apart_and_units_never_mixed() {
        let all = [
            heard("zh", Unit::Characters, 5, 5),
            heard("en", Unit::Words, 10, 1),
            heard("fr", Unit::Words, 10, 0),
            heard("en", Unit::Words, 30, 1),
        ];
        let languages = by_language(&all);
        let names: Vec<&str> = languages.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["en", "fr", "zh"]);
        let english = languages[0].2;
        assert_eq!((english.clips, english.language_right), (2, 2));
        assert!((english.rate() - 0.05).abs() < 1e-12);
        let units = by_unit(&all);
        assert_eq!(units[0].1.errors, 2);
        assert_eq!((units[1].0, units[1].1.errors), (Unit::Characters, 5));
    }

    #[test]
    fn nothing_said_is_no_division_by_zero() {
        assert!(Tally::default().rate().abs() < f64::EPSILON);
    }
}
