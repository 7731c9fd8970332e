//! Where lines are drawn, and why there.
//!
//! All were chosen with conversations put together from clips of 16 voices and measured with those of 16 others;
//! see the documentation of [`super`] for what was measured.

/// Mean similarity of two groups' windows from which on they have the same speaker. Windows of one voice have 0.79 in
/// the middle (0.69 to 0.86 in nine of ten pairs), windows of two voices 0.49 (0.36 to 0.62).
pub(super) const SAME: f32 = 0.63;
/// Seconds that a stretch must have to be more than a guess: below, voices sound like each other.
pub(super) const FOUNDING: f32 = 1.2;
/// Seconds of a voice that a live stream remembers.
pub(super) const REMEMBERED: f32 = 60.0;
/// Similarity to a known voice from which on it is that one.
pub(super) const KNOWN: f32 = 0.75;

/// Similarity of two windows of one stretch.
const RELATED: f32 = 0.75;
/// Seconds of a window, and from one to the next.
const WINDOW: f32 = 1.6;
const STEP: f32 = 0.8;

/// The length that the mean of a stretch's windows has before it is brought to 1.
///
/// Means of many windows are more similar to each other than those of few, be the speaker the same or not, as chance
/// evens out. Times their lengths, similarities become those of windows again, to which one line fits, however long
/// the stretches are.
pub(super) fn length(seconds: f32) -> f32 {
    let windows = 1.0 + (seconds - WINDOW).max(0.0) / STEP;
    ((1.0 + RELATED * (windows - 1.0)) / windows).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_window_has_length_one_and_many_have_less() {
        assert!((length(0.5) - 1.0).abs() < 1e-6);
        assert!((length(1.6) - 1.0).abs() < 1e-6);
        assert!((length(2.4) - 0.875_f32.sqrt()).abs() < 1e-6);
        assert!((length(1e6) - RELATED.sqrt()).abs() < 1e-3);
    }
}
