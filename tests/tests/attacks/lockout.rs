//! Guessing a password: from one address, and from ten thousand.
//!
//! What is promised: five failures from one address lock the account for it; fifty in an hour lock
//! it for every device that it does not know; sessions that live go on; the owner is told; and
//! nothing of this tells whether there is such an account.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::{Context, Result, bail, ensure};
use locutor_tests::Server;
use serde_json::{Value, json};

use crate::{
    accounts::{self, Person, Session},
    client::Client,
    outbox,
    tally::Kind,
};

/// Attempts from addresses that rotate.
const ATTEMPTS: usize = 10_000;

/// Attackers at the same time.
const ATTACKERS: usize = 16;

/// Failures that lock an account for unknown devices.
const ACCOUNT_LIMIT: usize = 50;

fn guess(email: &str, number: usize) -> Value {
    json!({"email": email, "password": format!("wrong-Guess-{number}-of-many")})
}

/// How many of the attempts were judged, and how many refused without a look.
fn attack(server: &Server, email: &str, progress: &AtomicUsize) -> Result<[usize; 2]> {
    let mut counts = [0, 0];
    loop {
        let number = progress.fetch_add(1, Ordering::Relaxed);
        if number >= ATTEMPTS {
            return Ok(counts);
        }
        let reply = Client::new(server).post("/auth/login", &guess(email, number))?;
        match reply.status {
            401 => counts[0] += 1,
            403 | 429 => counts[1] += 1,
            other => bail!("attempt {number}: {other}: {}", reply.text()),
        }
    }
}

/// The whole attack, and what the victim's live session met meanwhile.
fn rotate(server: &Server, victim: &Person, live: &Session) -> Result<[usize; 2]> {
    let progress = AtomicUsize::new(0);
    thread::scope(|scope| {
        let attackers: Vec<_> = (0..ATTACKERS)
            .map(|_| scope.spawn(|| attack(server, &victim.email, &progress)))
            .collect();
        let client = live.client(server);
        while attackers.iter().any(|attacker| !attacker.is_finished()) {
            let reply = client.patient("GET", "/auth/me", None)?;
            reply.expect(200).context("the victim's session")?;
            thread::sleep(std::time::Duration::from_millis(200));
        }
        let mut sum = [0, 0];
        for attacker in attackers {
            let counts = attacker.join().unwrap_or_else(|_| bail!("panicked"))?;
            sum = [sum[0] + counts[0], sum[1] + counts[1]];
        }
        Ok(sum)
    })
}

#[test]
fn ten_thousand_addresses() -> Result<()> {
    let server = accounts::builder()?.start()?;
    let (victim, live) = Person::enter(&server)?;
    let mut kind = Kind::new("guesses from rotating addresses");
    let [judged, refused] = rotate(&server, &victim, &live)?;
    for number in 0..ATTEMPTS {
        kind.case(format!("attempt {number}"), || {
            // As many as are under way when the limit is reached may still be judged.
            let open = number >= ACCOUNT_LIMIT + ATTACKERS && number < judged;
            ensure!(!open, "judged; {judged} were, {refused} were not");
            Ok(())
        });
    }
    kind.case("the right password from an unknown device", || {
        let reply = Client::new(&server).post("/auth/login", &victim.credentials())?;
        ensure!(
            [401, 403, 429].contains(&reply.status),
            "{}: {}",
            reply.status,
            reply.text()
        );
        Ok(())
    });
    kind.case("the victim's session is renewed", || {
        accounts::refresh(&server, &live.refresh)?.expect(200)?;
        Ok(())
    });
    kind.case("the owner is told", || {
        outbox::mentions(&server, &victim.email, &["logins to your account failed"])
    });
    kind.case("others log in", || {
        Person::enter(&server)?;
        Ok(())
    });
    kind.finish()
}

#[test]
fn one_address() -> Result<()> {
    let server = accounts::builder()?.start()?;
    let (victim, live) = Person::enter(&server)?;
    let attacker = Client::new(&server);
    let mut kind = Kind::new("guesses from one address");
    for number in 0..20 {
        let reply = attacker.post("/auth/login", &guess(&victim.email, number))?;
        kind.case(format!("guess {number}"), || {
            let wanted = if number < 5 { 401 } else { 429 };
            ensure!(reply.status == wanted, "{}: {}", reply.status, reply.text());
            let wait: u64 = reply.header("retry-after").parse().unwrap_or(0);
            ensure!(number < 5 || wait > 60, "Retry-After: {wait}");
            Ok(())
        });
    }
    kind.case("the right password from there", || {
        let reply = attacker.post("/auth/login", &victim.credentials())?;
        ensure!(reply.status == 429, "{}: {}", reply.status, reply.text());
        Ok(())
    });
    kind.case("the owner elsewhere", || {
        victim.login(&server)?;
        live.client(&server).get("/auth/me")?.expect(200)?;
        Ok(())
    });
    kind.case("the owner is told", || {
        outbox::mentions(&server, &victim.email, &["failed logins"])
    });
    kind.finish()
}

/// Without what differs from reply to reply anyway.
fn outline(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        for name in ["instance", "request_id", "trace_id"] {
            fields.remove(name);
        }
    }
    body
}

/// The same requests about an account that is there and one that is not, told apart by nothing.
#[test]
fn whether_an_account_exists() -> Result<()> {
    let server = accounts::builder()?.start()?;
    let victim = Person::register(&server)?;
    let nobody = Person::new();
    let [there, missing] = [Client::new(&server), Client::new(&server)];
    let mut kind = Kind::new("whether an account exists");
    let mut compare = |path: &str, body: &dyn Fn(&Person) -> Value| -> Result<()> {
        let one = there.post(path, &body(&victim))?;
        let other = missing.post(path, &body(&nobody))?;
        kind.case(path, || {
            ensure!(
                one.status == other.status,
                "{} and {}",
                one.status,
                other.status
            );
            let [one, other] = [one, other].map(|reply| reply.json().map_or(Value::Null, outline));
            let text = |value: &Value, person: &Person| {
                let text = value.to_string().replace(&person.email, "");
                // Seconds to wait may differ by one.
                text.replace(|character: char| character.is_ascii_digit(), "")
            };
            ensure!(
                text(&one, &victim) == text(&other, &nobody),
                "{one} and {other}"
            );
            Ok(())
        });
        Ok(())
    };
    for number in 0..8 {
        compare("/auth/login", &|person| guess(&person.email, number))?;
    }
    for path in ["/auth/password/forgot", "/auth/verify-email/resend"] {
        compare(path, &|person| json!({"email": person.email}))?;
    }
    compare(
        "/auth/register",
        &|person| json!({"email": person.email, "password": "crimson-Anchor-58-drifts-North", "name": "A Person"}),
    )?;
    kind.finish()
}
