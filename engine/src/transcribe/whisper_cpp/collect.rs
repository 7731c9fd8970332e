//! whisper.cpp's tokens -> segments and words.

use whisper_rs::{WhisperSegment, WhisperState};

use super::{Job, quality};
use crate::transcribe::{
    Segment, Token,
    whisper::words::{Piece, words},
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

fn one(segment: &WhisperSegment<'_>, first_special: i32, job: &Job<'_>, seconds: f64) -> Segment {
    let tokens: Vec<_> = (0..segment.n_tokens())
        .filter_map(|index| segment.get_token(index))
        .filter(|token| token.token_id() < first_special)
        .collect();
    let text = segment
        .to_str_lossy()
        .map(|text| text.trim().to_owned())
        .unwrap_or_default();
    let start = time(segment.start_timestamp(), 0.0, seconds);
    let end = time(segment.end_timestamp(), start, seconds);
    let logprob: f32 = tokens.iter().map(|token| token.token_data().plog).sum();
    Segment {
        id: 0,
        start,
        end,
        compression_ratio: quality::compression_ratio(&text),
        text,
        temperature: job.options.temperature,
        avg_logprob: logprob / tokens.len().max(1) as f32,
        no_speech_prob: segment.no_speech_probability(),
        logprobs: if job.options.logprobs {
            let tokens = tokens.iter().filter_map(|token| {
                let bytes = token.to_bytes().ok()?.to_vec();
                Some(Token {
                    token: String::from_utf8_lossy(&bytes).into_owned(),
                    bytes,
                    logprob: token.token_data().plog,
                })
            });
            tokens.collect()
        } else {
            Vec::new()
        },
        words: if job.options.words {
            let pieces = tokens.iter().filter_map(|token| {
                let data = token.token_data();
                Some(Piece {
                    bytes: token.to_bytes().ok()?.to_vec(),
                    probability: data.p,
                    start: time(data.t0, start, end),
                    end: time(data.t1, start, end),
                })
            });
            words(&pieces.collect::<Vec<_>>(), start, end)
        } else {
            Vec::new()
        },
        tokens: tokens
            .iter()
            .filter_map(|token| u32::try_from(token.token_id()).ok())
            .collect(),
        ..Segment::default()
    }
}

/// Centiseconds -> seconds within bounds.
fn time(centiseconds: i64, earliest: f64, latest: f64) -> f64 {
    (centiseconds as f64 / 100.0).min(latest).max(earliest)
}
