//! Finding high scores without sorting all of them.
//!
//! A vocabulary has a hundred thousand tokens and more, of which a few matter. All searches look
//! at blocks that the compiler turns into vector instructions, and at single scores only in
//! blocks that hold a high one. Scores that are no numbers are never found.

use std::cmp::Ordering;

/// Scores that are compared together.
const BLOCK: usize = 32;
/// Room beyond the wanted number, so that sorting out is rare.
const ROOM: usize = 256;

/// A token and its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scored {
    pub(super) token: u32,
    pub(super) score: f32,
}

impl Scored {
    /// By score; among equals the smaller number, so that the order is fixed.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "sorting passes references"
    )]
    pub(super) fn best_first(&self, other: &Self) -> Ordering {
        let by_score = other.score.total_cmp(&self.score);
        by_score.then(self.token.cmp(&other.token))
    }
}

/// The highest score; negative infinity when there is none.
pub(super) fn highest(scores: &[f32]) -> f32 {
    // Written so that what is no number is passed over.
    let higher = |a: f32, b: f32| if b > a { b } else { a };
    let mut lanes = [f32::NEG_INFINITY; BLOCK];
    let (blocks, rest) = scores.as_chunks::<BLOCK>();
    for block in blocks {
        for (lane, score) in lanes.iter_mut().zip(block) {
            *lane = higher(*lane, *score);
        }
    }
    let all = lanes.iter().chain(rest);
    all.fold(f32::NEG_INFINITY, |best, score| higher(best, *score))
}

/// The token with the highest score; the first of equals.
#[expect(clippy::float_cmp, reason = "the highest is one of them")]
pub(super) fn likeliest(scores: &[f32]) -> u32 {
    let highest = highest(scores);
    let position = scores.iter().position(|score| *score == highest);
    position.map_or(0, |position| position as u32)
}

/// The tokens whose score is at least `floor`, by their numbers.
pub(super) fn at_least(scores: &[f32], floor: f32) -> Vec<Scored> {
    let mut found = Vec::new();
    scan(scores, floor, |scored| {
        found.push(scored);
        floor
    });
    found
}

/// The `count` tokens with the highest scores that are at least `floor`, best first.
pub(super) fn top(scores: &[f32], count: usize, floor: f32) -> Vec<Scored> {
    let Some(last) = count.checked_sub(1) else {
        return Vec::new();
    };
    let limit = count.saturating_mul(2).saturating_add(ROOM);
    let (mut found, mut floor) = (Vec::new(), floor);
    scan(scores, floor, |scored| {
        found.push(scored);
        if found.len() >= limit {
            found.select_nth_unstable_by(last, Scored::best_first);
            found.truncate(count);
            // What comes later has a larger number and must be better.
            floor = found[last].score.next_up();
        }
        floor
    });
    found.sort_unstable_by(Scored::best_first);
    found.truncate(count);
    found
}

/// Shows the tokens whose score is at least the floor, which `found` may raise.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "a lazy one is a branch for every score"
)]
fn scan(scores: &[f32], mut floor: f32, mut found: impl FnMut(Scored) -> f32) {
    for (number, block) in scores.chunks(BLOCK).enumerate() {
        if !block
            .iter()
            .fold(false, |any, score| any | (*score >= floor))
        {
            continue;
        }
        for (token, score) in (number * BLOCK..).zip(block) {
            if *score >= floor {
                floor = found(Scored {
                    token: token as u32,
                    // Makes one zero of the two, which are equal.
                    score: score + 0.0,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the scores, the searches find what sorting finds.
        #[test]
        fn searches_agree_with_sorting(
            scores in prop::collection::vec(prop_oneof![
                4 => (-8_i8..8).prop_map(f32::from),
                4 => -9.0_f32..9.0,
                1 => Just(f32::NAN),
                1 => Just(-0.0),
                1 => Just(f32::INFINITY),
                1 => Just(f32::NEG_INFINITY),
            ], 0..1_500),
            count in 0_usize..300,
            floor in prop_oneof![Just(f32::NEG_INFINITY), -9.0_f32..9.0],
        ) {
            let mut sorted: Vec<Scored> = (0..)
                .zip(&scores)
                .filter(|(_, score)| **score >= floor)
                .map(|(token, score)| Scored { token, score: score + 0.0 })
                .collect();
            prop_assert_eq!(&at_least(&scores, floor), &sorted);
            sorted.sort_by(Scored::best_first);
            if let Some(best) = sorted.first() {
                prop_assert_eq!((highest(&scores) + 0.0).to_bits(), best.score.to_bits());
                prop_assert_eq!(likeliest(&scores), best.token);
            }
            sorted.truncate(count);
            prop_assert_eq!(top(&scores, count, floor), sorted);
        }
    }
}
