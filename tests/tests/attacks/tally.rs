//! Counting attacks: the cases of one kind, and all kinds together.

use std::{
    collections::BTreeMap,
    fmt::Display,
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

use anyhow::{Result, bail, ensure};

/// Cases, and those among them that got through.
static TOTAL: Mutex<(usize, usize)> = Mutex::new((0, 0));

/// Most lines of what got through in a report.
const MOST_LISTED: usize = 60;

/// The attacks of one kind.
#[derive(Debug)]
pub struct Kind {
    name: &'static str,
    cases: usize,
    through: Vec<String>,
}

impl Kind {
    /// A kind without cases so far.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            cases: 0,
            through: Vec::new(),
        }
    }

    /// One attack; an error is what it achieved, or that it could not be made.
    pub fn case(&mut self, name: impl Display, attack: impl FnOnce() -> Result<()>) {
        self.judge(name, attack());
    }

    /// One attack that was already made.
    pub fn judge(&mut self, name: impl Display, outcome: Result<()>) {
        self.cases += 1;
        if let Err(error) = outcome {
            self.through.push(format!("{name}: {error:#}"));
        }
    }

    /// What got through, each once with how often, and not all of a flood.
    fn listed(&self) -> String {
        let mut counts = BTreeMap::new();
        for line in &self.through {
            *counts.entry(line.as_str()).or_insert(0) += 1;
        }
        let lines = counts.iter().take(MOST_LISTED);
        let lines: Vec<_> = lines
            .map(|(line, count)| format!("{count} x {line}"))
            .collect();
        lines.join("\n  ")
    }

    /// The verdict.
    ///
    /// # Errors
    /// When something got through; when there was no case, for then nothing was shown.
    pub fn finish(self) -> Result<()> {
        ensure!(self.cases > 0, "{}: no cases", self.name);
        if self.through.is_empty() {
            return Ok(());
        }
        let listed = self.listed();
        bail!(
            "{}: {} of {} got through\n  {listed}",
            self.name,
            self.through.len(),
            self.cases
        )
    }
}

impl Drop for Kind {
    /// Also where a test ends early. The test harness tells nothing when the last test has ended, so
    /// each kind writes the sum so far, past the harness, which would keep it from the log.
    fn drop(&mut self) {
        let mut total = TOTAL.lock().unwrap_or_else(PoisonError::into_inner);
        total.0 += self.cases;
        total.1 += self.through.len();
        let line = format!(
            "\n{}: {} cases, {} got through\nattacks: {} cases, {} got through\n",
            self.name,
            self.cases,
            self.through.len(),
            total.0,
            total.1
        );
        io::stderr().write_all(line.as_bytes()).ok();
    }
}
