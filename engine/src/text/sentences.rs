//! Sentence boundaries.
//!
//! text -> paragraphs (blank lines, list items, headline-like lines) -> candidate boundaries by
//! Unicode Standard Annex 29 -> false boundaries after abbreviations, initials and enumerators
//! are taken back, and those that the annex misses after an ellipsis are added.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::abbreviations::{Follower, follower_of};

/// A line shorter than this many bytes that is followed by a capital is taken for a headline or a
/// verse, not for the wrapped middle of a sentence.
const HEADLINE_BYTES: usize = 40;

/// Byte ranges of the sentences: in order, not overlapping, on character boundaries, without the
/// white space around them, and together covering everything that is not white space.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for paragraph in paragraphs(text) {
        split_paragraph(text, paragraph, &mut found);
    }
    found
}

/// Cuts at hard line ends; a line end inside a wrapped sentence is not one.
fn paragraphs(text: &str) -> Vec<Range<usize>> {
    let mut paragraphs = Vec::new();
    let mut start = 0;
    let mut previous: Option<&str> = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if previous.is_some_and(|previous| is_hard_end(previous, line)) {
            paragraphs.push(start..offset);
            start = offset;
        }
        previous = Some(line);
        offset += line.len();
    }
    paragraphs.push(start..text.len());
    paragraphs
}

fn is_hard_end(line: &str, next: &str) -> bool {
    let (line, next) = (line.trim(), next.trim());
    line.is_empty()
        || next.is_empty()
        || starts_list_item(next)
        || (line.len() < HEADLINE_BYTES
            && !line.ends_with([',', ';', '-', '.'])
            && next.starts_with(char::is_uppercase))
}

fn starts_list_item(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() < line.len() {
        return line.len() - rest.len() <= 3 && (rest.starts_with(". ") || rest.starts_with(") "));
    }
    ["- ", "* ", "+ ", "• ", "– "]
        .iter()
        .any(|bullet| line.starts_with(bullet))
}

fn split_paragraph(text: &str, paragraph: Range<usize>, found: &mut Vec<Range<usize>>) {
    // The annex ends a sentence at every line feed; here that is only a wrapped line. The
    // replacement has the same length, so offsets stay valid.
    let unwrapped = text[paragraph.clone()].replace(['\n', '\r'], " ");
    let cased = unwrapped.contains(char::is_uppercase);
    let mut start = 0;
    for boundary in boundaries(&unwrapped, cased) {
        if is_false_boundary(&unwrapped[start..boundary], &unwrapped[boundary..], cased) {
            continue;
        }
        push_trimmed(&unwrapped, start..boundary, paragraph.start, found);
        start = boundary;
    }
    push_trimmed(&unwrapped, start..unwrapped.len(), paragraph.start, found);
}

/// Offsets where the annex, or a mark that it misses, ends a sentence.
fn boundaries(text: &str, cased: bool) -> impl Iterator<Item = usize> + '_ {
    text.split_sentence_bound_indices()
        .flat_map(move |(offset, sentence)| {
            missed(sentence, cased)
                .map(move |at| offset + at)
                .chain(std::iter::once(offset + sentence.len()))
        })
        .filter(|&boundary| boundary < text.len())
}

/// Offsets that the annex misses: after `… ` where a capital follows, since it sees no full stop
/// in the character, and after `. ` in text without any capitals, such as some transcripts, since
/// it waits for one.
fn missed(sentence: &str, cased: bool) -> impl Iterator<Item = usize> + '_ {
    sentence.char_indices().filter_map(move |(at, mark)| {
        let after = at + mark.len_utf8();
        let begins: fn(char) -> bool = match mark {
            '…' => char::is_uppercase,
            '.' if !cased => char::is_alphabetic,
            _ => return None,
        };
        let rest = sentence[after..].trim_start();
        let boundary = sentence.len() - rest.len();
        (boundary > after && rest.starts_with(begins)).then_some(boundary)
    })
}

/// Whether the full stop that ends `before` belongs to an abbreviation, an initial or an
/// enumerator rather than to the sentence.
fn is_false_boundary(before: &str, after: &str, cased: bool) -> bool {
    // "Stop!" he said: the annex looks at lower case only after full stops.
    if cased && after.starts_with(char::is_lowercase) {
        return true;
    }
    let Some(body) = before.trim_end().strip_suffix('.') else {
        return false;
    };
    let word = body
        .rsplit(|c: char| c.is_whitespace() || "([{\"'“‘«".contains(c))
        .next()
        .unwrap_or_default();
    if is_enumerator(body.trim_start()) {
        return true;
    }
    match follower_of(word) {
        Follower::Anything => true,
        Follower::Number => after.starts_with(|c: char| c.is_numeric()),
        Follower::Name => !starts_like_a_sentence(after),
        Follower::NewSentence => false,
    }
}

/// `1` or `IV` or `a` alone before the full stop.
fn is_enumerator(body: &str) -> bool {
    let roman = |c: char| "IVXivx".contains(c);
    !body.is_empty()
        && body.len() <= 4
        && (body.chars().all(|c| c.is_ascii_digit()) || body.chars().all(roman))
}

/// Capitalised words that follow an abbreviation only when a new sentence begins.
const OPENERS: &[&str] = &[
    "A", "After", "All", "Also", "An", "And", "As", "At", "Before", "But", "By", "Each", "For",
    "From", "Has", "Have", "He", "Her", "Here", "His", "How", "However", "I", "If", "In", "Is",
    "It", "Its", "Later", "Many", "Most", "My", "No", "Not", "Now", "On", "One", "Or", "Our",
    "She", "Since", "So", "Some", "That", "The", "Their", "Then", "There", "These", "They", "This",
    "Those", "To", "Was", "We", "What", "When", "Where", "Which", "While", "Who", "Why", "With",
    "You", "Your",
];

fn starts_like_a_sentence(after: &str) -> bool {
    let after = after.trim_start_matches(|c: char| !c.is_alphanumeric());
    let word = after.split(|c: char| !c.is_alphanumeric()).next();
    word.is_some_and(|word| OPENERS.binary_search(&word).is_ok())
}

fn push_trimmed(text: &str, range: Range<usize>, shift: usize, found: &mut Vec<Range<usize>>) {
    let sentence = &text[range.clone()];
    let start = range.start + sentence.len() - sentence.trim_start().len();
    let end = start + sentence.trim().len();
    if start < end {
        found.push(start + shift..end + shift);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text)
            .into_iter()
            .map(|range| &text[range])
            .collect()
    }

    #[test]
    fn openers_are_sorted_for_the_binary_search() {
        assert!(OPENERS.is_sorted());
    }

    #[test]
    fn plain_sentences() {
        assert_eq!(
            split("One. Two! Three? Four"),
            ["One.", "Two!", "Three?", "Four"]
        );
    }

    #[test]
    fn abbreviations_and_initials_do_not_end_a_sentence() {
        for whole in [
            "Dr. Smith met Mrs. Jones at 5 p.m. Tuesday.",
            "J. R. R. Tolkien wrote it.",
            "See Fig. 3 and Eq. 4, i.e. the results of Smith et al. Nature agrees.",
            "The U.S. Army bought No. 7 from Acme Inc. Boston.",
            "O Sr. Silva e a Dra. Costa chegaram.",
            "Das gilt z.B. Hunden und Nr. 5.",
        ] {
            assert_eq!(split(whole), [whole]);
        }
    }

    #[test]
    fn an_abbreviation_may_end_a_sentence() {
        assert_eq!(
            split("He works at Acme Inc. The office is shut. We met at 5 p.m. They left."),
            [
                "He works at Acme Inc.",
                "The office is shut.",
                "We met at 5 p.m.",
                "They left."
            ]
        );
        assert_eq!(
            split("Was it so? No. It was not."),
            ["Was it so?", "No.", "It was not."]
        );
    }

    #[test]
    fn numbers_and_versions_stay_whole() {
        let whole = "Version 1.95.0 costs 3.14 or 1,000.50 at example.com today.";
        assert_eq!(split(whole), [whole]);
    }

    #[test]
    fn ellipses() {
        assert_eq!(
            split("Wait... What? Well… Yes… maybe."),
            ["Wait...", "What?", "Well…", "Yes… maybe."]
        );
    }

    #[test]
    fn text_without_capitals() {
        assert_eq!(
            split("the wing is thin . it flutters. see fig. 3 by smith et al. here."),
            [
                "the wing is thin .",
                "it flutters.",
                "see fig. 3 by smith et al. here."
            ]
        );
    }

    #[test]
    fn closing_quotes_belong_to_the_sentence() {
        assert_eq!(
            split("“Stop!” he said. \"Why?\" She left. (He did not.) End."),
            [
                "“Stop!” he said.",
                "\"Why?\"",
                "She left.",
                "(He did not.)",
                "End."
            ]
        );
    }

    #[test]
    fn full_width_stops_need_no_space() {
        assert_eq!(
            split("今日は晴れ。明日は雨！本当？はい。"),
            ["今日は晴れ。", "明日は雨！", "本当？", "はい。"]
        );
    }

    #[test]
    fn paragraphs_lists_and_headlines_end_sentences_but_wrapped_lines_do_not() {
        assert_eq!(
            split(
                "Title\nThe first line of this text is wrapped\nhere. Next\n\nparagraph\n- one\n- two\n1. three"
            ),
            [
                "Title",
                "The first line of this text is wrapped\nhere.",
                "Next",
                "paragraph",
                "- one",
                "- two",
                "1. three"
            ]
        );
    }

    proptest! {
        #[test]
        fn ranges_cover_all_that_is_not_white_space(text in "(\\PC|[ .!?\n\r\t…。]|Dr\\.|[A-C]\\.){0,80}") {
            let mut covered = 0;
            for range in sentences(&text) {
                prop_assert!(range.start >= covered && range.start < range.end);
                prop_assert!(text[covered..range.start].trim().is_empty());
                prop_assert_eq!(text[range.clone()].trim().len(), range.len());
                covered = range.end;
            }
            prop_assert!(text[covered..].trim().is_empty());
        }
    }
}
