//! Speakers of a live stream, told one stretch at a time.

use super::{
    Embedding,
    centroid::{Centroid, greatest, usable},
    tuning::{FOUNDING, REMEMBERED, SAME},
};

/// The speakers that a stream had so far: 1 kB each.
#[derive(Debug, Clone)]
pub struct Speakers {
    most: usize,
    centroids: Vec<Centroid>,
}

impl Speakers {
    /// A stream that nobody has spoken in, with so many speakers at most; 0 counts as 1.
    pub fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            centroids: Vec::new(),
        }
    }

    /// The speaker of the next stretch: numbers from 0 on, in order of first appearance.
    ///
    /// It is the one who sounds most like it; a new one where nobody sounds alike, the stretch is long enough to be
    /// trusted and there may be another. What was said before is not changed: [`super::cluster`] knows better once
    /// all has been heard.
    pub fn assign(&mut self, embedding: &Embedding, seconds: f32) -> usize {
        let seconds = usable(seconds).min(REMEMBERED);
        let alike = self.centroids.iter();
        let alike = alike.map(|centroid| centroid.similarity(embedding, seconds));
        let count = self.centroids.len();
        let speaker = match greatest(alike) {
            Some((speaker, similarity)) if similarity >= SAME => speaker,
            // Too little to go by: it names somebody but teaches nothing.
            Some((speaker, _)) if seconds < FOUNDING => return speaker,
            Some((speaker, _)) if count >= self.most => return speaker,
            _ => count,
        };
        if speaker == count {
            self.centroids.push(Centroid::default());
        }
        let centroid = &mut self.centroids[speaker];
        centroid.add(embedding, seconds);
        centroid.forget_beyond(REMEMBERED);
        speaker
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speakers::DIMENSIONS;

    fn voice(speaker: usize) -> Embedding {
        let mut values = [0.0; DIMENSIONS];
        values[speaker] = 1.0;
        Embedding::towards(&values)
    }

    #[test]
    fn new_voices_are_new_speakers_until_there_are_enough() {
        let mut speakers = Speakers::new(2);
        let found = [4, 9, 4, 9, 6].map(|speaker| speakers.assign(&voice(speaker), 2.0));
        assert_eq!(found[..4], [0, 1, 0, 1]);
        assert!(found[4] < 2);
        assert_eq!(speakers.centroids.len(), 2);
    }

    #[test]
    fn a_short_stretch_is_somebody_heard_before() {
        let mut speakers = Speakers::new(8);
        assert_eq!(speakers.assign(&voice(0), 0.5), 0);
        assert_eq!(speakers.assign(&voice(1), 0.5), 0);
        assert_eq!(speakers.assign(&voice(1), 2.0), 1);
        assert_eq!(speakers.assign(&voice(1), f32::NAN), 1);
    }

    #[test]
    fn a_voice_that_changes_is_followed() {
        let mut speakers = Speakers::new(8);
        for step in 0..2000_u16 {
            let angle = f32::from(step) / 1000.0;
            let mut values = [0.0; DIMENSIONS];
            (values[1], values[0]) = angle.sin_cos();
            assert_eq!(speakers.assign(&Embedding::towards(&values), 2.0), 0);
        }
    }
}
