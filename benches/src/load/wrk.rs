//! `wrk`: as many requests as a server answers.

use std::{fs, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

const SCRIPT: &str = include_str!("report.lua");

/// Runs `wrk`; it keeps its script in a temporary folder.
pub struct Wrk {
    folder: TempDir,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// The whole address.
    pub url: String,
    /// The value of `Authorization`, where one is needed.
    pub authorization: Option<String>,
    /// A JSON body to POST; absent: GET.
    pub body: Option<String>,
}

/// What came out of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Replies per second.
    pub rate: f64,
    /// Requests without a good reply.
    pub failures: u64,
    /// Half of the replies came within these seconds, ...
    pub p50: f64,
    /// ... 95 of 100 within these ...
    pub p95: f64,
    /// ... and 99 of 100 within these.
    pub p99: f64,
}

impl Question {
    /// A GET.
    pub fn get(url: &str, authorization: Option<&str>) -> Self {
        Self {
            url: url.to_owned(),
            authorization: authorization.map(str::to_owned),
            body: None,
        }
    }
}

impl Wrk {
    /// Looks whether `wrk` is there.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn find() -> Result<Self> {
        let found = Command::new("wrk").arg("--version").output();
        found.context("`wrk` is missing; install the package `wrk` and try again")?;
        let folder = TempDir::with_prefix("locutor-load-")?;
        fs::write(folder.path().join("report.lua"), SCRIPT)?;
        Ok(Self { folder })
    }

    /// Asks from one thread over so many connections for so long.
    ///
    /// # Errors
    /// When `wrk` fails.
    pub fn run(&self, question: &Question, connections: usize, time: Duration) -> Result<Outcome> {
        let mut command = Command::new("wrk");
        command
            .args(["--threads", "1", "--connections", &connections.to_string()])
            .args(["--duration", &format!("{}s", time.as_secs().max(1))])
            .args(["--timeout", "10s", "--script"])
            .arg(self.folder.path().join("report.lua"));
        if let Some(authorization) = &question.authorization {
            command.args(["--header", &format!("Authorization: {authorization}")]);
        }
        if let Some(body) = &question.body {
            command
                .args(["--header", "Content-Type: application/json"])
                .env("LOAD_METHOD", "POST")
                .env("LOAD_BODY", body);
        }
        let output = command.arg(&question.url).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "wrk failed: {complaint}{text}");
        parse(&text)
    }

    /// The same, where every reply must be good.
    ///
    /// # Errors
    /// When one is not.
    pub fn run_cleanly(
        &self,
        question: &Question,
        connections: usize,
        time: Duration,
    ) -> Result<Outcome> {
        let outcome = self.run(question, connections, time)?;
        let (url, failures) = (&question.url, outcome.failures);
        ensure!(
            failures == 0,
            "{failures} requests to {url} had no good reply; the server's log tells why"
        );
        Ok(outcome)
    }
}

fn parse(text: &str) -> Result<Outcome> {
    let line = text.lines().find_map(|line| line.strip_prefix("LOAD "));
    let line = line.with_context(|| format!("wrk printed no line of numbers: {text}"))?;
    let numbers = line.split_whitespace().map(str::parse::<f64>);
    let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
    let &[requests, duration, failures, p50, p95, p99] = numbers.as_slice() else {
        anyhow::bail!("wrk printed other numbers than asked for: {line}");
    };
    Ok(Outcome {
        rate: requests * 1e6 / duration,
        failures: failures as u64,
        p50: p50 / 1e6,
        p95: p95 / 1e6,
        p99: p99 / 1e6,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_numbers_is_found_among_wrks_own() {
        let text = "Running 2s test\n  1 threads\nLOAD 5000 2000000 3 900 4000 12000\n";
        let outcome = Outcome {
            rate: 2500.0,
            failures: 3,
            p50: 0.0009,
            p95: 0.004,
            p99: 0.012,
        };
        assert_eq!(parse(text).unwrap(), outcome);
        assert!(parse("Running 2s test").is_err());
        assert!(parse("LOAD 1 2 3").is_err());
    }
}
