//! Every route but health and docs needs a key.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use locutor_tests::{Server, command};
use serde_json::{Value, json};

/// Open to everybody. Written down here once more on purpose: a route that its description opens by
/// mistake is found.
const OPEN: [&str; 12] = [
    "/health/live",
    "/health/ready",
    "/auth/register",
    "/auth/verify-email",
    "/auth/verify-email/resend",
    "/auth/login",
    "/auth/refresh",
    "/auth/password/forgot",
    "/auth/password/reset",
    "/auth/devices/confirm",
    "/auth/csrf",
    "/auth/.well-known/jwks.json",
];

/// Every operation that the server describes, with names filled in.
fn operations(server: &Server) -> Result<Vec<(String, String)>> {
    let description = server
        .request_as(None, "GET", "/openapi.json", "", Vec::new())?
        .expect(200)?
        .json()?;
    let paths = description["paths"].as_object().context("no paths")?;
    let mut operations = Vec::new();
    for (path, methods) in paths {
        let path = ["{id}", "{account}", "{invitation}"]
            .into_iter()
            .fold(path.clone(), |path, name| {
                path.replace(name, "00000000-0000-4000-8000-000000000000")
            });
        let path = path.replace(['{', '}'], "");
        for method in methods.as_object().context("no methods")?.keys() {
            operations.push((method.to_uppercase(), path.clone()));
        }
    }
    Ok(operations)
}

#[test]
fn every_route_but_health_and_docs_needs_a_key() -> Result<()> {
    let server = Server::shared()?;
    let mut operations = operations(&server)?;
    operations.retain(|(_, path)| !OPEN.contains(&path.as_str()));
    ensure!(operations.len() >= 12, "{operations:?}");
    for (method, path) in &operations {
        for key in [None, Some(""), Some("wrong"), Some("lk-0123456789abcdef")] {
            let reply = server.request_as(key, method, path, "application/json", b"{}".into())?;
            ensure!(reply.status == 401, "{method} {path}: {}", reply.status);
            let body = reply.json()?;
            let message = body.pointer("/error/message").or(body.get("detail"));
            let message = message.and_then(Value::as_str).unwrap_or_default();
            ensure!(message.contains("key"), "{method} {path}: {body}");
            ensure!(reply.header("www-authenticate").starts_with("Bearer"));
        }
    }
    for path in ["/health/live", "/health/ready", "/openapi.json"] {
        server
            .request_as(None, "GET", path, "", Vec::new())?
            .expect(200)?;
    }
    let docs = server
        .request_as(None, "GET", "/docs/", "", Vec::new())?
        .expect(200)?;
    ensure!(docs.text().contains("swagger"));
    Ok(())
}

#[test]
fn the_admin_key_is_private_and_survives_a_restart() -> Result<()> {
    let server = Server::builder()?.start()?;
    let path = server.folder().path().join("admin.key");
    let mode = fs::metadata(&path)?.permissions().mode() & 0o777;
    ensure!(mode == 0o600, "mode {mode:o}");
    let key = server.key().to_owned();
    let folder = server.folder().clone();
    drop(server);
    let again = Server::builder()?.folder(&folder).start()?;
    ensure!(again.key() == key);
    again.get("/v1/models")?.expect(200)?;
    Ok(())
}

#[test]
fn a_first_start_that_was_cut_short_makes_another_key() -> Result<()> {
    let server = Server::builder()?.start()?;
    let folder = server.folder().clone();
    let unseen = server.key().to_owned();
    drop(server);
    // As after a kill between storing the key and naming its file.
    fs::rename(
        folder.path().join("admin.key"),
        folder.path().join("admin.key.new"),
    )?;
    let again = Server::builder()?.folder(&folder).start()?;
    ensure!(again.key() != unseen);
    again.get("/v1/models")?.expect(200)?;
    ensure!(!folder.path().join("admin.key.new").exists());
    Ok(())
}

#[test]
fn a_created_key_works_at_once_and_a_revoked_one_soon_no_more() -> Result<()> {
    let server = Server::builder()?.start()?;
    let keys =
        |arguments: &[&str]| command::json_on(server.folder(), &[&["keys"], arguments].concat());
    let created = keys(&["create", "--name", "reader"])?;
    let key = created["key"].as_str().context("a key")?.to_owned();
    let list = || server.request_as(Some(&key), "GET", "/v1/models", "", Vec::new());
    list()?.expect(200)?;
    let listed = keys(&["list"])?;
    ensure!(
        !listed.to_string().contains(&key),
        "the list shows a secret"
    );
    ensure!(listed.to_string().contains("reader"), "{listed}");
    keys(&["revoke", created["id"].as_str().context("an id")?])?;
    // Another process revoked it: a server remembers callers for five seconds.
    let revoked = Instant::now();
    while list()?.status != 401 {
        ensure!(revoked.elapsed() < Duration::from_secs(8), "it still opens");
        thread::sleep(Duration::from_millis(100));
    }
    server.get("/v1/models")?.expect(200)?;
    Ok(())
}

#[test]
fn the_key_is_never_written_to_the_log() -> Result<()> {
    let server = Server::builder()?
        .environment("LOCUTOR_LOG__FILTER", "debug")
        .start()?;
    server
        .post("/v1/embeddings", &json!({"model": "x", "input": "y"}))?
        .expect(404)?;
    ensure!(!server.log()?.contains(server.key()));
    Ok(())
}
