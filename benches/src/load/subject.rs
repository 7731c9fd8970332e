//! The server that is measured: ten documents, a person who is logged in, and no limits of rates.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use locutor_tests::Server;
use serde_json::{Value, json};

use super::{Route, bare::Bare};

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "plum harbour quiet lantern";
const DOCUMENTS: usize = 10;

/// Mail is sent by a job, which a busy machine may do late.
const DELIVERY: Duration = Duration::from_mins(1);

/// A running server.
pub struct Subject {
    server: Server,
    token: String,
}

impl Subject {
    /// Starts it on an empty folder and fills it.
    ///
    /// # Errors
    /// When the binary was not built, or the server refuses something.
    pub fn start() -> Result<Self> {
        let server = Server::builder()?
            .environment("LOCUTOR_RATE_LIMITS__USER", "off")
            .environment("LOCUTOR_AUTH__ACCESS_SECONDS", "3600")
            .start()?;
        for number in 1..=DOCUMENTS {
            let text = format!("Boat {number} leaves for the island in the morning.");
            let document = json!({"title": format!("Boat {number}"), "text": text});
            server.post("/documents", &document)?.expect(201)?;
        }
        register(&server)?;
        let token = log_in(&server)?;
        Ok(Self { server, token })
    }

    /// Logs in once more, and gives the access token.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn log_in(&self) -> Result<String> {
        log_in(&self.server)
    }

    /// The server's log so far.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn log(&self) -> Result<String> {
        self.server.log()
    }

    /// The most memory of the process in bytes right now.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn memory(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.server.id());
        let text = fs::read_to_string(path).context("the server is gone")?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.context("no VmRSS")?.parse::<u64>()? << 10)
    }

    /// Where one logs in.
    pub fn login_url(&self) -> String {
        format!("{}/auth/login", self.server.address())
    }

    /// What one logs in with.
    pub fn credentials(&self) -> String {
        credentials().to_string()
    }

    /// The routes, and the bare server for bodies of their sizes.
    ///
    /// # Errors
    /// When a route does not reply with 200, or the bare server does not start.
    pub fn routes(&self) -> Result<(Vec<Route>, Bare)> {
        let (key, token) = (self.server.key(), self.token.as_str());
        let asked = [
            ("GET /v1/models", "/v1/models", key),
            ("GET /documents, ten", "/documents?limit=10", key),
            ("GET /auth/me", "/auth/me", token),
        ];
        let mut routes = Vec::new();
        for (name, path, credential) in asked {
            let reply = self
                .server
                .request_as(Some(credential), "GET", path, "", Vec::new())?;
            routes.push(Route {
                name,
                url: format!("{}{path}", self.server.address()),
                authorization: format!("Bearer {credential}"),
                bytes: reply.expect(200)?.body.len(),
                bare: String::new(),
            });
        }
        let bare = Bare::start(&routes.iter().map(|route| route.bytes).collect::<Vec<_>>())?;
        for route in &mut routes {
            route.bare = bare.url(route.bytes);
        }
        Ok((routes, bare))
    }
}

fn credentials() -> Value {
    json!({"email": EMAIL, "password": PASSWORD})
}

fn log_in(server: &Server) -> Result<String> {
    let reply = post(server, "/auth/login", &credentials())?;
    let token = reply["access_token"].as_str();
    Ok(token.context("a login gives a token")?.to_owned())
}

fn register(server: &Server) -> Result<()> {
    let person = json!({"email": EMAIL, "password": PASSWORD, "name": "Ada"});
    post(server, "/auth/register", &person)?;
    let started = Instant::now();
    while started.elapsed() < DELIVERY {
        if let Some(token) = mailed_token(server)? {
            post(server, "/auth/verify-email", &json!({"token": token}))?;
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    bail!("the server mailed no token within {DELIVERY:?}")
}

fn post(server: &Server, path: &str, body: &Value) -> Result<Value> {
    let body = serde_json::to_vec(body)?;
    let reply = server.request_as(None, "POST", path, "application/json", body)?;
    if !(200..300).contains(&reply.status) {
        bail!("{path}: {} {}", reply.status, reply.text());
    }
    reply.json()
}

/// The token in the only message of the outbox, once it is there.
fn mailed_token(server: &Server) -> Result<Option<String>> {
    let folder = server.folder().path().join("outbox");
    let Ok(mut entries) = fs::read_dir(folder) else {
        return Ok(None);
    };
    let message = entries.find_map(|entry| {
        Some(entry.ok()?.path()).filter(|path| path.extension().is_some_and(|end| end == "eml"))
    });
    let Some(path) = message else {
        return Ok(None);
    };
    Ok(token_in(&fs::read_to_string(path)?))
}

/// Quoted-printable breaks long lines with a `=` at their end.
fn token_in(message: &str) -> Option<String> {
    let whole = message
        .replace("=\r\n", "")
        .replace("=\n", "")
        .replace("=3D", "=");
    let (_, rest) = whole.split_once("token=")?;
    let plain = |letter: &char| letter.is_ascii_alphanumeric() || "-_".contains(*letter);
    let token: String = rest.chars().take_while(plain).collect();
    (!token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_across_broken_lines() {
        let message = "see\r\nhttp://127.0.0.1/verify#token=3DAaIV0=\r\nFv7p-_1\r\n\r\nThe link";
        assert_eq!(token_in(message).as_deref(), Some("AaIV0Fv7p-_1"));
        assert_eq!(token_in("no link"), None);
    }
}
