//! Replies are as the `OpenAPI` document describes them, for an administrator.

use anyhow::{Context, Result, ensure};
use locutor_tests::{
    Server,
    schemathesis::{LIMITS, Run, run},
};
use serde_json::Value;

/// The ids of the keys that exist: schemathesis works with one of them.
fn keys(server: &Server) -> Result<String> {
    let list = server.get("/admin/keys")?.expect(200)?.json()?;
    let keys = list["data"].as_array().context("a list of keys")?;
    let ids: Vec<_> = keys.iter().filter_map(|key| key["id"].as_str()).collect();
    ensure!(!ids.is_empty(), "no key in {}", Value::from(keys.clone()));
    Ok(ids.join(","))
}

#[test]
fn replies_are_as_the_document_describes() -> Result<()> {
    let server = Server::builder()?.config(LIMITS).start()?;
    let settings = Run {
        credential: server.key(),
        protected: &keys(&server)?,
        seconds: 180,
        arguments: &[],
    };
    run(&server, settings)?;
    // A key that no longer works would have made every later request a plain 401, and an access rule
    // that refuses this machine a 403.
    server.get("/v1/models")?.expect(200)?;
    server.get("/admin/keys")?.expect(200)?;
    Ok(())
}
