//! Varieties that are told apart from each other, and what is known of each.

use std::{collections::HashSet, ops::Range, sync::OnceLock};

use super::{
    han,
    lists::Lists,
    rules::{self, Rule},
    tokens::tokens,
};

/// Nothing that words tell is surer.
pub const SUREST: f64 = 0.995;

/// Words of a text that are looked at.
const WORDS: usize = 20_000;

/// Words of the longest entry of a list.
const LONGEST_PHRASE: usize = 4;

/// How far evidence can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// Others say it, too, only less.
    Weak,
    /// Others hardly say it.
    Strong,
}

impl Strength {
    /// How much less likely it is in varieties that it does not speak for.
    pub fn others(self) -> f64 {
        match self {
            Self::Weak => 0.2,
            Self::Strong => 0.06,
        }
    }
}

/// Evidence in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its bytes.
    pub range: Range<usize>,
    /// One bit for each member that it speaks for.
    pub members: u8,
    /// How much it says.
    pub strength: Strength,
}

/// How a family's evidence is found.
enum Source {
    Words {
        lists: &'static [&'static str],
        rule: Rule,
    },
    Chinese,
}

/// A language with varieties, or languages that are like varieties of one.
pub struct Family {
    language: &'static str,
    /// Names, and how likely each is before anything is known: by readers and writers, roughly.
    members: &'static [(&'static str, f64)],
    source: Source,
    lists: OnceLock<Lists>,
}

macro_rules! family {
    ($language:literal, $members:expr, $rule:expr, [$($file:literal),+]) => {
        Family {
            language: $language,
            members: &$members,
            source: Source::Words {
                lists: &[$(include_str!(concat!("words/", $file))),+],
                rule: $rule,
            },
            lists: OnceLock::new(),
        }
    };
}

static FAMILIES: [Family; 6] = [
    family!(
        "en",
        [
            ("en-US", 0.5),
            ("en-GB", 0.25),
            ("en-AU", 0.1),
            ("en-CA", 0.1),
            ("en-ZA", 0.05)
        ],
        rules::none,
        ["en-spelling.txt", "en.txt"]
    ),
    family!(
        "pt",
        [("pt-BR", 0.6), ("pt-PT", 0.4)],
        rules::portuguese,
        ["pt.txt"]
    ),
    family!(
        "es",
        [("es-ES", 0.4), ("es-MX", 0.35), ("es-AR", 0.25)],
        rules::spanish,
        ["es.txt"]
    ),
    family!(
        "fr",
        [("fr-FR", 0.7), ("fr-CA", 0.3)],
        rules::none,
        ["fr.txt"]
    ),
    family!(
        "de",
        [("de-DE", 0.7), ("de-AT", 0.15), ("de-CH", 0.15)],
        rules::german,
        ["de.txt"]
    ),
    Family {
        language: "zh",
        members: &[("zh-Hans", 0.6), ("zh-Hant-TW", 0.25), ("zh-Hant-HK", 0.15)],
        source: Source::Chinese,
        lists: OnceLock::new(),
    },
];

/// Languages that share most words; their first guesses come from statistics.
pub static SISTERS: [Family; 3] = [
    family!(
        "",
        [("sr", 0.0), ("hr", 0.0), ("bs", 0.0)],
        rules::none,
        ["south-slavic.txt"]
    ),
    family!(
        "",
        [("nb", 0.0), ("nn", 0.0), ("da", 0.0)],
        rules::none,
        ["norwegian.txt"]
    ),
    family!("", [("id", 0.0), ("ms", 0.0)], rules::none, ["malay.txt"]),
];

impl Family {
    /// That of a language.
    pub fn of(language: &str) -> Option<&'static Self> {
        FAMILIES.iter().find(|family| family.language == language)
    }

    /// How many members there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// A member's number.
    pub fn member(&self, name: &str) -> Option<usize> {
        self.members.iter().position(|(member, _)| *member == name)
    }

    /// How likely each is before anything is known.
    pub fn priors(&self) -> impl Iterator<Item = f64> {
        self.members.iter().map(|(_, prior)| *prior)
    }

    /// Names of those whose bits are set.
    pub fn names(&self, members: u8) -> impl Iterator<Item = &'static str> {
        let named = self.members.iter().enumerate();
        named.filter_map(move |(member, (name, _))| (members & (1 << member) != 0).then_some(*name))
    }

    /// Each with its weight. Traditional characters alone do not tell Taiwan and Hong Kong apart: without a
    /// word that does, they are one.
    pub fn name_guesses(
        &self,
        weights: &[f64],
        found: &[Finding],
    ) -> impl Iterator<Item = (&'static str, f64)> {
        let traditional = |finding: &Finding| finding.members & han::TRADITIONAL;
        let is_told = found.iter().any(|finding| {
            let part = traditional(finding);
            part != 0 && part != han::TRADITIONAL
        });
        let merged = matches!(self.source, Source::Chinese) && !is_told;
        let mut guesses: Vec<(&'static str, f64)> = Vec::new();
        for ((name, _), weight) in self.members.iter().zip(weights) {
            match guesses.last_mut() {
                Some(("zh-Hant", sum)) if merged => *sum += weight,
                _ if merged && name.starts_with("zh-Hant") => guesses.push(("zh-Hant", *weight)),
                _ => guesses.push((name, *weight)),
            }
        }
        guesses.into_iter()
    }

    /// Evidence, each only once, in the text's order.
    pub fn findings(&'static self, text: &str, most: usize) -> Vec<Finding> {
        match &self.source {
            Source::Chinese => han::findings(text, most),
            Source::Words { lists, rule } => find(text, self.lists(lists), *rule, most),
        }
    }

    fn lists(&self, files: &[&'static str]) -> &Lists {
        self.lists
            .get_or_init(|| Lists::read(files, |name| self.member(name)))
    }

    /// Every word as it stands in the lists.
    #[cfg(test)]
    pub fn written_words(&self) -> Vec<&'static str> {
        let Source::Words { lists, .. } = &self.source else {
            return Vec::new();
        };
        let lines = lists.iter().flat_map(|file| file.lines());
        let lines = lines.filter(|line| !line.starts_with('#'));
        let words = lines.filter_map(|line| line.split_once(':'));
        words
            .flat_map(|(_, words)| words.split_whitespace())
            .collect()
    }

    /// Every word and stem that is evidence.
    #[cfg(test)]
    pub fn words(&self) -> Vec<String> {
        match &self.source {
            Source::Chinese => Vec::new(),
            Source::Words { lists, .. } => self.lists(lists).words(),
        }
    }
}

fn find(text: &str, lists: &Lists, rule: Rule, most: usize) -> Vec<Finding> {
    let tokens = tokens(text, WORDS);
    let words: Vec<&str> = tokens.iter().map(|(word, _)| word.as_str()).collect();
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() && found.len() < most {
        let longest = LONGEST_PHRASE.min(words.len() - at);
        let listed = (1..=longest).rev().find_map(|length| {
            let phrase = lists.find(&words[at..at + length])?;
            Some((phrase, length))
        });
        let ruled =
            || rule(&words[at..]).map(|(members, strength, length)| ((members, strength), length));
        let Some(((members, strength), length)) = listed.or_else(ruled) else {
            at += 1;
            continue;
        };
        if seen.insert(words[at..at + length].to_vec()) {
            found.push(Finding {
                range: tokens[at].1.start..tokens[at + length - 1].1.end,
                members,
                strength,
            });
        }
        at += length;
    }
    found
}
