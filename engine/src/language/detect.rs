//! Which language a text is in.

use super::{LanguageGuess, calibration::calibrate, script, statistics, variant};

/// Guesses below it are not worth naming.
const LEAST: f64 = 1e-4;

/// Longest piece that is judged at once, in characters. Over a few hundred the statistics multiply so many small
/// numbers that all but one language vanish.
const PIECE: usize = 240;

/// Most pieces that are judged, spread over the text.
const PIECES: usize = 12;

/// The languages that the text may be in, likeliest first; none when it holds no words. The first
/// call reads the statistics of every language that uses the text's script. A long text is judged by twelve
/// pieces from its beginning to its end.
pub fn detect(text: &str) -> Vec<LanguageGuess> {
    let pieces = pieces(text);
    let mut guesses: Vec<LanguageGuess> = Vec::new();
    for piece in &pieces {
        for found in of_piece(piece) {
            match guesses
                .iter_mut()
                .find(|guess| guess.language == found.language)
            {
                Some(guess) => guess.confidence += found.confidence,
                None => guesses.push(found),
            }
        }
    }
    for guess in &mut guesses {
        guess.confidence /= pieces.len().max(1) as f64;
    }
    guesses.retain(|guess| guess.confidence >= LEAST);
    guesses.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    guesses
}

fn of_piece(text: &str) -> Vec<LanguageGuess> {
    if let Some(settled) = script::settled(text) {
        return vec![settled.into()];
    }
    let letters = text.chars().filter(|one| one.is_alphabetic()).count();
    let found = statistics::confidences(text);
    let mut confidences: Vec<f64> = found.iter().map(|(_, confidence)| *confidence).collect();
    calibrate(&mut confidences, letters);
    let guesses = found.iter().zip(confidences);
    let guesses = guesses.map(|((language, _), confidence)| LanguageGuess {
        language: statistics::code(*language),
        name: statistics::name(*language).to_owned(),
        confidence,
    });
    let mut guesses: Vec<LanguageGuess> = guesses.collect();
    variant::weigh_sisters(text, &mut guesses);
    guesses
}

/// Pieces with letters, evenly over the text.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces: Vec<&str> = Vec::new();
    let (mut start, mut length) = (0, 0);
    for (at, character) in text.char_indices() {
        length += 1;
        let ends = length >= PIECE && !character.is_alphanumeric();
        if ends || length >= 2 * PIECE {
            pieces.push(&text[start..at + character.len_utf8()]);
            (start, length) = (at + character.len_utf8(), 0);
        }
    }
    // A short rest goes with what it is the end of.
    let rest = &text[start..];
    if length >= PIECE / 4 || pieces.is_empty() {
        pieces.push(rest);
    }
    pieces.retain(|piece| piece.contains(char::is_alphabetic));
    let step = pieces.len().div_ceil(PIECES).max(1);
    pieces.into_iter().step_by(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_of_several_languages_and_scripts() {
        for (text, language) in [
            ("Good morning, how are you today?", "en"),
            ("Guten Morgen, wie geht es Ihnen heute?", "de"),
            ("Bom dia, como está o senhor hoje? Não dormi bem.", "pt"),
            ("Доброе утро, как у вас дела сегодня?", "ru"),
            ("おはようございます、お元気ですか。", "ja"),
            ("ನಿಮಗೆ ಶುಭೋದಯ", "kn"),
            // Accents as characters of their own.
            (
                "To\u{302}i kho\u{302}ng bie\u{302}\u{301}t tie\u{302}\u{301}ng Anh",
                "vi",
            ),
        ] {
            let guesses = detect(text);
            assert_eq!(
                guesses.first().map(|guess| guess.language.as_str()),
                Some(language),
                "{text}"
            );
            let sum: f64 = guesses.iter().map(|guess| guess.confidence).sum();
            assert!(sum < 1.001, "{sum}");
            assert!(guesses.is_sorted_by(|a, b| a.confidence >= b.confidence));
        }
    }

    #[test]
    fn words_tell_sisters_apart() {
        for (text, language) in [
            (
                "Svaka tvornica ima svoj vlak i tko želi može doći sljedeći tjedan",
                "hr",
            ),
            (
                "Svaka fabrika ima svoj voz i ko želi može da dođe sledeće nedelje",
                "sr",
            ),
            (
                "Polis berkata bahawa kanak-kanak itu berada di hospital",
                "ms",
            ),
            (
                "Polisi mengatakan bahwa anak-anak itu berada di rumah sakit",
                "id",
            ),
            ("Eg veit ikkje kva dei skal gjere no", "nn"),
            ("Jeg vet ikke hva de skal gjøre nå", "nb"),
        ] {
            assert_eq!(detect(text)[0].language, language, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_judged_from_its_beginning_to_its_end() {
        let english = "This is how it goes on and on, all day long. ".repeat(40);
        let text = format!(
            "{}{english}{}",
            "1234 ".repeat(2_000),
            "Und so geht es weiter und weiter. ".repeat(60)
        );
        let guesses = detect(&text);
        let share = |language: &str| {
            let found = guesses.iter().find(|guess| guess.language == language);
            found.map_or(0.0, |guess| guess.confidence)
        };
        assert!(
            (0.3..0.7).contains(&share("en")) && (0.3..0.7).contains(&share("de")),
            "{guesses:?}"
        );
        assert!(pieces(&"a".repeat(100_000)).len() <= PIECES);
    }

    #[test]
    fn text_without_words_has_no_language() {
        for text in ["", "  \n", "123 456", "?!… 🎉"] {
            assert!(detect(text).is_empty(), "{text}");
        }
    }
}
