//! A real browser that is logged in with cookies visits a page of somebody else, which sends
//! requests to the server in every way a page can. `clients/csrf.py` drives the browser and prints a
//! line of JSON for each attack.

use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use locutor_tests::process;
use serde::Deserialize;

use crate::{
    accounts::{self, Person},
    client::Client,
    tally::Kind,
};

/// What became of an attack.
#[derive(Debug, Deserialize)]
struct Outcome {
    case: String,
    refused: bool,
    detail: String,
}

#[test]
fn a_foreign_page_in_a_browser() -> Result<()> {
    let server = accounts::builder()?.start()?;
    let victim = Person::register(&server)?;
    let output = Command::new(process::python()?)
        .arg(locutor_tests::folder()?.join("clients/csrf.py"))
        .arg(server.address())
        .arg(&victim.email)
        .arg(&victim.password)
        .output()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{complaint}\n{}", server.log()?);
    let mut kind = Kind::new("requests of a foreign page");
    for line in String::from_utf8(output.stdout)?.lines() {
        let outcome: Outcome = serde_json::from_str(line).context(line.to_owned())?;
        kind.case(&outcome.case, || {
            ensure!(outcome.refused, "{}", outcome.detail);
            Ok(())
        });
    }
    kind.finish()
}

/// What a browser would not send, another client with a stolen cookie jar of habits might: requests
/// with the cookie that do not say where they come from, or say it wrongly.
#[test]
fn cookies_without_an_origin() -> Result<()> {
    let server = accounts::server()?;
    let person = Person::register(&server)?;
    let cookie = cookies(
        &Client::new(&server).header("sec-fetch-site", "same-origin"),
        &person,
    )?;
    let client = Client::new(&server).header("cookie", &cookie);
    let own = client
        .header("origin", server.address())
        .header("sec-fetch-site", "same-origin");
    let name = serde_json::json!({"name": "Renamed"});
    own.call("PATCH", "/auth/me", Some(&name))?
        .expect(200)
        .context("the page of the server itself")?;
    let host = server.address().trim_start_matches("http://");
    let origins: Vec<(String, Vec<(&str, String)>)> = vec![
        ("nothing".to_owned(), vec![]),
        (
            "Origin: null".to_owned(),
            vec![("origin", "null".to_owned())],
        ),
        (
            "an empty Origin".to_owned(),
            vec![("origin", String::new())],
        ),
        (
            "another port".to_owned(),
            vec![("origin", "http://127.0.0.1:1".to_owned())],
        ),
        (
            "another scheme".to_owned(),
            vec![("origin", format!("ftp://{host}"))],
        ),
        (
            "a longer name".to_owned(),
            vec![("origin", format!("http://{host}.example.com"))],
        ),
        (
            "user information".to_owned(),
            vec![("origin", format!("http://{host}@example.com"))],
        ),
        (
            "cross-site".to_owned(),
            vec![("sec-fetch-site", "cross-site".to_owned())],
        ),
        (
            "same-site".to_owned(),
            vec![("sec-fetch-site", "same-site".to_owned())],
        ),
        (
            "an unknown site".to_owned(),
            vec![("sec-fetch-site", "friendly".to_owned())],
        ),
        (
            "only a Referer".to_owned(),
            vec![("referer", format!("{}/docs/", server.address()))],
        ),
    ];
    let mut kind = Kind::new("cookies without an origin");
    for (label, headers) in origins {
        for (method, path) in [
            ("PATCH", "/auth/me"),
            ("POST", "/auth/logout-all"),
            ("POST", "/auth/api-keys"),
            ("DELETE", "/auth/me"),
        ] {
            let mut foreign = client.clone();
            for (name, value) in &headers {
                foreign = foreign.header(name, value);
            }
            let reply = foreign.patient(method, path, Some(&name))?;
            kind.case(format!("{method} {path}: {label}"), || {
                ensure!(reply.status == 403, "{}: {}", reply.status, reply.text());
                Ok(())
            });
        }
    }
    kind.case("the session afterwards", || {
        client.get("/auth/me")?.expect(200)?;
        Ok(())
    });
    kind.finish()
}

/// Logs in as a browser does and gives what it sends from then on.
fn cookies(client: &Client<'_>, person: &Person) -> Result<String> {
    let mut body = person.credentials();
    body[accounts::COOKIES] = serde_json::json!(true);
    let reply = client.post("/auth/login", &body)?.expect(200)?;
    let mut pairs = Vec::new();
    for cookie in reply.headers.get_all("set-cookie") {
        let cookie = cookie.to_str()?;
        for wanted in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            ensure!(cookie.contains(wanted), "no {wanted}: {cookie}");
        }
        ensure!(cookie.starts_with("__Host-"), "{cookie}");
        pairs.push(cookie.split(';').next().unwrap_or_default().to_owned());
    }
    if pairs.is_empty() {
        bail!("no cookie in the reply: {}", reply.text());
    }
    Ok(pairs.join("; "))
}
