//! What came out of all streams.

use super::playing::Played;
use crate::{
    error_rate::{Unit, plain::plain},
    load::paced,
};

/// Errors in hundred words.
pub fn error_percent(said: &str, heard: &str, language: &str) -> f64 {
    let (said, heard) = (plain(said, language), plain(heard, language));
    let (length, errors) = Unit::of(&said).compare(&said, &heard);
    100.0 * errors as f64 / length.max(1) as f64
}

/// The value that so many of a hundred do not exceed, of values in any order.
pub fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    paced::percentile(&sorted, percent)
}

/// One line of the table; what only our own streams tell is left out of a peer's.
pub fn line(system: &str, streams: &[Played], said: &str, whole: f64, language: &str) -> String {
    let first = streams.iter().flat_map(|played| &played.first);
    let first: Vec<f64> = first.copied().collect();
    let committed = streams.iter().flat_map(|played| &played.committed);
    let committed: Vec<f64> = committed.map(|word| word.delay).collect();
    let errors = streams.iter().map(|played| {
        let heard = played.words.join(" ");
        error_percent(said, &heard, language)
    });
    let worst = errors.fold(0.0, f64::max);
    let states = streams.iter().flat_map(|played| &played.states);
    let behind = states.map(|state| state.behind).fold(0.0, f64::max);
    let own = streams.iter().any(|played| played.metrics.decodes > 0);
    let decodes: u64 = streams.iter().map(|played| played.metrics.decodes).sum();
    let lost: f64 = streams
        .iter()
        .map(|played| played.metrics.lost_seconds)
        .sum();
    let ours = if own {
        format!("{whole:.1} % | {behind:.1} s | {decodes} | {lost:.1} s")
    } else {
        "| | |".into()
    };
    format!(
        "| {system} | {} | {worst:.1} % | {:.2} s | {:.2} s | {:.2} s | {:.2} s | {ours} |",
        streams.len(),
        percentile(&first, 50.0),
        percentile(&first, 95.0),
        percentile(&committed, 50.0),
        percentile(&committed, 95.0),
    )
}

/// The head of the table.
pub const HEAD: &str = "| System | Streams | Errors (worst stream) | First word p50 | p95 | Committed p50 | p95 | Errors with the whole file | Behind at most | Decodes | Lost |\n\
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values = [3.0, 1.0, 2.0];
        assert!((percentile(&values, 50.0) - 2.0).abs() < 1e-9);
        assert!((percentile(&values, 95.0) - 3.0).abs() < 1e-9);
        assert!(percentile(&[], 50.0).is_nan());
    }

    #[test]
    fn errors_are_counted_in_words() {
        assert!((error_percent("Ask not what", "ask what", "en") - 100.0 / 3.0).abs() < 1e-9);
    }
}
