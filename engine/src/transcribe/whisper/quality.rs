//! Judging a decode by the figures of Radford et al. 2022, section 4.5: a compression ratio above
//! 2.4 or an average log-probability below -1 marks a failed decode; together with a high no-speech
//! probability, a segment that nobody spoke.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};

use crate::transcribe::Segment;

/// Compression ratio above which a text repeats itself.
const REPETITIVE: f32 = 2.4;
/// Mean natural-log probability below which a decode has failed.
const UNLIKELY: f32 = -1.0;
/// Probability of no speech above which nobody may have spoken.
const NO_SPEECH: f32 = 0.6;

/// Bytes of the text over bytes of its zlib compression; 0 for an empty text.
pub(in crate::transcribe) fn compression_ratio(text: &str) -> f32 {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory cannot fail.
    encoder.write_all(text.as_bytes()).ok();
    let compressed = encoder.finish().map_or(1, |bytes| bytes.len().max(1));
    text.len() as f32 / compressed as f32
}

/// Whether the text says the same over and over.
fn is_repetitive(segment: &Segment) -> bool {
    segment.compression_ratio > REPETITIVE
}

/// Whether one pass over the audio says the same over and over, be it in segments that do not repeat themselves.
pub(in crate::transcribe) fn repeat(segments: &[Segment]) -> bool {
    let texts: Vec<&str> = segments
        .iter()
        .map(|segment| segment.text.as_str())
        .collect();
    compression_ratio(&texts.join(" ")) > REPETITIVE || segments.iter().any(is_repetitive)
}

/// Whether it is likely that nobody spoke, and what was heard is less likely than `well`, a mean natural-log probability.
pub(in crate::transcribe) fn is_unspoken(segment: &Segment, well: f32) -> bool {
    segment.no_speech_prob > NO_SPEECH && segment.avg_logprob < well
}

/// Whether the decode should be repeated with more context.
pub(in crate::transcribe) fn is_poor(segments: &[Segment]) -> bool {
    let unlikely = |segment: &Segment| segment.avg_logprob < UNLIKELY;
    segments.is_empty() || repeat(segments) || segments.iter().any(unlikely)
}

/// Whether the decode is poor because nobody speaks: no other would be better.
pub(in crate::transcribe) fn is_silence(segments: &[Segment]) -> bool {
    segments
        .iter()
        .all(|segment| is_unspoken(segment, UNLIKELY))
}

/// Whether the first of two decodes is the better one: it repeats itself less, or is likelier.
pub(in crate::transcribe) fn is_better(first: &[Segment], second: &[Segment]) -> bool {
    let rank = |segments: &[Segment]| {
        let logprobs = segments.iter().map(|segment| segment.avg_logprob);
        (
            segments.is_empty(),
            repeat(segments),
            -logprobs.fold(0.0_f32, f32::min),
        )
    };
    let (one, other) = (rank(first), rank(second));
    (one.0, one.1) < (other.0, other.1) || (one.0, one.1) == (other.0, other.1) && one.2 <= other.2
}

/// Whether nobody could say so much in the time of a segment: after the last word Whisper may say again what was said
/// before, all of it at the end of the audio.
fn is_breathless(segment: &Segment) -> bool {
    /// Fast speakers say 25 letters a second.
    const LETTERS_A_SECOND: f64 = 60.0;
    /// Times are written in steps, and short words may have one step only.
    const AT_ONCE: f64 = 20.0;
    let letters = segment.text.chars().count() as f64;
    letters > AT_ONCE + LETTERS_A_SECOND * (segment.end - segment.start)
}

/// Whether nobody spoke this segment.
pub(in crate::transcribe) fn is_invention(segment: &Segment) -> bool {
    let bracketed = |open, close| segment.text.starts_with(open) && segment.text.ends_with(close);
    let wordless = !segment.text.contains(char::is_alphanumeric);
    // Whisper writes sounds that are not speech as [BLANK_AUDIO], (music) or *sighs*.
    wordless
        || is_breathless(segment)
        || is_unspoken(segment, UNLIKELY)
        || bracketed('[', ']')
        || bracketed('(', ')')
        || bracketed('*', '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetition_compresses() {
        assert!(compression_ratio("And so, my fellow Americans, ask not") < 1.2);
        assert!(compression_ratio(&"thank you ".repeat(40)) > REPETITIVE);
        assert!(compression_ratio("").abs() < f32::EPSILON);
    }

    #[test]
    fn what_takes_no_time_was_not_said() {
        let segment = |text: &str, seconds: f64| Segment {
            text: text.into(),
            start: 75.79,
            end: 75.79 + seconds,
            ..Segment::default()
        };
        let said = "A sudden noise woke the owl, and it flew silently into the darkness.";
        assert!(is_invention(&segment(said, 0.03)));
        assert!(!is_invention(&segment(said, 3.0)) && !is_invention(&segment("Okay.", 0.0)));
    }

    #[test]
    fn a_sentence_that_is_repeated_in_segments_of_its_own_is_poor() {
        let said = |times: usize| {
            let text = "It's snow had fallen all night, and the roads were empty and silent.";
            let segment = Segment {
                compression_ratio: compression_ratio(text),
                text: text.into(),
                ..Segment::default()
            };
            vec![segment; times]
        };
        assert!(!is_poor(&said(1)) && !is_poor(&said(2)));
        assert!(is_poor(&said(4)));
        assert!(is_better(&said(1), &said(4)) && !is_better(&said(4), &said(1)));
    }
}
