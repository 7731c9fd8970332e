//! Text that means something to a database, a header, a log, a template or a page, in every text
//! field and parameter of every route.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use locutor_tests::{Reply, Server};
use serde_json::{Value, json};

use crate::{
    accounts::{self, Person, Session},
    client::Client,
    outbox,
    routes::{self, Operation},
    sample,
    tally::Kind,
};

/// No reply but the engine's takes this long, unless a database was made to sleep.
const ASLEEP: Duration = Duration::from_secs(15);

/// Attacks in text.
const PAYLOADS: [&str; 16] = [
    "'",
    "' OR '1'='1",
    "x' UNION SELECT NULL, NULL, NULL --",
    "'; DROP TABLE documents; --",
    "'; SELECT pg_sleep(20); --",
    "x' || (SELECT pg_sleep(20)) || '",
    "x' AND 1=(SELECT COUNT(*) FROM sqlite_master, sqlite_master, sqlite_master) --",
    "\\'; --",
    "%' OR id LIKE '%",
    "x\r\nX-Injected: yes\r\nSet-Cookie: injected=yes",
    "x\nBcc: injected@example.com",
    "x\r\n2026-01-01T00:00:00.000000Z ERROR injected-entry",
    "\u{1b}[2J\u{1b}[31minjected-colour",
    "{{ 'injected' ~ '-template' }}${7*7}<%= 7*7 %>",
    "<script>alert('injected')</script><img src=x onerror=alert(1)>",
    "\u{202e}\u{200b}\u{feff}\u{0}zero",
];

/// What only a database's own complaint says.
const COMPLAINTS: [&str; 9] = [
    "syntax error",
    "sqlstate",
    "sqlx",
    "sea_orm",
    "seaorm",
    "unrecognized token",
    "unterminated quoted",
    "no such column",
    "stack backtrace",
];

/// Somebody whose session is renewed when an attack ended it.
struct Attacker<'server> {
    server: &'server Server,
    session: Session,
}

impl Attacker<'_> {
    fn client(&self, operation: &Operation) -> Client<'_> {
        let personal = ["/auth", "/organisations", "/invitations"];
        if personal
            .iter()
            .any(|start| operation.path.starts_with(start))
        {
            self.session.client(self.server)
        } else {
            Client::new(self.server).bearer(self.server.key())
        }
    }

    fn renew(&mut self) -> Result<()> {
        let reply = self.session.client(self.server).get("/auth/me")?;
        if reply.status == 401 {
            self.session = Person::enter(self.server)?.1;
        }
        Ok(())
    }
}

fn judge(operation: &Operation, reply: &Reply, took: Duration) -> Result<()> {
    ensure!(reply.status < 500, "{}: {}", reply.status, reply.text());
    for name in ["x-injected", "bcc"] {
        ensure!(reply.headers.get(name).is_none(), "a header of ours");
    }
    ensure!(
        !reply.header("set-cookie").contains("injected"),
        "a cookie of ours"
    );
    let text = reply.text().to_lowercase();
    for complaint in COMPLAINTS {
        ensure!(!text.contains(complaint), "the database complains: {text}");
    }
    ensure!(!text.contains("injected-template"), "a template was run");
    let page = reply.header("content-type").starts_with("text/html");
    ensure!(
        !(page && text.contains("<script>alert(")),
        "a script in a page"
    );
    let engine = operation.path.starts_with("/v1");
    ensure!(engine || took < ASLEEP, "it took {took:?}");
    Ok(())
}

/// For a path or query: everything but plain letters and digits is escaped.
fn escaped(text: &str) -> String {
    let bytes: Vec<_> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    bytes.concat()
}

/// Every place of the operation that takes text, as a path and a body with the payload there.
fn places(operation: &Operation, payload: &str) -> Vec<(String, String, Option<Value>)> {
    let known = |_: &str| "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
    let plain = operation.path_with(known);
    let mut places = Vec::new();
    for name in &operation.names {
        let path = operation.path_with(|other| {
            if other == name {
                escaped(payload)
            } else {
                known(other)
            }
        });
        places.push((format!("path {name}"), path, operation.body.clone()));
    }
    for name in &operation.query {
        let path = format!("{plain}?{name}={}", escaped(payload));
        places.push((format!("query {name}"), path, operation.body.clone()));
    }
    for pointer in operation.body.iter().flat_map(sample::texts) {
        let mut body = operation.body.clone();
        let field = body.as_mut().and_then(|body| body.pointer_mut(&pointer));
        if let Some(field) = field {
            *field = json!(payload);
        }
        places.push((format!("body {pointer}"), plain.clone(), body));
    }
    places
}

/// No line of the log begins with what an attacker wrote, and nothing in it commands a terminal.
fn log_is_clean(server: &Server) -> Result<()> {
    let log = server.log()?;
    for line in log.lines() {
        let forged =
            line.starts_with("2026-01-01T00:00:00.000000Z") || line.starts_with("X-Injected");
        ensure!(!forged, "a line of ours: {line}");
        ensure!(
            !line.contains("\u{1b}[2J"),
            "a command to the terminal: {line:?}"
        );
    }
    Ok(())
}

fn mail_is_clean(server: &Server) -> Result<()> {
    for message in outbox::all(server)? {
        let added = ["bcc", "x-injected"]
            .iter()
            .any(|name| !message.header(name).is_empty());
        ensure!(!added, "a header of ours: {:?}", message.headers);
        ensure!(
            !message.text.contains("injected-template"),
            "a template was run"
        );
    }
    Ok(())
}

#[test]
fn every_text_of_every_route() -> Result<()> {
    // A server of its own, whose log is all about these attacks.
    let server = accounts::builder()?.environment("NO_COLOR", "1").start()?;
    let (witness, session) = Person::enter(&server)?;
    let mut attacker = Attacker {
        server: &server,
        session: Person::enter(&server)?.1,
    };
    let mut kind = Kind::new("injection");
    for operation in routes::all(&server)? {
        attacker.renew()?;
        for payload in PAYLOADS {
            for (place, path, body) in places(&operation, payload) {
                let client = attacker.client(&operation);
                let outcome = client.timed(&operation.method, &path, body.as_ref());
                kind.case(format!("{operation}, {place}: {payload:?}"), || {
                    let (reply, took) = outcome?;
                    judge(&operation, &reply, took)
                });
            }
        }
    }
    kind.case("the log", || log_is_clean(&server));
    kind.case("the mail", || mail_is_clean(&server));
    kind.case("a witness", || {
        let me = session
            .client(&server)
            .get("/auth/me")?
            .expect(200)?
            .json()?;
        ensure!(me.to_string().contains(&witness.email), "{me}");
        server.get("/documents")?.expect(200)?;
        Ok(())
    });
    kind.finish()
}

/// Headers that the server reads, and may write to its log or its database.
#[test]
fn every_header_that_is_read() -> Result<()> {
    let server = accounts::builder()?.environment("NO_COLOR", "1").start()?;
    let session = Person::enter(&server)?.1;
    let mut kind = Kind::new("injection into headers");
    for name in [
        "user-agent",
        "x-request-id",
        "api-version",
        "accept-language",
        "accept",
        "x-forwarded-for",
        "origin",
        "referer",
        "if-none-match",
        "if-modified-since",
        "idempotency-key",
        "traceparent",
        "x-csrf-token",
        "cookie",
    ] {
        for payload in PAYLOADS {
            let payload: String = payload
                .chars()
                .filter(|character| !character.is_control() && character.is_ascii())
                .collect();
            for client in [session.client(&server), Client::new(&server)] {
                let started = Instant::now();
                let reply = client.header(name, &payload).get("/auth/me");
                kind.case(format!("{name}: {payload}"), || {
                    let reply = reply?;
                    ensure!(started.elapsed() < ASLEEP, "{:?}", started.elapsed());
                    match reply.status {
                        200 | 304 | 400 | 401 | 403 | 406 | 429 => Ok(()),
                        other => bail!("{other}: {}", reply.text()),
                    }
                });
            }
        }
    }
    kind.case("the log", || log_is_clean(&server));
    kind.finish()
}
