//! What was written -> segments with their words.

use super::{
    alignment::Attention,
    edges::Levels,
    quality,
    tokenizer::Tokenizer,
    words::{Piece, words},
    write::{Token, Written},
};
use crate::{
    kernel::Variant,
    transcribe::{self, Segment},
};

/// Seconds of one step of a time, and of one position that the encoder gives.
pub(super) const STEP: f64 = 0.02;

/// Tokens between two times.
struct Stretch<'a> {
    start: f64,
    end: f64,
    /// Places of the tokens among all.
    tokens: Vec<(usize, &'a Token)>,
}

/// What one pass over a stretch of audio came to.
#[derive(Default)]
pub(super) struct Decoded {
    pub(super) segments: Vec<Segment>,
    /// Seconds up to which the text goes; what follows must be heard again.
    pub(super) covered: f64,
    /// Decodes before this one that were poor.
    pub(super) fallbacks: u32,
}

impl Decoded {
    /// Without what nobody said.
    pub(super) fn without_inventions(mut self) -> Self {
        self.segments
            .retain(|segment| !quality::is_invention(segment));
        self
    }
}

/// What is known of the audio and of who reads it.
pub(super) struct Reading<'a> {
    pub(super) tokenizer: &'a Tokenizer,
    pub(super) variant: Variant,
    /// The audio.
    pub(super) samples: &'a [f32],
    /// Its length.
    pub(super) seconds: f64,
    /// Whether words are wanted.
    pub(super) words: bool,
    /// Whether the probability of each token is wanted.
    pub(super) logprobs: bool,
}

impl Reading<'_> {
    pub(super) fn segments(&self, written: &Written) -> Decoded {
        let (stretches, covered) = self.stretches(&written.tokens);
        let times = if self.words {
            self.times(written)
        } else {
            Vec::new()
        };
        let levels = self.words.then(|| Levels::of(self.samples));
        let segments = stretches
            .into_iter()
            .map(|stretch| {
                let mut segment = self.segment(&stretch, written, &times);
                if let Some(levels) = &levels {
                    settle(&mut segment, levels);
                }
                segment
            })
            .collect();
        Decoded {
            segments,
            covered,
            fallbacks: 0,
        }
    }

    /// Parts the tokens at times. A text that ends in two times goes on after them; whatever follows the last such
    /// pair is not whole.
    fn stretches<'w>(&self, tokens: &'w [Token]) -> (Vec<Stretch<'w>>, f64) {
        let time = |token: &Token| self.time(token.id);
        let ends_alone = match tokens {
            [.., before, last] => time(last).is_some() && time(before).is_none(),
            _ => false,
        };
        let pair = tokens
            .windows(2)
            .rposition(|pair| time(&pair[0]).is_some() && time(&pair[1]).is_some());
        let (tokens, covered) = match pair.filter(|_| !ends_alone) {
            Some(first) => (
                &tokens[..=first],
                time(&tokens[first]).unwrap_or(self.seconds),
            ),
            None => (tokens, self.seconds),
        };
        let mut stretches: Vec<Stretch<'_>> = Vec::new();
        let mut start = 0.0;
        let mut open: Vec<(usize, &Token)> = Vec::new();
        for (place, token) in tokens.iter().enumerate() {
            match time(token) {
                None => open.push((place, token)),
                Some(at) if open.is_empty() => start = at,
                Some(end) => {
                    let tokens = std::mem::take(&mut open);
                    stretches.push(Stretch { start, end, tokens });
                    start = end;
                }
            }
        }
        if !open.is_empty() {
            stretches.push(Stretch {
                start,
                end: self.seconds.max(start),
                tokens: open,
            });
        }
        (stretches, covered)
    }

    /// The time that a token stands for, no later than the audio.
    fn time(&self, id: u32) -> Option<f64> {
        let steps = id.checked_sub(self.tokenizer.special().first_timestamp)?;
        Some((f64::from(steps) * STEP).min(self.seconds))
    }

    fn segment(&self, stretch: &Stretch<'_>, written: &Written, times: &[(f64, f64)]) -> Segment {
        let tokens = stretch.tokens.iter();
        let bytes = |token: &Token| self.tokenizer.bytes(token.id).to_vec();
        let all: Vec<u8> = tokens.clone().flat_map(|(_, token)| bytes(token)).collect();
        let text = String::from_utf8_lossy(&all).trim().to_owned();
        let logprob: f32 = tokens.clone().map(|(_, token)| token.logprob).sum();
        let mut segment = Segment {
            id: 0,
            start: stretch.start,
            end: stretch.end,
            compression_ratio: quality::compression_ratio(&text),
            text,
            tokens: tokens.clone().map(|(_, token)| token.id).collect(),
            temperature: written.temperature,
            avg_logprob: logprob / stretch.tokens.len().max(1) as f32,
            no_speech_prob: written.no_speech,
            ..Segment::default()
        };
        if self.logprobs {
            let tokens = tokens.clone().map(|(_, token)| {
                let bytes = bytes(token);
                transcribe::Token {
                    token: String::from_utf8_lossy(&bytes).into_owned(),
                    bytes,
                    logprob: token.logprob,
                }
            });
            segment.logprobs = tokens.collect();
        }
        if self.words {
            let pieces: Vec<Piece> = tokens
                .map(|(place, token)| {
                    let (start, end) = times.get(*place).copied().unwrap_or_default();
                    Piece {
                        bytes: bytes(token),
                        probability: token.logprob.exp(),
                        start,
                        end,
                    }
                })
                .collect();
            segment.words = words(&pieces, 0.0, self.seconds);
        }
        segment
    }

    /// When each token was said, in seconds; times have none.
    fn times(&self, written: &Written) -> Vec<(f64, f64)> {
        let positions = (self.seconds / STEP).ceil() as usize;
        let (heads, looks) = written.sequence.looks(self.variant, positions);
        let rows = written.sequence.length;
        let each = looks.len() / (heads * rows).max(1);
        // The token before a token is where the decoder looks for it.
        let before = written.prompt - 1;
        let texts = written
            .tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| self.time(token.id).is_none());
        let places: Vec<usize> = texts.map(|(place, _)| place).collect();
        let Some(last) = places.last() else {
            return Vec::new();
        };
        // The beginning of the transcript is looked at for comparison only.
        let mut wanted: Vec<usize> = (written.prompt - written.beginning..before).collect();
        let compared = wanted.len();
        wanted.extend(places.iter().map(|place| before + place));
        // What it looked for next is where the last one ends.
        wanted.push((before + last + 1).min(rows - 1));
        let row = |head: usize, row: usize| &looks[(head * rows + row) * each..][..each];
        let mut weights = Vec::with_capacity(heads * wanted.len() * each);
        for head in 0..heads {
            for place in &wanted {
                weights.extend_from_slice(row(head, *place));
            }
        }
        // The sizes are those that the weights were put together with.
        let found = Attention::new(&weights, heads, wanted.len(), each)
            .map(|attention| attention.align(compared..wanted.len()))
            .unwrap_or_default();
        let mut times = vec![(0.0, 0.0); written.tokens.len()];
        for (place, range) in places.iter().zip(found) {
            times[*place] = (range.start as f64 * STEP, range.end as f64 * STEP);
        }
        times
    }
}

/// Words get their own times, and the segment those of its words: where the decoder looked, and what sounds there, is truer
/// than the times that it wrote.
fn settle(segment: &mut Segment, levels: &Levels) {
    for word in &mut segment.words {
        levels.settle(word);
    }
    if let (Some(first), Some(last)) = (segment.words.first(), segment.words.last()) {
        (segment.start, segment.end) = (first.start, last.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts' times and numbers of tokens, and how far the text goes, of ten seconds.
    fn parted(tokens: &[u32]) -> (Vec<(f64, f64, usize)>, f64) {
        let words: Vec<[u8; 1]> = (0..=u8::MAX).map(|byte| [byte]).collect();
        let tokenizer = Tokenizer::new(&words, 51_864).unwrap();
        let first = tokenizer.special().first_timestamp;
        let reading = Reading {
            tokenizer: &tokenizer,
            variant: Variant::best(),
            samples: &[],
            seconds: 10.0,
            words: false,
            logprobs: false,
        };
        // Numbers from 1000 on stand for times.
        let token = |id: &u32| Token {
            id: if *id >= 1_000 {
                first + id - 1_000
            } else {
                *id
            },
            logprob: 0.0,
        };
        let tokens: Vec<Token> = tokens.iter().map(token).collect();
        let (parts, covered) = reading.stretches(&tokens);
        let parts = parts
            .iter()
            .map(|part| (part.start, part.end, part.tokens.len()));
        (parts.collect(), covered)
    }

    #[test]
    fn a_text_that_ends_goes_to_the_end() {
        let whole = [1_000, 1, 2, 1_100, 1_150, 3, 1_400];
        assert_eq!(parted(&whole), (vec![(0.0, 2.0, 2), (3.0, 8.0, 1)], 10.0));
        assert_eq!(parted(&[1_000, 1]), (vec![(0.0, 10.0, 1)], 10.0));
        assert_eq!(parted(&[1_000]), (vec![], 10.0));
        assert_eq!(parted(&[]), (vec![], 10.0));
    }

    #[test]
    fn a_text_that_would_go_on_is_heard_again_from_there() {
        assert_eq!(
            parted(&[1_000, 1, 1_100, 1_100]),
            (vec![(0.0, 2.0, 1)], 2.0)
        );
        // What was cut off in the middle is not whole.
        let cut = [1_000, 1, 1_100, 1_100, 2, 3];
        assert_eq!(parted(&cut), (vec![(0.0, 2.0, 1)], 2.0));
    }

    #[test]
    fn no_time_lies_after_the_audio() {
        assert_eq!(parted(&[1_000, 1, 2_000]), (vec![(0.0, 10.0, 1)], 10.0));
    }
}
