//! whisper.cpp's tokens -> segments and words.

use whisper_rs::{WhisperSegment, WhisperState, WhisperTokenData};

use super::{Job, quality};
use crate::{
    text::is_unspaced,
    transcribe::{Segment, Word},
};

/// All segments of the last decode; times are bounded by the audio's length in seconds.
pub(super) fn segments(
    state: &WhisperState,
    first_special: i32,
    job: &Job<'_>,
    seconds: f64,
) -> Vec<Segment> {
    state
        .as_iter()
        .map(|segment| one(&segment, first_special, job, seconds))
        .collect()
}

/// Moves a segment to its place in the whole audio.
pub(super) fn shift(segment: &mut Segment, offset: f64, id: usize) {
    segment.id = id;
    segment.start += offset;
    segment.end += offset;
    for word in &mut segment.words {
        word.start += offset;
        word.end += offset;
    }
}

/// The text of all segments.
pub(super) fn text(segments: &[Segment]) -> String {
    let texts: Vec<&str> = segments
        .iter()
        .map(|segment| segment.text.as_str())
        .collect();
    texts.join(" ").trim().to_owned()
}

struct Piece {
    bytes: Vec<u8>,
    data: WhisperTokenData,
}

fn one(segment: &WhisperSegment<'_>, first_special: i32, job: &Job<'_>, seconds: f64) -> Segment {
    let pieces: Vec<Piece> = (0..segment.n_tokens())
        .filter_map(|index| segment.get_token(index))
        .filter(|token| token.token_id() < first_special)
        .filter_map(|token| {
            Some(Piece {
                bytes: token.to_bytes().ok()?.to_vec(),
                data: token.token_data(),
            })
        })
        .collect();
    let text = segment
        .to_str_lossy()
        .map(|text| text.trim().to_owned())
        .unwrap_or_default();
    let start = time(segment.start_timestamp(), 0.0, seconds);
    let end = time(segment.end_timestamp(), start, seconds);
    let logprob: f32 = pieces.iter().map(|piece| piece.data.plog).sum();
    Segment {
        id: 0,
        start,
        end,
        compression_ratio: quality::compression_ratio(&text),
        text,
        tokens: pieces
            .iter()
            .filter_map(|piece| u32::try_from(piece.data.id).ok())
            .collect(),
        temperature: job.options.temperature,
        avg_logprob: logprob / pieces.len().max(1) as f32,
        no_speech_prob: segment.no_speech_probability(),
        words: if job.options.words {
            words(&pieces, start, end)
        } else {
            Vec::new()
        },
    }
}

/// Groups tokens into words: a new one begins at a leading space, or at a character of a script
/// that is written without spaces. Bytes of one character are never parted.
fn words(pieces: &[Piece], start: f64, end: f64) -> Vec<Word> {
    let mut groups: Vec<(Vec<u8>, Vec<&WhisperTokenData>)> = Vec::new();
    for piece in pieces {
        match groups.last_mut() {
            Some((bytes, data)) if !begins_word(bytes, &piece.bytes) => {
                bytes.extend(&piece.bytes);
                data.push(&piece.data);
            }
            _ => groups.push((piece.bytes.clone(), vec![&piece.data])),
        }
    }
    let mut previous = start;
    let mut words = Vec::new();
    for (bytes, data) in groups {
        let word = String::from_utf8_lossy(&bytes).trim().to_owned();
        let (Some(first), Some(last)) = (data.first(), data.last()) else {
            continue;
        };
        if word.is_empty() {
            continue;
        }
        let from = time(first.t0, previous, end);
        let to = time(last.t1, from, end);
        let probability = data.iter().map(|token| token.p).sum::<f32>() / data.len() as f32;
        words.push(Word {
            word,
            start: from,
            end: to,
            probability: probability.clamp(0.0, 1.0),
        });
        previous = to;
    }
    words
}

fn begins_word(before: &[u8], next: &[u8]) -> bool {
    let Ok(before) = std::str::from_utf8(before) else {
        return false;
    };
    let Ok(next) = std::str::from_utf8(next) else {
        return spaceless(before);
    };
    next.starts_with(char::is_whitespace)
        || (spaceless(before) || spaceless(next)) && next.starts_with(char::is_alphanumeric)
}

/// Whether the text ends in a script without spaces.
fn spaceless(text: &str) -> bool {
    text.chars().last().is_some_and(is_unspaced)
}

/// Centiseconds -> seconds within bounds.
fn time(centiseconds: i64, earliest: f64, latest: f64) -> f64 {
    (centiseconds as f64 / 100.0).min(latest).max(earliest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_at_spaces_and_at_characters_of_spaceless_scripts() {
        assert!(begins_word(b" ask", b" not"));
        assert!(!begins_word(b" Amer", b"icans") && !begins_word(b" so", b","));
        assert!(begins_word("今".as_bytes(), "日".as_bytes()));
        assert!(!begins_word(&"今".as_bytes()[..1], &"今".as_bytes()[1..]));
    }
}
