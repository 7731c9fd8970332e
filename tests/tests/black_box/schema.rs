//! Schemathesis makes requests out of the `OpenAPI` document, right and wrong ones, and compares the
//! replies with it: no failure of any of its checks, and no 5xx.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use locutor_tests::{Server, process};
use serde_json::Value;

/// Small, so that no request takes long: what is tested is that requests and replies are as
/// described, not the engine.
const LIMITS: &str = "[limits]
upload_bytes = 1000000
json_bytes = 100000
document_bytes = 20000
audio_seconds = 10
speech_characters = 100
embedding_inputs = 8
embedding_characters = 500
chat_messages = 4
";

/// The ids of the keys that exist: schemathesis works with one of them.
fn keys(server: &Server) -> Result<String> {
    let list = server.get("/admin/keys")?.expect(200)?.json()?;
    let list = list.get("keys").or(list.get("data")).unwrap_or(&list);
    let keys = list.as_array().context("a list of keys")?;
    let ids = keys.iter().filter_map(|key| key["id"].as_str());
    let ids: Vec<_> = ids.collect();
    ensure!(!ids.is_empty(), "no key in {}", Value::from(keys.clone()));
    Ok(ids.join(","))
}

#[test]
fn replies_are_as_the_document_describes() -> Result<()> {
    let server = Server::builder()?.config(LIMITS).start()?;
    let output = Command::new(locutor_tests::folder()?.join("clients/schemathesis.sh"))
        .env("LOCUTOR_URL", server.address())
        .env("LOCUTOR_KEY", server.key())
        .env("LOCUTOR_TEST_PROTECTED", keys(&server)?)
        .env("LOCUTOR_TEST_PYTHON", process::python()?)
        .output()?;
    ensure!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    // A key that no longer works would have made every later request a plain 401.
    server.get("/v1/models")?.expect(200)?;
    ensure!(server.is_running()?);
    Ok(())
}
