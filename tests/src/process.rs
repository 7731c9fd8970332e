//! Where the built binary and the test environment lie, and signals to processes.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail, ensure};

/// The build folder that this test executable lies in, e.g. `target/release`.
fn build_folder() -> Result<PathBuf> {
    let executable = env::current_exe()?;
    let folder = executable.parent().context("an executable has a folder")?;
    let above = if folder.ends_with("deps") { 2 } else { 1 };
    let folder = executable.ancestors().nth(above);
    Ok(folder.context("a build folder")?.to_path_buf())
}

/// The binary under test: `LOCUTOR_BINARY`, else the one beside this test executable.
///
/// # Errors
/// When it was not built.
pub fn binary() -> Result<PathBuf> {
    let path = match env::var_os("LOCUTOR_BINARY") {
        Some(path) => PathBuf::from(path),
        None => build_folder()?.join("locutor"),
    };
    if !path.is_file() {
        bail!("{} is missing; run `make build`", path.display());
    }
    Ok(path)
}

/// The Python with the official client: `LOCUTOR_TEST_PYTHON`, else the one that `make test` made.
///
/// # Errors
/// When there is none.
pub fn python() -> Result<PathBuf> {
    let path = match env::var_os("LOCUTOR_TEST_PYTHON") {
        Some(path) => PathBuf::from(path),
        None => build_folder()?.join("../venv/bin/python"),
    };
    if !path.is_file() {
        bail!("{} is missing; `make test` makes it", path.display());
    }
    Ok(path)
}

/// Sends a signal such as `TERM` to a process.
///
/// # Errors
/// When the process is gone.
pub fn signal(process: u32, name: &str) -> Result<()> {
    let status = Command::new("kill")
        .args([format!("-{name}"), process.to_string()])
        .status()?;
    ensure!(status.success(), "no process {process}");
    Ok(())
}
