//! Whole alignments.

use proptest::prelude::*;

use super::*;

fn check(ranges: &[Range<usize>], frames: usize) {
    assert_eq!(ranges[0].start, 0);
    for pair in ranges.windows(2) {
        assert_eq!(pair[0].end, pair[1].start);
    }
    assert!(ranges.iter().all(|range| range.start <= range.end));
    assert_eq!(ranges[ranges.len() - 1].end, frames);
}

#[test]
fn a_diagonal_is_recovered_within_a_frame() {
    let (heads, tokens, frames, each) = (4, 20, 200, 10);
    let mut state = 7_u32;
    let mut weights = Vec::new();
    for _ in 0..heads {
        for token in 0..tokens {
            for frame in 0..frames {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = (state >> 8) as f32 / (1 << 24) as f32;
                let attended = frame / each == token;
                weights.push(if attended { 0.08 } else { 0.0 } + 0.02 * noise);
            }
        }
    }
    let attention = Attention::new(&weights, heads, tokens, frames).unwrap();
    let ranges = attention.align(0..tokens);
    check(&ranges, frames);
    for (token, range) in ranges.iter().enumerate() {
        assert!(range.start.abs_diff(token * each) <= 1, "{ranges:?}");
    }
}

#[test]
fn rows_left_out_do_not_take_frames() {
    // The first and the last token attend to nothing in particular.
    let mut weights = vec![0.1; 4 * 20];
    weights[20..30].fill(1.0);
    weights[50..60].fill(1.0);
    let attention = Attention::new(&weights, 1, 4, 20).unwrap();
    assert_eq!(attention.align(1..3), [0..10, 10..20]);
    assert_eq!(attention.align(3..99).first(), Some(&(0..20)));
    assert!(attention.align(9..99).is_empty());
}

#[test]
fn sizes_of_zero_and_wrong_ones() {
    assert_eq!(Attention::new(&[], 0, 2, 3).unwrap().align(0..2).len(), 2);
    assert_eq!(
        Attention::new(&[], 1, 2, 0).unwrap().align(0..2),
        [0..0, 0..0]
    );
    assert!(Attention::new(&[], 1, 0, 9).unwrap().align(0..2).is_empty());
    assert!(Attention::new(&[1.0], 2, 1, 1).is_err());
    assert!(Attention::new(&[], usize::MAX, usize::MAX, 2).is_err());
}

proptest! {
    #[test]
    fn ranges_cover_all_frames_whatever_the_weights(
        heads in 0_usize..4,
        tokens in 1_usize..9,
        frames in 1_usize..30,
        values in prop::collection::vec(prop_oneof![any::<f32>(), 0.0_f32..1.0], 1..40),
    ) {
        let weights: Vec<f32> = values.into_iter().cycle().take(heads * tokens * frames).collect();
        let attention = Attention::new(&weights, heads, tokens, frames).unwrap();
        let ranges = attention.align(0..tokens);
        prop_assert_eq!(ranges.len(), tokens);
        check(&ranges, frames);
    }
}
