//! Printing results.

use std::io::Write;

use anyhow::Context;
use serde::Serialize;

/// Prints a line of text to standard output.
pub fn line(text: impl AsRef<str>) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{}", text.as_ref()).context("standard output")
}

/// Prints a value as JSON to standard output.
pub fn json<T: Serialize>(value: &T) -> anyhow::Result<()> {
    line(serde_json::to_string_pretty(value)?)
}
