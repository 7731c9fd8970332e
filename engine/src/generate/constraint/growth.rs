//! What one schema makes of another that holds at the same place.

/// How a schema multiplies another that holds at the same place.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is noted by itself, and none excludes another"
)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth {
    /// Its alternatives.
    pub(super) here: u64,
    /// Most alternatives on a way through the schemas within it.
    pub(super) below: u64,
    /// Whether there are any within it.
    pub(super) nested: bool,
    /// Whether it or one within it asks strings to match an expression.
    pub(super) patterned: bool,
    /// Likewise numbers to be multiples of one.
    pub(super) multiple: bool,
    /// Most names and places that it or one within it lists,
    pub(super) names: u64,
    /// and whether one has a schema for all others, of which each listed one gets a copy.
    pub(super) open: bool,
    /// Bytes of the reply that it may leave no choice about.
    pub(super) fixed: u64,
}

impl Growth {
    pub(super) const SINGLE: Self = Self {
        here: 1,
        below: 1,
        nested: false,
        patterned: false,
        multiple: false,
        names: 0,
        open: false,
        fixed: 0,
    };

    /// Takes note of a schema within it.
    pub(super) fn hold(&mut self, inner: Self) {
        self.below = self.below.max(inner.here.saturating_mul(inner.below));
        self.nested = true;
        self.note(inner);
    }

    /// Takes note of what one asks for.
    pub(super) fn note(&mut self, inner: Self) {
        self.patterned |= inner.patterned;
        self.multiple |= inner.multiple;
        self.names = self.names.max(inner.names);
        self.open |= inner.open;
    }

    /// Takes note of another alternative.
    pub(super) fn or(&mut self, other: Self) {
        self.here = self.here.saturating_add(other.here);
        self.below = self.below.max(other.below);
        self.nested |= other.nested;
        self.fixed = self.fixed.max(other.fixed);
        self.note(other);
    }
}
