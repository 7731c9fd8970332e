//! The official `OpenAI` client for Python against a running server.

use std::process::Command;

use anyhow::{Result, ensure};

use locutor_models::Store;

use crate::{Server, process};

/// Runs one case of `clients/openai_client.py`; all of its output is in the error.
///
/// # Errors
/// When the case fails.
pub fn openai_case(server: &Server, case: &str) -> Result<()> {
    let script = crate::folder()?.join("clients/openai_client.py");
    let output = Command::new(process::python()?)
        .arg(script)
        .arg(case)
        .env("OPENAI_BASE_URL", format!("{}/v1", server.address()))
        .env("OPENAI_API_KEY", server.key())
        .env(
            "LOCUTOR_TEST_SPEECH",
            Store::default_folder().join("speech-samples"),
        )
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
