//! Guesses at what comes next: what followed the same few tokens before (prompt lookup decoding,
//! Saxena 2023). Answers quote their passages, so the guess is often right for many tokens, and a
//! network checks several guesses in little more time than it takes to write one token.

/// Tokens that must agree, most first.
const CONTEXTS: [usize; 2] = [3, 2];
/// Fewest guesses.
const FEWEST: usize = 2;
/// Most guesses; reading more would take longer than what they may save.
pub(super) const MOST: usize = 12;

/// Guesses, more of them while they are right.
#[derive(Debug)]
pub(super) struct Lookup {
    guesses: usize,
}

impl Default for Lookup {
    fn default() -> Self {
        Self {
            guesses: 2 * FEWEST,
        }
    }
}

impl Lookup {
    /// Up to `most` tokens that may follow; none when nothing like the end came before.
    pub(super) fn draft<'t>(&self, tokens: &'t [u32], most: usize) -> &'t [u32] {
        let most = most.min(self.guesses);
        CONTEXTS
            .iter()
            .find_map(|length| following(tokens, *length))
            .map_or(&[], |found| &found[..most.min(found.len())])
    }

    /// Takes note of how many guesses there were and how many were right.
    pub(super) fn learn(&mut self, guesses: usize, right: usize) {
        if guesses == 0 {
            return;
        }
        self.guesses = if right == guesses {
            (self.guesses * 2).min(MOST)
        } else {
            (right + 1).clamp(FEWEST, MOST)
        };
    }
}

/// What followed the last `length` tokens where they stood before, most lately.
fn following(tokens: &[u32], length: usize) -> Option<&[u32]> {
    let (before, end) = tokens.split_at_checked(tokens.len().checked_sub(length)?)?;
    // The match may overlap the end, but something must follow it.
    let place = (0..before.len())
        .rev()
        .find(|place| tokens[*place..].starts_with(end))?;
    Some(&tokens[place + length..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_and_latest_agreement_is_continued() {
        let lookup = Lookup::default();
        assert_eq!(
            lookup.draft(&[1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3], 9),
            [4, 5, 6, 7]
        );
        assert_eq!(lookup.draft(&[1, 2, 3, 9, 2, 3, 8, 1, 2, 3], 1), [9]);
        assert_eq!(lookup.draft(&[5, 2, 3, 9, 2, 3, 8, 1, 2, 3], 1), [8]);
        assert_eq!(lookup.draft(&[7, 7, 7, 7], 9), [7]);
        assert!(lookup.draft(&[1, 2, 3, 4], 9).is_empty());
        assert!(lookup.draft(&[1], 9).is_empty() && lookup.draft(&[], 9).is_empty());
        assert!(lookup.draft(&[1, 2, 1, 2], 0).is_empty());
    }

    #[test]
    fn right_guesses_make_more_and_wrong_ones_fewer() {
        let mut lookup = Lookup::default();
        for _ in 0..5 {
            lookup.learn(lookup.guesses, lookup.guesses);
        }
        assert_eq!(lookup.guesses, MOST);
        lookup.learn(MOST, 5);
        assert_eq!(lookup.guesses, 6);
        lookup.learn(6, 0);
        assert_eq!(lookup.guesses, FEWEST);
        lookup.learn(0, 0);
        assert_eq!(lookup.guesses, FEWEST);
    }
}
