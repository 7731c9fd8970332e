use super::*;
use crate::speakers::DIMENSIONS;

/// Directions without order.
fn voices(count: usize) -> Vec<Embedding> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32
    };
    (0..count)
        .map(|_| Embedding::towards(&std::array::from_fn(|_| next())))
        .collect()
}

/// Looks at all pairs of groups before every join.
fn slowly(voices: &[Weighted<'_>]) -> Vec<f32> {
    let mut groups: Vec<Vec<usize>> = (0..voices.len()).map(|place| vec![place]).collect();
    let similarity = |left: &[usize], right: &[usize]| {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (a, b) in left.iter().flat_map(|a| right.iter().map(move |b| (a, b))) {
            let (a, b) = (voices[*a], voices[*b]);
            let weight = a.weight * b.weight;
            sum += weight * a.length * b.length * a.voice.similarity(b.voice);
            weights += weight;
        }
        sum / weights
    };
    let mut found = Vec::new();
    while groups.len() > 1 {
        let pairs = (1..groups.len()).flat_map(|right| (0..right).map(move |left| (left, right)));
        let scored =
            pairs.map(|(left, right)| (similarity(&groups[left], &groups[right]), left, right));
        let Some(best) = scored.max_by(|a, b| a.0.total_cmp(&b.0)) else {
            break;
        };
        found.push(best.0);
        let right = groups.remove(best.2);
        groups[best.1].extend(right);
    }
    found
}

#[test]
fn chains_find_what_looking_at_all_pairs_finds() {
    let voices = voices(40);
    let weighted: Vec<Weighted<'_>> = voices
        .iter()
        .enumerate()
        .map(|(place, voice)| Weighted {
            voice,
            weight: 1.0 + (place % 5) as f32,
            length: 1.0 - (place % 3) as f32 / 20.0,
        })
        .collect();
    let found = joins(&weighted);
    assert_eq!(found.len(), 39);
    for (join, similarity) in found.iter().zip(slowly(&weighted)) {
        assert!((join.similarity - similarity).abs() < 1e-5);
    }
}

#[test]
fn equal_voices_are_joined_all() {
    let voice = Embedding::towards(&[1.0; DIMENSIONS]);
    let weighted = Weighted {
        voice: &voice,
        weight: 1.0,
        length: 1.0,
    };
    assert_eq!(joins(&[weighted; 100]).len(), 99);
    assert!(joins(&[]).is_empty());
}
