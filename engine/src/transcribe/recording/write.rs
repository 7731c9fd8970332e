//! A segment, formatted.

use super::Request;
use crate::transcribe::{Segment, Task, formatting::format_words, whisper::code};

/// Writes a segment as is wished; what is told of single tokens goes.
pub(super) fn format(segment: &mut Segment, request: &Request) {
    let formatting = &request.formatting;
    if formatting.is_default() {
        return;
    }
    // Where it was not heard it was given, as a code or as a name; a translation is English.
    let language = segment.language.as_ref();
    let language = match (
        request.options.task,
        language.or(request.options.language.as_ref()),
    ) {
        (Task::Transcribe, Some(language)) => code(language).unwrap_or("en"),
        _ => "en",
    };
    segment.text = formatting.apply_to_text(&segment.text, language);
    segment.logprobs.clear();
    segment.tokens.clear();
    segment.words = format_words(&segment.words, formatting, language);
}
