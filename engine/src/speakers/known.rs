//! Speakers whose voices are known beforehand.

use super::{
    Embedding,
    centroid::{Centroid, greatest},
    cluster::Stretch,
    tuning::KNOWN,
};

/// A voice that has a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Voice {
    /// Whose it is.
    pub name: String,
    /// What it is like, from a few seconds of it.
    pub embedding: Embedding,
}

/// The known voice of each speaker that [`super::cluster`] told, as its place among the known ones; `None` for those
/// who sound like none of them. Two speakers may turn out to be the same person, whose name both then bear.
pub fn recognise(stretches: &[Stretch], speakers: &[usize], known: &[Voice]) -> Vec<Option<usize>> {
    let count = speakers
        .iter()
        .max()
        .map_or(0, |last| last.saturating_add(1));
    let count = count.min(stretches.len());
    let mut centroids = vec![Centroid::default(); count];
    for (stretch, &speaker) in stretches.iter().zip(speakers) {
        if let Some(centroid) = centroids.get_mut(speaker) {
            centroid.add(&stretch.embedding, stretch.seconds());
        }
    }
    let voices = centroids.iter().map(Centroid::voice);
    voices.map(|voice| recognise_voice(&voice, known)).collect()
}

/// The place of the known voice that this one is, if any.
fn recognise_voice(voice: &Embedding, known: &[Voice]) -> Option<usize> {
    let alike = known.iter().map(|known| known.embedding.similarity(voice));
    let (place, similarity) = greatest(alike)?;
    (similarity >= KNOWN).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speakers::DIMENSIONS;

    fn voice(speaker: usize) -> Embedding {
        let mut values = [0.1; DIMENSIONS];
        values[speaker] = 4.0;
        Embedding::towards(&values)
    }

    #[test]
    fn known_voices_are_recognised_and_strangers_are_not() {
        let stretch = |speaker| Stretch {
            start: 0.0,
            end: 3.0,
            embedding: voice(speaker),
        };
        let known = [7, 5].map(|speaker| Voice {
            name: format!("speaker {speaker}"),
            embedding: voice(speaker),
        });
        let stretches = [5, 6, 5, 7].map(stretch);
        let found = recognise(&stretches, &[0, 1, 0, 2], &known);
        assert_eq!(found, [Some(1), None, Some(0)]);
        assert_eq!(recognise(&stretches, &[0, 0, 0, 0], &[]), [None]);
        assert!(recognise(&[], &[], &known).is_empty());
        assert!(recognise(&[], &[usize::MAX - 1], &known).is_empty());
    }
}
