//! Two ways to do one thing, timed in turns.

use anyhow::{Result, ensure};
use serde::Serialize;

/// Does the work once and gives the seconds of each of its parts. The argument is the number of
/// the run, from 0, so that no cache can answer for the work.
pub type Run<'a> = Box<dyn FnMut(usize) -> Result<Vec<f64>> + 'a>;

/// What is timed, and who does it.
pub struct Comparison<'a> {
    /// The parts of the work that are timed, one row of the table each.
    pub parts: Vec<Part>,
    /// What Locutor uses, e.g. the model.
    pub subject: String,
    /// Who it is compared with.
    pub peer: String,
    /// Locutor's way.
    pub ours: Run<'a>,
    /// The peer's way.
    pub theirs: Run<'a>,
}

/// One timed part of a work.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// What is done.
    pub work: String,
    /// How much of it, to give a rate; e.g. `(64.0, "tokens/s")`.
    pub amount: Option<(f64, &'static str)>,
}

/// A row of the table.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// What was timed.
    #[serde(flatten)]
    pub part: Part,
    /// What Locutor used.
    pub subject: String,
    /// Who it is compared with.
    pub peer: String,
    /// Seconds of Locutor's runs, in order.
    pub ours: Vec<f64>,
    /// Seconds of the peer's runs, each right after ours of the same position.
    pub theirs: Vec<f64>,
}

impl Part {
    /// A part without a rate.
    pub fn new(work: impl Into<String>) -> Self {
        Self {
            work: work.into(),
            amount: None,
        }
    }

    /// Gives a rate: the amount per second.
    #[must_use]
    pub fn rate(mut self, amount: f64, unit: &'static str) -> Self {
        self.amount = Some((amount, unit));
        self
    }
}

impl Comparison<'_> {
    /// Runs both once untimed, then in turns.
    ///
    /// # Errors
    /// Whatever a run meets.
    pub fn measure(mut self, repeats: usize) -> Result<Vec<Row>> {
        (self.ours)(0)?;
        (self.theirs)(0)?;
        let mut rows = self.rows();
        for run in 1..=repeats {
            let (ours, theirs) = ((self.ours)(run)?, (self.theirs)(run)?);
            let complete = ours.len() == rows.len() && theirs.len() == rows.len();
            ensure!(complete, "a run timed the wrong number of parts");
            for (row, (ours, theirs)) in rows.iter_mut().zip(ours.into_iter().zip(theirs)) {
                row.ours.push(ours);
                row.theirs.push(theirs);
            }
        }
        Ok(rows)
    }

    fn rows(&self) -> Vec<Row> {
        let row = |part: &Part| Row {
            part: part.clone(),
            subject: self.subject.clone(),
            peer: self.peer.clone(),
            ours: Vec::new(),
            theirs: Vec::new(),
        };
        self.parts.iter().map(row).collect()
    }
}

impl Row {
    /// How many times as fast as the peer Locutor was, in each pair of runs.
    pub fn ratios(&self) -> Vec<f64> {
        let pairs = self.ours.iter().zip(&self.theirs);
        pairs.map(|(ours, theirs)| theirs / ours).collect()
    }
}

/// The middle value, or the mean of the two in the middle; not a number when there is none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.get(middle) {
        None => f64::NAN,
        Some(&upper) if sorted.len() % 2 == 1 => upper,
        Some(&upper) => f64::midpoint(sorted[middle - 1], upper),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert!(median(&[]).is_nan());
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-12);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-12);
    }

    #[test]
    fn runs_take_turns_after_one_untimed_run_each() {
        let order = std::cell::RefCell::new(Vec::new());
        let run = |name: &'static str, seconds: f64| -> Run<'_> {
            let order = &order;
            Box::new(move |number| {
                order.borrow_mut().push((name, number));
                Ok(vec![seconds])
            })
        };
        let comparison = Comparison {
            parts: vec![Part::new("work").rate(2.0, "things/s")],
            subject: "us".into(),
            peer: "them".into(),
            ours: run("ours", 0.5),
            theirs: run("theirs", 1.0),
        };
        let rows = comparison.measure(2).unwrap();
        assert_eq!(rows[0].ratios(), [2.0, 2.0]);
        let names = ["ours", "theirs"];
        let expected: Vec<_> = (0..3)
            .flat_map(|run| names.map(|name| (name, run)))
            .collect();
        assert_eq!(*order.borrow(), expected);
    }
}
