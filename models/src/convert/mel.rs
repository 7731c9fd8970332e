//! The mel filter bank that Whisper was trained with.
//!
//! Triangles on Slaney's scale (linear below 1 kHz, logarithmic above), each scaled to unit
//! area per hertz, over the 201 bins of a 400-point transform at 16 kHz. Slaney, "Auditory
//! Toolbox", 1998; librosa's `filters.mel` computes the same to 1e-16.
//! `libm` rather than std: the result is part of files that have a digest in the catalog, and
//! std's logarithm may differ in its last bit from system to system.

/// Bins of the spectrum.
pub(super) const BINS: usize = 201;
const HIGHEST_HERTZ: f64 = 8000.0;
const BREAK_HERTZ: f64 = 1000.0;
const BREAK_MEL: f64 = 15.0;
const HERTZ_PER_MEL: f64 = 200.0 / 3.0;

fn log_step() -> f64 {
    libm::log(6.4) / 27.0
}

fn hertz(mel: f64) -> f64 {
    if mel < BREAK_MEL {
        mel * HERTZ_PER_MEL
    } else {
        BREAK_HERTZ * libm::exp(log_step() * (mel - BREAK_MEL))
    }
}

/// Filters one after another, each of [`BINS`] weights.
pub(super) fn filters(count: usize) -> Vec<f32> {
    let highest_mel = BREAK_MEL + libm::log(HIGHEST_HERTZ / BREAK_HERTZ) / log_step();
    let edges: Vec<f64> = (0..count + 2)
        .map(|edge| hertz(edge as f64 * (highest_mel / (count + 1) as f64)))
        .collect();
    let mut weights = Vec::with_capacity(count * BINS);
    for edge in edges.windows(3) {
        let area = 2.0 / (edge[2] - edge[0]);
        for bin in 0..BINS {
            let frequency = bin as f64 * (HIGHEST_HERTZ / (BINS - 1) as f64);
            let rising = (frequency - edge[0]) / (edge[1] - edge[0]);
            let falling = (edge[2] - frequency) / (edge[2] - edge[1]);
            // Rounded before it is scaled, as the original was.
            let height = rising.min(falling).max(0.0) as f32;
            weights.push((f64::from(height) * area) as f32);
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_filters_that_whisper_ships() {
        let filters = filters(80);
        assert_eq!(filters.len(), 80 * BINS);
        // From `mel_filters.npz` of openai-whisper 20250625.
        assert_eq!(filters[1].to_bits(), 0.024_862_595_f32.to_bits());
        assert_eq!(filters[BINS + 1].to_bits(), 0.001_990_822_f32.to_bits());
        assert_eq!(
            filters[55 * BINS + 75].to_bits(),
            0.003_870_812_f32.to_bits()
        );
        // Digest of theirs with zeros made positive; one weight that is zero there is 2e-17 here.
        let bytes: Vec<u8> = filters
            .iter()
            .map(|weight| if *weight < 1e-16 { 0.0 } else { *weight })
            .flat_map(f32::to_le_bytes)
            .collect();
        let digest = crate::testing::digest_of(&bytes);
        assert_eq!(
            digest,
            "85818f156f7e189453901a515e4726d270d307f976e161cf9403e8caab405498"
        );
    }

    #[test]
    fn every_filter_of_the_larger_bank_passes_something() {
        for filter in filters(128).chunks(BINS) {
            assert!(filter.iter().any(|weight| *weight > 0.0));
        }
    }
}
