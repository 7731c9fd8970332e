//! A segment, formatted.

use super::Request;
use crate::transcribe::{Segment, Word};

/// Writes a segment as is wished. Words that are joined take the time of all of them, and the least of their
/// probabilities; what is told of single tokens goes.
pub(super) fn format(segment: &mut Segment, request: &Request) {
    let formatting = &request.formatting;
    if formatting.is_default() {
        return;
    }
    // Where it was not heard it was given.
    let language = segment
        .language
        .as_ref()
        .or(request.options.language.as_ref());
    let language = language.map_or_else(|| "en".to_owned(), Clone::clone);
    segment.text = formatting.apply_to_text(&segment.text, &language);
    segment.logprobs.clear();
    let words = std::mem::take(&mut segment.words);
    let texts: Vec<&str> = words.iter().map(|word| word.word.as_str()).collect();
    let tokens = formatting.apply(&texts, &language).into_iter();
    let written = tokens.filter_map(|token| {
        let covered = words.get(token.first..=token.last)?;
        let probability = covered.iter().map(|word| word.probability);
        Some(Word {
            word: token.text,
            start: covered.first()?.start,
            end: covered.last()?.end,
            probability: probability.fold(1.0, f32::min),
        })
    });
    segment.words = written.collect();
}
