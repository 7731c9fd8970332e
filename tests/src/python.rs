//! Clients of others in Python, each a script in `clients/` with cases by name, against a running server.

use std::{ffi::OsString, process::Command};

use anyhow::{Result, ensure};

use locutor_models::Store;

use crate::{Server, process};

/// Runs one case of a script with these variables; all of its output is in the error.
///
/// # Errors
/// When the case fails, or the server ended by it.
pub fn client_case(
    server: &Server,
    script: &str,
    case: &str,
    environment: &[(&str, OsString)],
) -> Result<()> {
    ending_case(server, script, case, environment)?;
    ensure!(server.is_running()?, "the server ended");
    Ok(())
}

/// As [`client_case`], for a case that may end the server.
///
/// # Errors
/// When the case fails.
pub fn ending_case(
    server: &Server,
    script: &str,
    case: &str,
    environment: &[(&str, OsString)],
) -> Result<()> {
    let output = Command::new(process::python()?)
        .arg(crate::folder()?.join("clients").join(script))
        .arg(case)
        .env("LOCUTOR_URL", server.address())
        .env("LOCUTOR_KEY", server.key())
        .env("OPENAI_BASE_URL", format!("{}/v1", server.address()))
        .env("OPENAI_API_KEY", server.key())
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .output()?;
    ensure!(
        output.status.success(),
        "{case}:\n{}{}\nserver log:\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
        server.log()?
    );
    Ok(())
}

/// Runs one case of the official `OpenAI` client.
///
/// # Errors
/// When the case fails.
pub fn openai_case(server: &Server, case: &str) -> Result<()> {
    let speech = Store::default_folder().join("speech-samples");
    let environment = [("LOCUTOR_TEST_SPEECH", speech.into())];
    client_case(server, "openai_client.py", case, &environment)
}
