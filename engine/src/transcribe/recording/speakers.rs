//! Segments -> segments of one speaker each.
//!
//! Segments are cut at pauses between their words and at ends of sentences, since there another may begin to speak; each
//! piece's voice is compared with those of all others; pieces of one segment and one speaker are joined again.

use crate::{
    Cancellation, Error, Result,
    audio::{Audio, SPEECH_RATE},
    speakers::{Count, Embedding, Encoder, MOST, Stretch, Voice, cluster, letter, recognise},
    text::ends_sentence,
    transcribe::{Segment, Word, append},
};

/// Seconds between two words from which on another may speak.
const PAUSE: f64 = 0.3;
/// Seconds of a piece from which on the end of a sentence ends it: less is hard to tell.
const LEAST: f64 = 1.2;
/// Pieces whose voices are embedded together.
const TOGETHER: usize = 16;
/// Most seconds of a known speaker's voice that are listened to.
const KNOWN_SECONDS: usize = 30;

/// How speakers are to be told apart.
#[derive(Debug, Clone, Default)]
pub struct SpeakerRequest {
    /// How many there are, where that is known.
    pub exact: Option<usize>,
    /// Who may be among them.
    pub known: Vec<KnownSpeaker>,
}

impl SpeakerRequest {
    /// Refuses what cannot be.
    pub(super) fn check(&self) -> Result<()> {
        match self.exact {
            Some(exact) if !(1..=MOST).contains(&exact) => {
                let message = format!("must be from 1 to {MOST}");
                Err(Error::invalid("speakers", message))
            }
            _ => Ok(()),
        }
    }
}

/// Somebody whose voice is known.
#[derive(Debug, Clone)]
pub struct KnownSpeaker {
    /// What to call them.
    pub name: String,
    /// A few seconds in which only they speak.
    pub audio: Audio,
}

/// Tells who says what; the segments' words are needed.
pub(super) fn tell(
    voices: &Encoder,
    samples: &[f32],
    segments: Vec<Segment>,
    wanted: &SpeakerRequest,
    cancellation: &Cancellation,
) -> Result<Vec<Segment>> {
    let known = known(voices, &wanted.known, cancellation)?;
    let pieces: Vec<(usize, Segment)> = segments
        .into_iter()
        .enumerate()
        .flat_map(|(number, segment)| pieces(segment).map(move |piece| (number, piece)))
        .collect();
    let mut stretches = Vec::with_capacity(pieces.len());
    for together in pieces.chunks(TOGETHER) {
        cancellation.check()?;
        let sounds: Vec<&[f32]> = together
            .iter()
            .map(|(_, piece)| sound(samples, piece))
            .collect();
        let embedded = voices.embed(&sounds);
        stretches.extend(
            together
                .iter()
                .zip(embedded)
                .map(|((_, piece), embedding)| Stretch {
                    start: piece.start,
                    end: piece.end,
                    embedding,
                }),
        );
    }
    let count = Count {
        exact: wanted.exact,
        most: MOST,
    };
    let speakers = cluster(&stretches, count);
    let recognised = recognise(&stretches, &speakers, &known);
    let name = |speaker: usize| match recognised.get(speaker).copied().flatten() {
        Some(place) => known[place].name.clone(),
        None => letter(speaker),
    };
    let mut told: Vec<(usize, Segment)> = Vec::new();
    for ((number, mut piece), speaker) in pieces.into_iter().zip(speakers) {
        piece.speaker = Some(name(speaker));
        match told.last_mut() {
            Some((last, segment)) if *last == number && segment.speaker == piece.speaker => {
                join(segment, piece);
            }
            _ => told.push((number, piece)),
        }
    }
    Ok(told.into_iter().map(|(_, segment)| segment).collect())
}

fn known(
    voices: &Encoder,
    known: &[KnownSpeaker],
    cancellation: &Cancellation,
) -> Result<Vec<Voice>> {
    let of = |speaker: &KnownSpeaker| -> Result<Voice> {
        cancellation.check()?;
        let audio = speaker.audio.resampled(SPEECH_RATE)?;
        let most = audio
            .samples
            .len()
            .min(KNOWN_SECONDS * SPEECH_RATE as usize);
        let embedding = voices.embed(&[&audio.samples[..most]]).pop();
        Ok(Voice {
            name: speaker.name.clone(),
            embedding: embedding.unwrap_or_else(|| Embedding::towards(&[0.0; _])),
        })
    };
    known.iter().map(of).collect()
}

fn sound<'s>(samples: &'s [f32], piece: &Segment) -> &'s [f32] {
    let place = |seconds: f64| {
        let place = (seconds * f64::from(SPEECH_RATE)).max(0.0) as usize;
        place.min(samples.len())
    };
    let start = place(piece.start);
    &samples[start..place(piece.end).max(start)]
}

/// Parts of a segment in which one person speaks.
fn pieces(segment: Segment) -> impl Iterator<Item = Segment> {
    let mut groups: Vec<Vec<Word>> = Vec::new();
    for word in &segment.words {
        match groups.last_mut() {
            Some(group) if !begins_piece(group, word) => group.push(word.clone()),
            _ => groups.push(vec![word.clone()]),
        }
    }
    if groups.len() < 2 {
        return vec![segment].into_iter();
    }
    let piece = |words: Vec<Word>| {
        let mut text = String::new();
        for word in &words {
            append(&mut text, &word.word);
        }
        Segment {
            start: words.first().map_or(segment.start, |word| word.start),
            end: words.last().map_or(segment.end, |word| word.end),
            text,
            tokens: Vec::new(),
            logprobs: Vec::new(),
            words,
            ..segment.clone()
        }
    };
    let pieces: Vec<Segment> = groups.into_iter().map(piece).collect();
    pieces.into_iter()
}

fn begins_piece(before: &[Word], next: &Word) -> bool {
    let (Some(first), Some(last)) = (before.first(), before.last()) else {
        return true;
    };
    let pause = next.start - last.end;
    pause >= PAUSE || ends_sentence(&last.word) && last.end - first.start >= LEAST
}

/// Adds what the same person says next.
fn join(segment: &mut Segment, piece: Segment) {
    append(&mut segment.text, &piece.text);
    segment.end = piece.end;
    segment.words.extend(piece.words);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(word: &str, start: f64, end: f64) -> Word {
        Word {
            word: word.into(),
            start,
            end,
            probability: 0.9,
        }
    }

    #[test]
    fn what_one_says_is_joined_as_its_script_is_written() {
        let joined = |one: &str, other: &str| {
            let segment = |text: &str| Segment {
                text: text.into(),
                ..Segment::default()
            };
            let mut first = segment(one);
            join(&mut first, segment(other));
            first.text
        };
        assert_eq!(joined("Oui.", "À bientôt."), "Oui. À bientôt.");
        assert_eq!(joined("今日は。", "元気？"), "今日は。元気？");
    }

    #[test]
    fn a_segment_is_cut_where_another_may_speak() {
        let segment = Segment {
            text: "Are you well today? I am. Good.".into(),
            words: vec![
                word("Are", 0.0, 0.3),
                word("you", 0.3, 0.6),
                word("well", 0.6, 1.0),
                word("today?", 1.0, 1.5),
                word("I", 1.6, 1.7),
                word("am.", 1.7, 2.0),
                word("Good.", 3.0, 3.4),
            ],
            ..Segment::default()
        };
        let found: Vec<String> = pieces(segment).map(|piece| piece.text).collect();
        assert_eq!(found, ["Are you well today?", "I am.", "Good."]);
    }
}
