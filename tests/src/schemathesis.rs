//! Schemathesis makes requests out of the `OpenAPI` document, right and wrong ones, and compares the
//! replies with it: no failure of any of its checks, and no 5xx.
//!
//! Two tests use it, one as an administrator and one as a person who logged in, because each may do what
//! the other may not. What it must not do, so as not to end its own run, is in
//! `clients/schemathesis_hooks.py`; what it cannot know is in `clients/schemathesis.toml`.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::{Server, folder, process};

/// Settings under which no request takes long: what is tested is that requests and replies are as
/// described, not the engine.
pub const LIMITS: &str = "[limits]
upload_bytes = 1000000
json_bytes = 100000
document_bytes = 20000
audio_seconds = 10
speech_characters = 100
embedding_inputs = 8
embedding_characters = 500
chat_messages = 4
";

/// How to run it.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The key or access token to send.
    pub credential: &'a str,
    /// Ids that it must not remove, with commas between them.
    pub protected: &'a str,
    /// The time it may take; a slow machine tests less in it.
    pub seconds: u32,
    /// More arguments.
    pub arguments: &'a [&'a str],
}

/// Runs it.
///
/// # Errors
/// When a check fails, with what it printed.
pub fn run(server: &Server, run: Run<'_>) -> Result<()> {
    let output = Command::new(folder()?.join("clients/schemathesis.sh"))
        .args(run.arguments)
        .env("LOCUTOR_URL", server.address())
        .env("LOCUTOR_KEY", run.credential)
        .env("LOCUTOR_TEST_PROTECTED", run.protected)
        .env("LOCUTOR_TEST_PYTHON", process::python()?)
        .env("SECONDS_TO_RUN", run.seconds.to_string())
        .output()?;
    ensure!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    ensure!(server.is_running()?, "the server ended");
    Ok(())
}
