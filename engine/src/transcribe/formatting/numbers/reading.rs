//! Adds the pieces of a spoken number up.
//!
//! A number is read from the left. Every piece says which numbers may follow it in the same number,
//! so that "twenty three" is one number and "three twenty" is two. Method of a weighted grammar for
//! cardinals as in Ebden and Sproat, "The Kestrel TTS text normalization system" (2014), reduced to
//! the little state that it needs.

use std::ops::RangeInclusive;

use super::atom::Atom;

/// Numbers from here on stay as they are.
pub const LIMIT: u64 = 1_000_000_000_000_000;

/// What differs between the languages.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    /// Whether "hundred" and "thousand" are numbers without a "one" before them.
    pub bare: bool,
    /// The joining word may stand where the numbers that may follow are below one of these.
    pub joins: RangeInclusive<u64>,
    /// Only numbers below may follow the joining word.
    pub joined_below: u64,
}

/// What has been read of a number.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reading {
    /// Millions and more, all complete.
    high: u64,
    /// Complete thousands.
    thousands: u64,
    /// What was read since the last scale, below 10,000.
    group: u64,
    /// Numbers that may follow.
    from: u64,
    below: u64,
    /// The last scale above thousand; 0 for none.
    scale: u64,
    started: bool,
    /// Whether the joining word has been read since the last scale.
    joined: bool,
    /// Whether a number must still follow.
    open: bool,
}

impl Reading {
    /// Nothing read.
    pub(super) fn new() -> Self {
        Self {
            below: 1_000,
            ..Self::default()
        }
    }

    /// The number, unless nothing was read or a part is missing.
    pub(super) fn value(self) -> Option<u64> {
        let value = self.high + self.thousands + self.group;
        (self.started && !self.open && value < LIMIT).then_some(value)
    }

    /// Reads further pieces; nothing when they do not belong to the same number.
    pub(super) fn read(self, atoms: &[Atom], rules: &Rules) -> Option<Self> {
        let mut reading = self;
        for atom in atoms {
            reading = match *atom {
                Atom::Add { value, from, below } => reading.add(value, from, below),
                Atom::Hundred => reading.hundred(rules),
                Atom::Scale(scale) => reading.scaled(scale, rules),
                Atom::Score => reading.score(),
                Atom::And => reading.join(rules),
            }?;
        }
        Some(reading)
    }

    fn add(mut self, value: u64, from: u64, below: u64) -> Option<Self> {
        if value < self.from || value >= self.below {
            return None;
        }
        self.group += value;
        (self.from, self.below) = (from, below);
        self.started = true;
        self.open = false;
        Some(self)
    }

    fn hundred(mut self, rules: &Rules) -> Option<Self> {
        let first = !self.started || self.below == 1_000;
        match self.group {
            0 if rules.bare && first && !self.joined => self.group = 100,
            1..=9 if !self.joined => self.group *= 100,
            // "nineteen hundred", but not "twenty hundred".
            11..=99 if !self.group.is_multiple_of(10) && self.is_first_group() => self.group *= 100,
            _ => return None,
        }
        (self.from, self.below) = (1, 100);
        self.started = true;
        Some(self)
    }

    fn is_first_group(self) -> bool {
        self.high == 0 && self.thousands == 0 && !self.joined
    }

    fn scaled(mut self, scale: u64, rules: &Rules) -> Option<Self> {
        let thousand = scale == 1_000;
        let times = match self.group + if thousand { 0 } else { self.thousands } {
            0 if rules.bare && thousand && !self.open && (!self.started || self.below == 1_000) => {
                1
            }
            0 => return None,
            times => times,
        };
        if self.open || (thousand && self.thousands > 0) {
            return None;
        }
        let value = times.checked_mul(scale)?;
        if thousand {
            self.thousands = value;
        } else if self.scale == 0 || scale < self.scale {
            self.high = self.high.checked_add(value)?;
            self.thousands = 0;
            self.scale = scale;
        } else {
            return None;
        }
        if self.high + self.thousands >= LIMIT {
            return None;
        }
        self.group = 0;
        (self.from, self.below) = (1, 1_000);
        self.started = true;
        self.joined = false;
        Some(self)
    }

    fn score(mut self) -> Option<Self> {
        if self.group % 100 != 4 || self.below != 0 {
            return self.add(20, 1, 10);
        }
        self.group += 76;
        (self.from, self.below) = (1, 20);
        Some(self)
    }

    fn join(mut self, rules: &Rules) -> Option<Self> {
        if !self.started || self.open || !rules.joins.contains(&self.below) {
            return None;
        }
        self.below = self.below.min(rules.joined_below);
        self.open = true;
        self.joined = true;
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: Rules = Rules {
        bare: false,
        joins: 100..=1_000,
        joined_below: 100,
    };

    fn value(atoms: &[Atom]) -> Option<u64> {
        Reading::new()
            .read(atoms, &ENGLISH)
            .and_then(Reading::value)
    }

    #[test]
    fn pieces_are_added_up() {
        let [one, two, five] = [1, 2, 5].map(Atom::last);
        let thousand = Atom::Scale(1_000);
        let atoms = [
            one,
            Atom::Hundred,
            Atom::And,
            five,
            thousand,
            two,
            Atom::Hundred,
        ];
        assert_eq!(value(&atoms), Some(105_200));
        assert_eq!(value(&[Atom::last(19), Atom::Hundred]), Some(1_900));
        assert_eq!(
            value(&[two, thousand, Atom::Scale(1_000_000)]),
            Some(2_000_000_000)
        );
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let two = Atom::last(2);
        for atoms in [
            &[two, two][..],
            &[Atom::And, two],
            &[two, Atom::Hundred, Atom::And],
            &[Atom::Hundred],
            &[two, Atom::Scale(1_000), two, Atom::Scale(1_000)],
            &[two, Atom::Scale(u64::MAX)],
        ] {
            assert_eq!(value(atoms), None, "{atoms:?}");
        }
    }
}
