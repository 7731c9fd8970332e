//! A package client run to its end, bounded in time and stopped with the pull.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::progress::{Stage, Watch};

/// More than any answer; what lies behind it is not read.
const LONGEST_ANSWER: u64 = 1 << 24;
const POLL: Duration = Duration::from_millis(25);

/// Why a client gave no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The program is not installed.
    Absent(String),
    /// It ended badly; the last lines that it printed.
    Failed(String),
}

/// Runs the command and gives its standard output; the outer error is a cancelled pull.
pub(super) fn run(
    mut command: Command,
    item: &str,
    limit: Duration,
    watch: Watch<'_>,
) -> Result<std::result::Result<String, Failure>> {
    let program = Path::new(command.get_program()).display().to_string();
    let outputs = tempfile::tempfile().and_then(|output| Ok((output, tempfile::tempfile()?)));
    let (mut output, mut errors) = match outputs {
        Ok(files) => files,
        Err(error) => return Ok(Err(Failure::Failed(error.to_string()))),
    };
    let started = pipe(&output)
        .and_then(|output| Ok((output, pipe(&errors)?)))
        .and_then(|(output, errors)| {
            let command = command.stdin(Stdio::null()).stdout(output).stderr(errors);
            command.spawn()
        });
    let mut child = match started {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Err(Failure::Absent(format!("{program} is not installed"))));
        }
        Err(error) => return Ok(Err(Failure::Failed(format!("{program}: {error}")))),
    };
    let status = wait(&mut child, item, limit, watch)?;
    match status {
        Ok(true) => Ok(text(&mut output).map_err(Failure::Failed)),
        Ok(false) => {
            let printed = text(&mut errors).unwrap_or_default();
            Ok(Err(Failure::Failed(format!(
                "{program}: {}",
                last_lines(&printed)
            ))))
        }
        Err(reason) => Ok(Err(Failure::Failed(format!("{program} {reason}")))),
    }
}

fn pipe(file: &File) -> std::io::Result<Stdio> {
    file.try_clone().map(Stdio::from)
}

fn wait(
    child: &mut Child,
    item: &str,
    limit: Duration,
    watch: Watch<'_>,
) -> Result<std::result::Result<bool, String>> {
    let end = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(Ok(status.success())),
            Ok(None) => {}
            Err(error) => return Ok(Err(error.to_string())),
        }
        let cancelled = watch.report(Stage::Resolve, item, 0, 0);
        if cancelled.is_err() || Instant::now() > end {
            // It may have ended meanwhile; either way it is gone afterwards.
            let _ = child.kill();
            let _ = child.wait();
            cancelled?;
            return Ok(Err(format!(
                "gave no answer for {} seconds",
                limit.as_secs()
            )));
        }
        std::thread::sleep(POLL);
    }
}

fn text(file: &mut File) -> std::result::Result<String, String> {
    let mut bytes = Vec::new();
    file.rewind()
        .and_then(|()| file.take(LONGEST_ANSWER).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The end of what a client printed is where it says what failed.
fn last_lines(printed: &str) -> String {
    let lines: Vec<&str> = printed
        .lines()
        .map(str::trim)
        .filter(|line| {
            let lower = line.to_lowercase();
            !line.is_empty() && !lower.starts_with("warning") && !lower.starts_with("npm warn")
        })
        .collect();
    let start = lines.len().saturating_sub(3);
    let mut text = lines[start..].join(" | ");
    if let Some((end, _)) = text.char_indices().nth(400) {
        text.truncate(end);
    }
    text
}
