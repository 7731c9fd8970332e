//! How loud audio is from moment to moment, and where it is best cut.
//!
//! Where nothing tells a pause, audio is cut at its quietest moment: hardly ever within a word's loud parts.

use std::ops::Range;

/// Samples of a frame: 20 ms at 16 kHz.
pub(super) const FRAME: usize = 320;
/// Frames that are quiet together where words are not known: 0.2 s, longer than the stop within a word.
const STOP: usize = 10;

/// Root mean square.
pub(super) fn level(samples: &[f32]) -> f32 {
    let power: f32 = samples.iter().map(|sample| sample * sample).sum();
    (power / samples.len().max(1) as f32).sqrt()
}

/// The middle of the quietest 0.2 s, never the very beginning.
pub(super) fn quietest(samples: &[f32]) -> usize {
    quietest_of(samples, STOP)
        .unwrap_or(samples.len() / 2)
        .max(1)
}

/// The middle of the quietest frame, as for the gap between two words; `None` when that is shorter than a frame.
pub(super) fn quietest_frame(samples: &[f32]) -> Option<usize> {
    quietest_of(samples, 1)
}

fn quietest_of(samples: &[f32], frames: usize) -> Option<usize> {
    let levels: Vec<f32> = samples.chunks_exact(FRAME).map(level).collect();
    let sums = levels
        .windows(frames)
        .map(|window| window.iter().sum::<f32>());
    let (first, _) = sums
        .enumerate()
        .min_by(|(_, one), (_, other)| one.total_cmp(other))?;
    Some((2 * first + frames) * FRAME / 2)
}

/// Cuts a stretch of the samples into pieces of at most `longest`, each but the last at the quietest moment of the
/// `search` samples before that.
pub(super) fn pieces(
    samples: &[f32],
    stretch: Range<usize>,
    longest: usize,
    search: usize,
) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let Range { mut start, end } = stretch;
    while (start..end).len() > longest {
        let latest = start + longest;
        let from = latest - search;
        let cut = from + quietest(&samples[from..latest]);
        pieces.push(start..cut);
        start = cut;
    }
    pieces.push(start..end);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_is_found() {
        let mut samples = vec![0.5; 32_000];
        samples[16_000..20_000].fill(0.0);
        assert!((16_000..=20_000).contains(&quietest(&samples)));
        samples[3_200..3_520].fill(0.0);
        assert_eq!(quietest_frame(&samples), Some(3_360));
    }

    #[test]
    fn too_little_is_cut_somewhere() {
        assert_eq!((quietest(&[]), quietest(&[0.0; 100])), (1, 50));
        assert_eq!(quietest_frame(&[0.0; FRAME - 1]), None);
    }

    #[test]
    fn pieces_cover_a_stretch_once_and_are_short() {
        let samples: Vec<f32> = (0..100_000)
            .map(|place| (place as f32 * 0.01).sin())
            .collect();
        let pieces = pieces(&samples, 5_000..95_000, 16_000, 6_400);
        assert_eq!(pieces.first().map(|piece| piece.start), Some(5_000));
        assert_eq!(pieces.last().map(|piece| piece.end), Some(95_000));
        assert!(pieces.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(
            pieces
                .iter()
                .all(|piece| piece.len() <= 16_000 && !piece.is_empty())
        );
    }
}
