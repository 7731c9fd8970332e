//! Requests that are too large, too deep, too many-headed or too slow.

use std::{
    io::{ErrorKind, Read, Write},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use locutor_tests::Server;

use crate::{
    accounts::{self, Session},
    client::Client,
    raw, routes,
    tally::Kind,
};

/// More than any route takes.
const OVERSIZE: usize = 101 << 20;

/// A client that sends this slowly is cut off.
const SLOWEST: Duration = Duration::from_secs(90);

/// Whoever had to wait for one of the slow would wait longer than this, also on a machine that is busy.
const PROMPT: Duration = Duration::from_secs(5);

/// Refused with a status that fits, and still there.
fn survived(server: &Server, reply: &str, fitting: &[u16]) -> Result<()> {
    let status = raw::status(reply);
    let head = reply.lines().next().unwrap_or_default();
    ensure!(fitting.contains(&status), "{head:?}");
    Client::new(server).get("/health/live")?.expect(200)?;
    Ok(())
}

/// A route, with a head that carries a credential for it.
fn heads(server: &Server, session: &Session) -> Result<Vec<(String, String)>> {
    let mut heads = Vec::new();
    for operation in routes::all(server)? {
        if operation.body.is_none() || operation.ends_the_session() {
            continue;
        }
        let path = operation.path_with(|_| "01890a5d-ac96-774b-bcce-b302099a8057".to_owned());
        let token = if path.starts_with("/auth") || path.starts_with("/organisations") {
            &session.access
        } else {
            server.key()
        };
        let address = crate::client::fresh_address();
        let headers = format!(
            "Authorization: Bearer {token}\r\nContent-Type: application/json\r\nX-Forwarded-For: {address}\r\n"
        );
        heads.push((format!("{} {path}", operation.method), headers));
    }
    ensure!(!heads.is_empty(), "no route takes JSON");
    Ok(heads)
}

fn bodies() -> Vec<(&'static str, String)> {
    let deep = 50_000;
    vec![
        ("deep arrays", "[".repeat(deep) + &"]".repeat(deep)),
        (
            "deep objects",
            "{\"a\":".repeat(deep) + "1" + &"}".repeat(deep),
        ),
        ("unclosed arrays", "[".repeat(deep)),
        (
            "a number of many digits",
            format!("{{\"name\":1{}}}", "0".repeat(deep)),
        ),
        ("a number out of range", "{\"name\":1e999999}".to_owned()),
        (
            "many fields",
            format!(
                "{{{}\"z\":1}}",
                (0..10_000)
                    .map(|n| format!("\"f{n}\":{n},"))
                    .collect::<Vec<_>>()
                    .concat()
            ),
        ),
        (
            "a field named twice",
            "{\"name\":\"a\",\"name\":\"b\",\"title\":\"a\",\"title\":\"b\"}".to_owned(),
        ),
        ("a broken escape", "{\"name\":\"\\ud800\"}".to_owned()),
        ("a zero byte", "{\"name\":\"a\0b\"}".to_owned()),
    ]
}

#[test]
fn hostile_bodies_on_every_route() -> Result<()> {
    let server = accounts::server()?;
    let (_, session) = accounts::Person::enter(&server)?;
    let mut kind = Kind::new("hostile bodies");
    for (line, headers) in heads(&server, &session)? {
        for (name, body) in bodies() {
            let headers = format!("{headers}Content-Length: {}\r\n", body.len());
            let reply = raw::exchange(&server, &raw::request(&line, &headers, &body))?;
            kind.case(format!("{line}: {name}"), || {
                survived(&server, &reply, &[400, 401, 403, 404, 413, 415, 422, 429])
            });
        }
    }
    kind.finish()
}

#[test]
fn oversize_bodies_on_every_route() -> Result<()> {
    let server = accounts::server()?;
    let (_, session) = accounts::Person::enter(&server)?;
    let mut kind = Kind::new("oversize bodies");
    // The server answers once it has read what it refuses, so all of it is sent.
    let whole = " ".repeat(OVERSIZE);
    let piece = format!("{:x}\r\n{}\r\n", 1 << 20, " ".repeat(1 << 20));
    let pieces = piece.repeat(OVERSIZE >> 20) + "0\r\n\r\n";
    for (line, headers) in heads(&server, &session)? {
        let announced = format!("{headers}Content-Length: {OVERSIZE}\r\n");
        let reply = raw::exchange(&server, &raw::request(&line, &announced, &whole))?;
        kind.case(format!("{line}: announced"), || {
            survived(&server, &reply, &[413, 401, 403, 404, 429])
        });
        let chunked = format!("{headers}Transfer-Encoding: chunked\r\n");
        let reply = raw::exchange(&server, &raw::request(&line, &chunked, &pieces))?;
        // A server that closes on a client that still writes may take its own reply with it.
        kind.case(format!("{line}: in pieces"), || {
            survived(&server, &reply, &[0, 413, 401, 403, 404, 429])
        });
    }
    kind.finish()
}

#[test]
fn hostile_heads() -> Result<()> {
    let server = accounts::server()?;
    let many: Vec<_> = (0..10_000)
        .map(|number| format!("X-H{number}: v\r\n"))
        .collect();
    let many = many.concat();
    let long = format!("X-Long: {}\r\n", "v".repeat(1 << 20));
    let path = format!("GET /health/live?{}", "q".repeat(1 << 20));
    let gzip = "Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n";
    let both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    let lengths = "Content-Length: 5\r\nContent-Length: 6\r\n";
    let smuggled = "0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    let live = "GET /health/live";
    let login = "POST /auth/login";
    let attacks = [
        ("many headers", raw::request(live, &many, "")),
        ("a long header", raw::request(live, &long, "")),
        ("a long path", raw::request(&path, "", "")),
        ("a packed body", raw::request(login, gzip, "{}")),
        (
            "two ways to end the body",
            raw::request(login, both, smuggled),
        ),
        ("two lengths", raw::request(login, lengths, "hello")),
        (
            "a negative length",
            raw::request(login, "Content-Length: -1\r\n", ""),
        ),
        (
            "a huge length",
            raw::request(login, "Content-Length: 99999999999999999999999\r\n", ""),
        ),
        (
            "an unknown coding",
            raw::request(login, "Transfer-Encoding: xchunked\r\n", smuggled),
        ),
        (
            "a bad piece",
            raw::request(login, "Transfer-Encoding: chunked\r\n", "ZZ\r\nabc"),
        ),
        (
            "a space before the colon",
            raw::request(live, "X-A : b\r\n", ""),
        ),
        (
            "a folded header",
            raw::request(live, "X-A: b\r\n c\r\n", ""),
        ),
        ("a zero byte", raw::request(live, "X-A: b\0c\r\n", "")),
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00".repeat(100)),
        ("no method", raw::request(" /health/live", "", "")),
    ];
    let mut kind = Kind::new("hostile heads");
    for (name, bytes) in attacks {
        let reply = raw::exchange(&server, &bytes)?;
        kind.case(name, || {
            survived(
                &server,
                &reply,
                &[0, 400, 401, 413, 414, 415, 429, 431, 501],
            )
        });
        kind.case(format!("{name}: one reply"), || {
            ensure!(
                reply.matches("HTTP/1.1 ").count() <= 1,
                "a second request was read"
            );
            Ok(())
        });
    }
    kind.finish()
}

/// Sends a piece every second until the server ends the connection.
fn trickle(server: &Server, head: &[u8], piece: &[u8]) -> Result<()> {
    let mut stream = raw::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(head)?;
    let started = Instant::now();
    let mut reply = [0; 4096];
    while started.elapsed() < SLOWEST {
        if stream.write_all(piece).is_err() {
            return Ok(());
        }
        // Answered or cut off: both are an end.
        let outcome = stream.read(&mut reply).map_err(|error| error.kind());
        if !matches!(outcome, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)) {
            return Ok(());
        }
    }
    bail!("it may go on after {SLOWEST:?}")
}

#[test]
fn slow_clients() -> Result<()> {
    let server = accounts::builder()?.start()?;
    let body = format!(
        "POST /documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n",
        server.key()
    );
    let login = "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n";
    let kinds: [(&str, &str, &[u8]); 3] = [
        (
            "a slow head",
            "GET /health/live HTTP/1.1\r\nHost: x\r\n",
            b"X-A: b\r\n",
        ),
        ("a slow body", &body, b" "),
        ("a slow body of a stranger", login, b" "),
    ];
    let mut kind = Kind::new("slow clients");
    thread::scope(|scope| {
        let slow: Vec<_> = kinds
            .iter()
            .flat_map(|entry| std::iter::repeat_n(entry, 40))
            .map(|&(name, head, piece)| {
                let server = &server;
                (
                    name,
                    scope.spawn(move || trickle(server, head.as_bytes(), piece)),
                )
            })
            .collect();
        // Meanwhile the others are served.
        thread::sleep(Duration::from_secs(3));
        for _ in 0..20 {
            kind.case("a quick client beside them", || {
                let started = Instant::now();
                Client::new(&server).get("/health/live")?.expect(200)?;
                let took = started.elapsed();
                ensure!(took < PROMPT, "{took:?}");
                Ok(())
            });
        }
        for (name, client) in slow {
            let outcome = client.join().unwrap_or_else(|_| bail!("panicked"));
            kind.judge(name, outcome);
        }
    });
    kind.finish()
}
