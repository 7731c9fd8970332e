//! What was measured, as Markdown.

use std::fmt::Write;

use super::{logins::Logins, rates::Rates, scaling::Curve};
use crate::comparison::median;

/// Least share of the bare server's rate.
const LEAST_RATIO: f64 = 0.4;
/// Longest 99th percentile in seconds, at half of the rate.
const LONGEST_P99: f64 = 0.020;
/// Least share of argon2's rate that logins reach.
const LEAST_LOGINS: f64 = 0.8;

/// Whether every aim was reached.
pub fn reached(rates: &[Rates], logins: &Logins) -> bool {
    logins.ratio() >= LEAST_LOGINS && rates.iter().all(reads_reached)
}

fn reads_reached(rates: &Rates) -> bool {
    rates.ratio() >= LEAST_RATIO && rates.latency[2] < LONGEST_P99
}

/// The tables of rates and logins.
pub fn tables(rates: &[Rates], logins: &Logins) -> String {
    let mut text = format!(
        "| Read | Body | Bare axum | Locutor | Ratio, at least {LEAST_RATIO} | Pace | p50 | p95 | p99, below {:.0} ms | |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        LONGEST_P99 * 1e3
    );
    for rates in rates {
        let [p50, p95, p99] = rates.latency.map(milliseconds);
        // Writing to a text cannot fail; likewise below.
        let _ = writeln!(
            text,
            "| {} | {} B | {} | {} | **{:.2}** | {:.0}/s | {p50} | {p95} | **{p99}** | {} |",
            rates.name,
            rates.bytes,
            range(&rates.bare),
            range(&rates.ours),
            rates.ratio(),
            rates.pace,
            verdict(reads_reached(rates)),
        );
    }
    let _ = writeln!(
        text,
        "\n| argon2id alone | Logins | Ratio, at least {LEAST_LOGINS} | |\n| --- | --- | --- | --- |\n\
         | {} | {} | **{:.2}** | {} |",
        range(&logins.argon2),
        range(&logins.logins),
        logins.ratio(),
        verdict(logins.ratio() >= LEAST_LOGINS),
    );
    text
}

/// The table of the curves.
pub fn curves(curves: &[Curve]) -> String {
    let mut text = "| Read | Connections | Replies/s | p50 | p95 | p99 | Memory | Failures |\n\
                    | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for curve in curves {
        for point in &curve.points {
            let outcome = point.outcome;
            let [p50, p95, p99] = [outcome.p50, outcome.p95, outcome.p99].map(milliseconds);
            let _ = writeln!(
                text,
                "| {} | {} | {:.0} | {p50} | {p95} | {p99} | {} | {} |",
                curve.name,
                point.connections,
                outcome.rate,
                memory(point.memory),
                outcome.failures,
            );
        }
    }
    text
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "missed" }
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1e3)
}

fn memory(bytes: u64) -> String {
    match bytes {
        0 => String::new(),
        bytes => format!("{} MiB", bytes >> 20),
    }
}

fn range(values: &[f64]) -> String {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("**{:.0}/s** ({low:.0} to {high:.0})", median(values))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(ours: f64, p99: f64) -> Rates {
        Rates {
            name: "GET /x",
            bytes: 10,
            ours: vec![ours; 3],
            bare: vec![100.0; 3],
            pace: ours / 2.0,
            latency: [0.001, 0.002, p99],
        }
    }

    #[test]
    fn every_aim_counts() {
        let logins = |logins| Logins {
            logins: vec![logins],
            argon2: vec![10.0],
        };
        assert!(reached(&[rates(40.0, 0.019)], &logins(8.0)));
        assert!(!reached(&[rates(39.0, 0.019)], &logins(8.0)));
        assert!(!reached(&[rates(40.0, 0.021)], &logins(8.0)));
        assert!(!reached(&[rates(40.0, f64::NAN)], &logins(8.0)));
        assert!(!reached(&[rates(40.0, 0.019)], &logins(7.0)));
        let table = tables(&[rates(40.0, 0.021)], &logins(8.0));
        assert!(
            table.contains("| 21.00 ms** | missed |") || table.contains("**21.00 ms** | missed |"),
            "{table}"
        );
        assert!(table.contains("**0.80** | reached |"), "{table}");
    }
}
