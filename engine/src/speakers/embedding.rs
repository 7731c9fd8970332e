//! What a voice sounds like, as a point on a sphere.

/// Numbers of an embedding.
pub const DIMENSIONS: usize = 256;

/// A voice: a vector of length 1 (or 0, where there was nothing to tell) whose direction is the speaker's.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding([f32; DIMENSIONS]);

impl Embedding {
    /// The vector of length 1 in this direction; zeros where it has none, e.g. because a number is not finite.
    pub fn towards(values: &[f32; DIMENSIONS]) -> Self {
        // In 64 bits no square of a 32-bit number overflows or vanishes.
        let square = |value: &f32| f64::from(*value).powi(2);
        let length = values.iter().map(square).sum::<f64>().sqrt();
        if length > 0.0 && length.is_finite() {
            Self(values.map(|value| (f64::from(value) / length) as f32))
        } else {
            Self([0.0; DIMENSIONS])
        }
    }

    /// Its numbers, e.g. to be stored; [`Embedding::towards`] takes them again.
    pub fn values(&self) -> &[f32; DIMENSIONS] {
        &self.0
    }

    /// The cosine of the angle between two voices. With the published weights it lies in `[0, 1]`, as they give
    /// no negative numbers.
    pub fn similarity(&self, other: &Self) -> f32 {
        dot(&self.0, &other.0)
    }
}

/// Sixteen sums side by side, which the compiler keeps in vectors.
pub(super) fn dot(left: &[f32; DIMENSIONS], right: &[f32; DIMENSIONS]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0; LANES];
    let (left, _) = left.as_chunks::<LANES>();
    let (right, _) = right.as_chunks::<LANES>();
    for (left, right) in left.iter().zip(right) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direction_has_length_one_or_none() {
        for value in [1e-38, 1.0, 3e38] {
            let voice = Embedding::towards(&[value; DIMENSIONS]);
            assert!((voice.similarity(&voice) - 1.0).abs() < 1e-5);
        }
        for value in [0.0, f32::NAN, f32::INFINITY] {
            let voice = Embedding::towards(&[value; DIMENSIONS]);
            assert!(voice.values().iter().all(|value| *value == 0.0));
        }
    }
}
