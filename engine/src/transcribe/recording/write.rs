//! A segment, formatted.

use super::Request;
use crate::transcribe::{Segment, formatting::format_words};

/// Writes a segment as is wished; what is told of single tokens goes.
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
    segment.words = format_words(&segment.words, formatting, &language);
}
