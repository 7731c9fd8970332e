//! Rows as a Markdown table.

use std::fmt::Write;

use crate::comparison::{Row, median};

const HEAD: &str = "\
| Work | Locutor with | Locutor | Peer | Peer's time | Ratio | Rates |
| --- | --- | --- | --- | --- | --- | --- |
";

/// The table. Times are medians with the fastest and slowest run; the ratio is the median over
/// pairs of runs of the peer's time over ours, so above 1 Locutor is the faster one.
pub fn markdown(rows: &[Row]) -> String {
    let mut table = HEAD.to_owned();
    for row in rows {
        // Writing to a text cannot fail.
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} | {} | {} |",
            row.part.work,
            row.subject,
            seconds(&row.ours),
            row.peer,
            seconds(&row.theirs),
            range(&row.ratios(), |ratio| format!("{ratio:.2}")),
            rates(row),
        );
    }
    table
}

fn seconds(values: &[f64]) -> String {
    let unit = |value: f64| {
        if value < 0.1 {
            format!("{:.2} ms", value * 1_000.0)
        } else {
            format!("{value:.3} s")
        }
    };
    range(values, unit)
}

fn range(values: &[f64], print: impl Fn(f64) -> String) -> String {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!(
        "**{}** ({} to {})",
        print(median(values)),
        print(low),
        print(high)
    )
}

fn rates(row: &Row) -> String {
    let Some((amount, unit)) = row.part.amount else {
        return String::new();
    };
    let rate = |values: &[f64]| amount / median(values);
    format!("{:.1} and {:.1} {unit}", rate(&row.ours), rate(&row.theirs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::Part;

    #[test]
    fn a_row_shows_medians_ranges_ratio_and_rates() {
        let row = Row {
            part: Part::new("sing").rate(1.0, "songs/s"),
            subject: "a voice".into(),
            peer: "a bird".into(),
            ours: vec![0.5, 0.25, 1.0],
            theirs: vec![1.0, 0.05, 2.0],
        };
        let table = markdown(&[row]);
        let expected = "| sing | a voice | **0.500 s** (0.250 s to 1.000 s) | a bird | \
             **1.000 s** (50.00 ms to 2.000 s) | **2.00** (0.20 to 2.00) | 2.0 and 1.0 songs/s |";
        assert_eq!(table.lines().last(), Some(expected));
    }
}
