//! Evidence that no list can hold: endings and turns of phrase.

use super::family::Strength::{self, Strong, Weak};

/// Looks at the first of the words; members, strength and how many words it took.
pub type Rule = fn(&[&str]) -> Option<(u8, Strength, usize)>;

/// No rules.
pub fn none(_: &[&str]) -> Option<(u8, Strength, usize)> {
    None
}

/// `estou fazendo` in Brazil, `estou a fazer` in Portugal; before m and n, stressed e and o are closed in Brazil
/// (`econômico`) and open in Portugal (`económico`).
pub fn portuguese(words: &[&str]) -> Option<(u8, Strength, usize)> {
    const BRAZIL: u8 = 1;
    const PORTUGAL: u8 = 2;
    const TO_BE: [&str; 12] = [
        "estou", "estás", "está", "estamos", "estão", "estava", "estavas", "estavam", "estive",
        "esteve", "estar", "estiver",
    ];
    match words {
        [be, doing, ..] if TO_BE.contains(be) && has_gerund(doing) => Some((BRAZIL, Strong, 2)),
        [be, "a", to_do, ..] if TO_BE.contains(be) && is_infinitive(to_do) => {
            Some((PORTUGAL, Strong, 3))
        }
        [word, ..] => {
            let closed = nasal(word, ['ê', 'ô']);
            let open = nasal(word, ['é', 'ó']);
            match (closed, open) {
                (true, false) => Some((BRAZIL, Strong, 1)),
                (false, true) => Some((PORTUGAL, Strong, 1)),
                _ => None,
            }
        }
        [] => None,
    }
}

fn has_gerund(word: &str) -> bool {
    /// They end like gerunds and are none.
    const NONE: [&str; 8] = [
        "quando",
        "segundo",
        "lindo",
        "mundo",
        "fernando",
        "estupendo",
        "tremendo",
        "horrendo",
    ];
    let ends = ["ando", "endo", "indo"]
        .iter()
        .any(|ending| word.len() > ending.len() && word.ends_with(ending));
    ends && !NONE.contains(&word)
}

fn is_infinitive(word: &str) -> bool {
    const NONE: [&str; 4] = ["favor", "rigor", "vapor", "lugar"];
    let ends = ["ar", "er", "ir"]
        .iter()
        .any(|ending| word.len() > 3 && word.ends_with(ending));
    ends && !NONE.contains(&word)
}

/// Whether one of the vowels stands before m or n and another vowel.
fn nasal(word: &str, vowels: [char; 2]) -> bool {
    /// Closed everywhere, and names of other languages.
    const NONE: [&str; 8] = [
        "estômag", "fême", "sêmol", "pokémon", "gómez", "jiménez", "ménage", "séneca",
    ];
    if NONE.iter().any(|stem| word.starts_with(stem)) {
        return false;
    }
    let characters: Vec<char> = word.chars().collect();
    characters.windows(3).any(|three| {
        vowels.contains(&three[0])
            && matches!(three[1], 'm' | 'n')
            && "aeiouáéíóúâêô".contains(three[2])
    })
}

/// `habláis`, `tenéis`, `visteis` are said in Spain only.
pub fn spanish(words: &[&str]) -> Option<(u8, Strength, usize)> {
    const SPAIN: u8 = 1;
    let word = words.first()?;
    let is_other = word.ends_with("séis") || matches!(*word, "bonsáis" | "samuráis");
    let plural_you = ["áis", "éis", "asteis", "isteis"]
        .iter()
        .any(|ending| word.ends_with(ending));
    (plural_you && !is_other && word.chars().count() > 3).then_some((SPAIN, Strong, 1))
}

/// Switzerland writes no `ß`.
pub fn german(words: &[&str]) -> Option<(u8, Strength, usize)> {
    const GERMANY_AND_AUSTRIA: u8 = 0b011;
    words
        .first()?
        .contains('ß')
        .then_some((GERMANY_AND_AUSTRIA, Weak, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portuguese_turns() {
        let members = |words: &[&str]| portuguese(words).map(|found| found.0);
        assert_eq!(members(&["estou", "fazendo"]), Some(1));
        assert_eq!(members(&["estou", "a", "fazer"]), Some(2));
        assert_eq!(members(&["fenômeno"]), Some(1));
        assert_eq!(members(&["género"]), Some(2));
        for words in [
            &["também"][..],
            &["põem"],
            &["está", "a", "mar"],
            &["está", "quando"],
            &[],
        ] {
            assert_eq!(members(words), None, "{words:?}");
        }
    }

    #[test]
    fn spanish_plural() {
        for word in ["habláis", "tenéis", "visteis", "hablasteis"] {
            assert!(spanish(&[word]).is_some(), "{word}");
        }
        for word in ["dieciséis", "veintiséis", "seis", "país", "más"] {
            assert!(spanish(&[word]).is_none(), "{word}");
        }
    }

    #[test]
    fn german_sharp_s() {
        assert_eq!(german(&["straße"]), Some((3, Weak, 1)));
        assert_eq!(german(&["strasse"]), None);
    }
}
