//! What a model got wrong, for people (Markdown) and for programs (JSON).

use std::fmt::Write;

use serde_json::{Value, json};

use super::{
    hearing::Heard,
    tally::{Tally, by_language, by_unit},
    unit::Unit,
};

const HEAD: &str = "\
| Language | Clips | Unit | Said | Errors | Rate | Language right |
| --- | --- | --- | --- | --- | --- | --- |
";

/// One model's clips.
pub struct Report<'a> {
    /// Its name in the catalog.
    pub model: &'a str,
    /// Whether it was told the language.
    pub language_given: bool,
    /// What was heard beside the speech.
    pub background: Option<String>,
    /// What it heard.
    pub heard: &'a [Heard],
}

impl Report<'_> {
    /// A table with one row per language and one per unit.
    pub fn markdown(&self) -> String {
        let how = if self.language_given {
            "given"
        } else {
            "detected"
        };
        let among = self.background.as_ref();
        let among = among.map_or(String::new(), |noise| format!(", among {noise}"));
        let mut text = format!("## {}, language {how}{among}\n\n{HEAD}", self.model);
        for (language, unit, tally) in by_language(self.heard) {
            text += &row(&language, unit, tally);
        }
        for (unit, tally) in by_unit(self.heard) {
            text += &row("**all**", unit, tally);
        }
        text
    }

    /// Each clip with an error or another language: what was said over what was heard.
    pub fn wrong_lines(&self) -> String {
        let mut text = String::new();
        let wrong = |one: &&Heard| one.errors > 0 || one.detected != one.language;
        for one in self.heard.iter().filter(wrong) {
            // Writing to a text cannot fail.
            writeln!(
                text,
                "{} ({} of {} {} wrong, heard as {})\n  said   {}\n  heard  {}",
                one.clip,
                one.errors,
                one.length,
                one.unit.name(),
                one.detected,
                one.said,
                one.heard
            )
            .ok();
        }
        text
    }

    /// All of it.
    pub fn json(&self) -> Value {
        let languages = by_language(self.heard);
        let units = by_unit(self.heard);
        json!({
            "model": self.model,
            "language_given": self.language_given,
            "background": self.background,
            "languages": languages
                .into_iter()
                .map(|(language, unit, tally)| object(&language, unit, tally))
                .collect::<Vec<_>>(),
            "all": units
                .into_iter()
                .map(|(unit, tally)| object("all", unit, tally))
                .collect::<Vec<_>>(),
            "clips": self.heard,
        })
    }
}

fn row(language: &str, unit: Unit, tally: Tally) -> String {
    format!(
        "| {language} | {} | {} | {} | {} | {:.1} % | {} of {} |\n",
        tally.clips,
        unit.name(),
        tally.length,
        tally.errors,
        tally.rate() * 100.0,
        tally.language_right,
        tally.clips
    )
}

fn object(language: &str, unit: Unit, tally: Tally) -> Value {
    json!({
        "language": language,
        "clips": tally.clips,
        "unit": unit,
        "length": tally.length,
        "errors": tally.errors,
        "rate": tally.rate(),
        "language_right": tally.language_right,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_languages_and_sums_and_the_wrong_lines_both_texts() {
        let heard = [Heard {
            clip: "en/ask".into(),
            language: "en".into(),
            detected: "en".into(),
            said: "Ask not.".into(),
            heard: "Ask knot.".into(),
            unit: Unit::Words,
            length: 2,
            errors: 1,
        }];
        let report = Report {
            model: "an ear",
            language_given: false,
            background: Some("hum at 5 dB".into()),
            heard: &heard,
        };
        let table = report.markdown();
        assert!(table.starts_with("## an ear, language detected, among hum at 5 dB\n"));
        assert!(table.contains("| en | 1 | words | 2 | 1 | 50.0 % | 1 of 1 |"));
        assert!(table.contains("| **all** | 1 | words | 2 | 1 | 50.0 % | 1 of 1 |"));
        assert!(report.wrong_lines().contains("said   Ask not."));
        assert_eq!(report.json()["languages"][0]["errors"], 1);
    }
}
