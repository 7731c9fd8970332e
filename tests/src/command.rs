//! Commands of the binary, run to their end.

use std::{
    ffi::OsStr,
    process::{Command, Output},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{DataFolder, process};

/// Runs `locutor` with the arguments, whatever comes of it.
///
/// # Errors
/// When the binary was not built.
pub fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Output> {
    Ok(Command::new(process::binary()?).args(arguments).output()?)
}

/// Runs `locutor`, which must succeed, and gives what it printed.
///
/// # Errors
/// When it fails, with what it said.
pub fn text<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<String> {
    let output = run(arguments)?;
    ensure!(output.status.success(), "{}", complaint(&output));
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs `locutor`, which must succeed, and parses the JSON it printed.
///
/// # Errors
/// When it fails or prints something else.
pub fn json<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Value> {
    let text = text(arguments)?;
    serde_json::from_str(&text).context(text)
}

/// Runs `locutor` on the data folder (and the database) of a server; it must succeed.
///
/// # Errors
/// When it fails or prints no JSON.
pub fn json_on(folder: &DataFolder, arguments: &[&str]) -> Result<Value> {
    let output = Command::new(process::binary()?)
        .args(arguments)
        .args(["--json", "--data-dir"])
        .arg(folder.path())
        .envs(folder.environment().iter().cloned())
        .output()?;
    ensure!(output.status.success(), "{}", complaint(&output));
    let text = String::from_utf8(output.stdout)?;
    serde_json::from_str(&text).context(text)
}

/// What a command wrote to its error output.
pub fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
