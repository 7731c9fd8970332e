//! Byte-pair encoding of one word (Sennrich, Haddow and Birch, "Neural Machine Translation of
//! Rare Words with Subword Units", 2016): neighbours are joined, lowest rank first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Two neighbours that could be joined. Ordered by rank, then by place: of equal pairs the left
/// one goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    rank: u32,
    start: usize,
    middle: usize,
    end: usize,
}

/// Joins the bytes of words; keeps its memory from one word to the next.
///
/// A heap of pairs takes n log n steps for n bytes; looking for the best pair anew each time
/// would take n² and let one long word block the engine.
#[derive(Debug, Default)]
pub(super) struct Merger {
    pairs: BinaryHeap<Reverse<Pair>>,
    /// Where the piece that begins here ends; `GONE` where none begins.
    ends: Vec<usize>,
    /// Where the piece begins that ends here.
    starts: Vec<usize>,
}

const GONE: usize = usize::MAX;

impl Merger {
    /// Appends the tokens of `word`. `rank` gives the token of some bytes, if they are one; bytes
    /// that are none by themselves are left out.
    pub(super) fn merge(
        &mut self,
        word: &[u8],
        rank: impl Fn(&[u8]) -> Option<u32>,
        tokens: &mut Vec<u32>,
    ) {
        self.ends.clear();
        self.ends.extend(1..=word.len());
        self.starts.clear();
        self.starts.push(GONE);
        self.starts.extend(0..word.len());
        self.pairs.clear();
        for start in 0..word.len() {
            self.offer(word, start, &rank);
        }
        while let Some(Reverse(pair)) = self.pairs.pop() {
            // Skips pairs of which a part was joined with something else meanwhile.
            if self.ends[pair.start] != pair.middle || self.ends[pair.middle] != pair.end {
                continue;
            }
            self.ends[pair.start] = pair.end;
            self.ends[pair.middle] = GONE;
            self.starts[pair.end] = pair.start;
            self.offer(word, pair.start, &rank);
            let before = self.starts[pair.start];
            if before != GONE {
                self.offer(word, before, &rank);
            }
        }
        let mut start = 0;
        while start < word.len() {
            let end = self.ends[start];
            tokens.extend(rank(&word[start..end]));
            start = end;
        }
    }

    /// Notes the pair that begins with the piece at `start`, if it makes a token.
    fn offer(&mut self, word: &[u8], start: usize, rank: impl Fn(&[u8]) -> Option<u32>) {
        let middle = self.ends[start];
        let Some(&end) = self.ends.get(middle) else {
            return;
        };
        if let Some(rank) = rank(&word[start..end]) {
            self.pairs.push(Reverse(Pair {
                rank,
                start,
                middle,
                end,
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// By definition: search the best pair until there is none.
    fn reference(word: &[u8], ranks: &HashMap<Vec<u8>, u32>) -> Vec<u32> {
        let mut pieces: Vec<Vec<u8>> = word.iter().map(|byte| vec![*byte]).collect();
        loop {
            let pairs = pieces.windows(2).enumerate();
            let ranked =
                pairs.filter_map(|(place, pair)| Some((*ranks.get(&pair.concat())?, place)));
            let Some((_, place)) = ranked.min() else {
                return pieces.iter().map(|piece| ranks[piece]).collect();
            };
            let right = pieces.remove(place + 1);
            pieces[place].extend(right);
        }
    }

    proptest! {
        #[test]
        fn equals_the_definition(
            words in prop::collection::vec(prop::collection::vec(0_u8..3, 2..6), 0..20),
            text in prop::collection::vec(0_u8..3, 1..40),
        ) {
            let mut ranks: HashMap<Vec<u8>, u32> = (0..3).map(|byte| (vec![byte], 100 + u32::from(byte))).collect();
            for (rank, word) in (0..).zip(words) {
                ranks.entry(word).or_insert(rank);
            }
            let mut merger = Merger::default();
            for text in [&text[..1], &text] {
                let mut tokens = Vec::new();
                merger.merge(text, |piece| ranks.get(piece).copied(), &mut tokens);
                prop_assert_eq!(tokens, reference(text, &ranks));
            }
        }
    }
}
