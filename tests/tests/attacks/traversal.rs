//! Paths and names that point out of where they should: nothing outside is read or written.

use std::fs;

use anyhow::{Result, ensure};
use locutor_tests::{Form, Server};
use serde_json::json;

use crate::{accounts, raw, tally::Kind};

/// Ways to write "one folder up".
const UPS: [&str; 10] = [
    "../",
    "..%2f",
    "%2e%2e/",
    "%2e%2e%2f",
    "%252e%252e%252f",
    "..\\",
    "..%5c",
    "..%c0%af",
    "....//",
    "..;/",
];

/// Where a path or a part of one is taken.
const PLACES: [&str; 8] = [
    "/",
    "/docs/",
    "/docs/migrations/",
    "/documents/",
    "/v1/models/",
    "/auth/",
    "/health/",
    "/openapi.json/",
];

/// What lies outside: a file of the system, and the server's own secrets.
const TARGETS: [&str; 5] = [
    "etc/passwd",
    "data/admin.key",
    "admin.key",
    "locutor.db",
    "proc/self/environ",
];

/// Nothing of the secrets, and no failure of the server.
fn harmless(server: &Server, reply: &str) -> Result<()> {
    ensure!(!reply.contains("root:"), "the system's users");
    ensure!(!reply.contains(server.key()), "the admin key");
    ensure!(!reply.contains("SQLite format 3"), "the database");
    ensure!(
        !reply.contains("LOCUTOR_ENGINE__GENERATOR="),
        "the environment"
    );
    let status = raw::status(reply);
    ensure!(status < 500, "{}", reply.lines().next().unwrap_or_default());
    Ok(())
}

#[test]
fn paths() -> Result<()> {
    let server = accounts::server()?;
    let mut kind = Kind::new("path traversal");
    let key = format!("Authorization: Bearer {}\r\n", server.key());
    for place in PLACES {
        for up in UPS {
            for target in TARGETS {
                let line = format!("GET {place}{}{target}", up.repeat(8));
                let reply = raw::exchange(&server, &raw::request(&line, &key, ""))?;
                kind.case(&line, || harmless(&server, &reply));
            }
        }
    }
    for line in [
        "GET file:///etc/passwd",
        "GET //etc/passwd",
        "GET /%00/etc/passwd",
        "GET *",
        "GET etc/passwd",
    ] {
        let reply = raw::exchange(&server, &raw::request(line, &key, ""))?;
        kind.case(line, || harmless(&server, &reply));
    }
    kind.finish()
}

/// What ends with it is asked for as it is; routes behind a credential must not be reached around.
#[test]
fn routes_reached_around_their_check() -> Result<()> {
    let server = accounts::server()?;
    let mut kind = Kind::new("ways around a check");
    for path in [
        "//metrics",
        "/metrics/",
        "/./metrics",
        "/health/../metrics",
        "/health/%2e%2e/metrics",
        "/docs/../metrics",
        "/metrics;x",
        "/METRICS",
        "/metrics%20",
        "/metrics%00",
        "/metrics.json",
        "//v1/models",
        "/v1//models",
        "/V1/models",
        "/v1/./models",
        "/health/live/../../v1/models",
        "/docs/..;/v1/models",
        "/admin/keys/",
        "//admin/keys",
        "/docs/../admin/keys",
        "/openapi.json/../admin/keys",
        "/admin/keys?x=/health/live",
        "/admin/keys#/health/live",
    ] {
        for headers in [
            "",
            "X-Original-URL: /health/live\r\n",
            "X-Rewrite-URL: /admin/keys\r\n",
            "X-HTTP-Method-Override: GET\r\n",
        ] {
            let line = format!("GET {path}");
            let reply = raw::exchange(&server, &raw::request(&line, headers, ""))?;
            kind.case(format!("{line} {headers}"), || {
                let status = raw::status(&reply);
                ensure!(
                    (400..500).contains(&status) || (300..400).contains(&status),
                    "{status}"
                );
                Ok(())
            });
        }
    }
    kind.finish()
}

#[test]
fn names_in_requests() -> Result<()> {
    let server = accounts::server()?;
    let scratch = server.folder().scratch().to_path_buf();
    let mut kind = Kind::new("names in requests");
    let ups = "../".repeat(8);
    let outside = format!("{ups}{}/evil.txt", scratch.display());
    for name in [
        &outside,
        "../evil.txt",
        "../../evil.txt",
        "/tmp/locutor-evil.txt",
        "..\\evil.txt",
        "evil.txt\\0.md",
        "%2e%2e/evil.txt",
        "evil.txt/../../../evil.txt",
    ] {
        kind.case(format!("the name of a file: {name}"), || {
            let form = Form::new().file("file", name, b"A plain text about nothing.");
            let reply = server.post_form("/documents", form)?;
            ensure!(reply.status < 500, "{}: {}", reply.status, reply.text());
            ensure!(!scratch.join("evil.txt").exists(), "written outside");
            ensure!(
                fs::metadata("/tmp/locutor-evil.txt").is_err(),
                "written outside"
            );
            Ok(())
        });
    }
    for name in [
        "../../../../etc/passwd",
        "/etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "all-minilm-l6-v2/../../../etc/passwd",
        "file:///etc/passwd",
    ] {
        for (path, body) in [
            (
                "/v1/audio/speech",
                json!({"model": name, "voice": "alloy", "input": "x"}),
            ),
            (
                "/v1/audio/speech",
                json!({"model": "tts-1", "voice": name, "input": "x"}),
            ),
            ("/v1/embeddings", json!({"model": name, "input": "x"})),
            (
                "/v1/chat/completions",
                json!({"model": name, "messages": [{"role": "user", "content": "x"}]}),
            ),
        ] {
            kind.case(format!("{path}: {body}"), || {
                let reply = server.post(path, &body)?;
                ensure!((400..500).contains(&reply.status), "{}", reply.status);
                ensure!(!reply.text().contains("root:"), "the system's users");
                Ok(())
            });
        }
    }
    kind.finish()
}
