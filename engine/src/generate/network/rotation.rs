//! Rotary position embeddings (Su et al. 2021): pairs of numbers of a head are turned by an angle
//! that grows with the position, each pair at its own speed.

/// Which numbers of a head make a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pairing {
    /// Numbers 2i and 2i + 1, as Llama's weights in GGUF files expect.
    Neighbours,
    /// Numbers i and i + half a head, as Qwen2's do.
    Halves,
}

/// Angle per position of each pair of a head.
#[derive(Debug)]
pub(super) struct Rotation {
    pairing: Pairing,
    speeds: Vec<f64>,
}

/// Cosines and sines of the angles at some positions, row by row.
#[derive(Debug, Default)]
pub(super) struct Angles {
    cosines: Vec<f32>,
    sines: Vec<f32>,
    pairs: usize,
}

impl Rotation {
    /// Speeds `base^(-2 i / width) / scale`, each divided by its factor where the model has some
    /// (Llama 3.1's way of reaching longer texts).
    pub(super) fn new(
        pairing: Pairing,
        width: usize,
        base: f64,
        scale: f64,
        factors: Option<&[f32]>,
    ) -> Self {
        let speed = |pair: usize| {
            let factor = factors
                .and_then(|factors| factors.get(pair))
                .map_or(1.0, |factor| f64::from(*factor));
            base.powf(-2.0 * pair as f64 / width as f64) / scale / factor
        };
        Self {
            pairing,
            speeds: (0..width / 2).map(speed).collect(),
        }
    }

    /// Fills in the angles of the positions.
    pub(super) fn angles(&self, positions: impl Iterator<Item = usize>, angles: &mut Angles) {
        angles.pairs = self.speeds.len();
        angles.cosines.clear();
        angles.sines.clear();
        for position in positions {
            for speed in &self.speeds {
                let (sine, cosine) = (position as f64 * speed).sin_cos();
                angles.cosines.push(cosine as f32);
                angles.sines.push(sine as f32);
            }
        }
    }

    /// Turns one head by the angles of the row.
    pub(super) fn turn(&self, angles: &Angles, row: usize, head: &mut [f32]) {
        let range = row * angles.pairs..(row + 1) * angles.pairs;
        let turns = angles.cosines[range.clone()]
            .iter()
            .zip(&angles.sines[range]);
        match self.pairing {
            Pairing::Neighbours => {
                for (pair, (cosine, sine)) in head.as_chunks_mut::<2>().0.iter_mut().zip(turns) {
                    let [a, b] = *pair;
                    *pair = [a * cosine - b * sine, a * sine + b * cosine];
                }
            }
            Pairing::Halves => {
                let (first, second) = head.split_at_mut(angles.pairs);
                for ((a, b), (cosine, sine)) in first.iter_mut().zip(second).zip(turns) {
                    (*a, *b) = (*a * cosine - *b * sine, *a * sine + *b * cosine);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(rotation: &Rotation, position: usize, head: &[f32]) -> Vec<f32> {
        let mut angles = Angles::default();
        rotation.angles(std::iter::once(position), &mut angles);
        let mut head = head.to_vec();
        rotation.turn(&angles, 0, &mut head);
        head
    }

    fn product(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn only_the_distance_between_two_positions_matters() {
        let head: Vec<f32> = (0..16).map(|i| (i as f32 * 0.7).cos()).collect();
        let other: Vec<f32> = (0..16).map(|i| (i as f32 * 1.1).sin()).collect();
        for pairing in [Pairing::Neighbours, Pairing::Halves] {
            let rotation = Rotation::new(pairing, 16, 10_000.0, 1.0, None);
            assert_eq!(turned(&rotation, 0, &head), head);
            let near = product(&turned(&rotation, 3, &head), &turned(&rotation, 5, &other));
            let far = product(
                &turned(&rotation, 1003, &head),
                &turned(&rotation, 1005, &other),
            );
            assert!((near - far).abs() < 1e-4, "{pairing:?}: {near} and {far}");
        }
    }

    #[test]
    fn scale_and_factors_slow_the_turning_down() {
        let head: Vec<f32> = (0..16).map(|i| i as f32).collect();
        let plain = Rotation::new(Pairing::Halves, 16, 10_000.0, 1.0, None);
        let stretched = Rotation::new(Pairing::Halves, 16, 10_000.0, 4.0, None);
        assert_eq!(turned(&stretched, 8, &head), turned(&plain, 2, &head));
        let factors = Rotation::new(Pairing::Halves, 16, 10_000.0, 1.0, Some(&[2.0; 8]));
        assert_eq!(turned(&factors, 8, &head), turned(&plain, 4, &head));
    }
}
