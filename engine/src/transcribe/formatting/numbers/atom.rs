//! The pieces that number words are made of.

/// A piece of a number word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Atom {
    /// A number that is added to what was said before. Of what follows, only numbers from `from`
    /// and below `below` belong to the same number: after "twenty" those from 1 to 9.
    Add { value: u64, from: u64, below: u64 },
    /// Multiplies by a hundred what was said just before.
    Hundred,
    /// Multiplies by a thousand, a million and so on.
    Scale(u64),
    /// French "vingt": twenty, or after "quatre" four times twenty.
    Score,
    /// The word that joins two parts of a number: "and".
    And,
}

impl Atom {
    /// A number that nothing follows: a unit, or one from ten to nineteen.
    pub(super) const fn last(value: u64) -> Self {
        Self::Add {
            value,
            from: 0,
            below: 0,
        }
    }

    /// A multiple of ten, which a unit may follow.
    pub(super) const fn ten(value: u64) -> Self {
        Self::Add {
            value,
            from: 1,
            below: 10,
        }
    }

    /// A multiple of a hundred, which a smaller number may follow.
    pub(super) const fn hundreds(value: u64) -> Self {
        Self::Add {
            value,
            from: 1,
            below: 100,
        }
    }

    /// Whether it only changes the size of what was said before.
    pub(super) const fn is_multiplier(self) -> bool {
        matches!(self, Self::Hundred | Self::Scale(_))
    }

    /// The digit, when the piece is a number below ten.
    pub(super) const fn digit(self) -> Option<u64> {
        match self {
            Self::Add {
                value, below: 0, ..
            } if value < 10 => Some(value),
            _ => None,
        }
    }
}
