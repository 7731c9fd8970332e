use super::*;
use crate::speakers::DIMENSIONS;

/// A voice of which `speaker` tells the direction and `accent` what is its own.
fn voice(speaker: usize, accent: usize) -> Embedding {
    let mut values = [0.0; DIMENSIONS];
    values[speaker] = 1.0;
    values[100 + accent % 100] = 0.4;
    Embedding::towards(&values)
}

/// Stretches of one second and a half with a pause after each.
fn talk(speakers: &[usize]) -> Vec<Stretch> {
    let stretch = |(place, &speaker): (usize, &usize)| Stretch {
        start: 2.0 * place as f64,
        end: 2.0 * place as f64 + 1.5,
        embedding: voice(speaker, place),
    };
    speakers.iter().enumerate().map(stretch).collect()
}

const FREE: Count = Count {
    exact: None,
    most: 8,
};

#[test]
fn speakers_are_numbered_as_they_appear() {
    let found = cluster(&talk(&[7, 3, 7, 7, 9, 3, 9]), FREE);
    assert_eq!(found, [0, 1, 0, 0, 2, 1, 2]);
    assert_eq!(cluster(&talk(&[5; 9]), FREE), [0; 9]);
    assert!(cluster(&[], FREE).is_empty());
    assert_eq!(cluster(&talk(&[1]), FREE), [0]);
}

#[test]
fn the_count_is_heeded() {
    let stretches = talk(&[0, 1, 2, 3, 0, 1, 2, 3]);
    for wanted in 0..=8 {
        let exact = Some(wanted);
        let found = cluster(&stretches, Count { exact, most: 2 });
        assert_eq!(found.iter().max(), Some(&(wanted.max(1) - 1)));
        let most = wanted;
        let found = cluster(&stretches, Count { exact: None, most });
        assert_eq!(found.iter().max(), Some(&(wanted.clamp(1, 4) - 1)));
    }
    let exact = Some(usize::MAX);
    let found = cluster(&stretches, Count { exact, most: 0 });
    assert_eq!(found, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn short_and_silent_stretches_found_no_speaker() {
    let mut stretches = talk(&[0, 1, 0, 1, 6]);
    stretches[4].end = stretches[4].start + 0.5;
    stretches[4].embedding = Embedding::towards(&{
        let mut values = *voice(6, 9).values();
        values[1] = 0.3;
        values
    });
    assert_eq!(cluster(&stretches, FREE), [0, 1, 0, 1, 1]);
    stretches[4].end += 9.0;
    stretches[4].embedding = Embedding::towards(&[0.0; DIMENSIONS]);
    assert_eq!(cluster(&stretches, FREE), [0, 1, 0, 1, 0]);
}

#[test]
fn odd_times_are_survived() {
    let mut stretches = talk(&[0, 1, 0, 1]);
    stretches[0].start = f64::NAN;
    stretches[1].end = f64::INFINITY;
    stretches[2].end = -5.0;
    assert_eq!(cluster(&stretches, FREE).len(), 4);
}

#[test]
fn more_stretches_than_are_compared() {
    let speakers: Vec<usize> = (0..COMPARED + 500).map(|place| place / 7 % 3).collect();
    assert_eq!(cluster(&talk(&speakers), FREE), speakers);
}
