//! The mail server goes away: people go on registering, and get their mails when it is back.

use std::{
    collections::HashMap,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use locutor_tests::{Server, accounts::Person};

use super::{AWAY, PATIENCE};
use crate::{audited, builder, healthy, mail_server::MailServer, readiness, report};

/// Who registers before, during and after the outage, at even intervals.
const BEFORE: usize = 3;
const DURING: u32 = 10;
const AFTER: usize = 3;

/// A mail that failed is tried again after 5, 10 and 20 seconds at most: so long the last of these waits may
/// still be when the server is back, and two busy cores may add to it.
const DELIVERY: Duration = Duration::from_secs(45);

/// Registers, quickly.
fn apply(server: &Server) -> Result<Person> {
    let started = Instant::now();
    let person = Person::apply(server)?;
    let took = started.elapsed();
    ensure!(took < PATIENCE, "registering took {took:?}");
    Ok(person)
}

fn several(server: &Server, count: usize) -> Result<Vec<Person>> {
    (0..count).map(|_| apply(server)).collect()
}

/// The tokens that arrived, by address: as many as mails.
fn arrived(mails: &MailServer) -> HashMap<String, Vec<String>> {
    let mut tokens = HashMap::<_, Vec<_>>::new();
    for message in mails.messages() {
        let token = message.token().unwrap_or_default().to_owned();
        let address = message.header("to").trim_matches(['<', '>']).to_owned();
        let address = address.rsplit('<').next().map(str::to_owned);
        tokens
            .entry(address.unwrap_or_default())
            .or_default()
            .push(token);
    }
    tokens
}

fn wait_for_all(mails: &MailServer, people: &[Person]) -> Result<HashMap<String, Vec<String>>> {
    let started = Instant::now();
    loop {
        let tokens = arrived(mails);
        let missing = people
            .iter()
            .filter(|person| !tokens.contains_key(&person.email));
        let missing = missing.count();
        if missing == 0 {
            return Ok(tokens);
        }
        ensure!(
            started.elapsed() < DELIVERY,
            "{missing} of {} mails are missing {DELIVERY:?} after the outage",
            people.len()
        );
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn mails_wait_for_their_server() -> Result<()> {
    let mut mails = MailServer::start(Duration::ZERO)?;
    let mut builder = builder()?;
    for (name, value) in mails.environment() {
        builder = builder.environment(name, &value);
    }
    let server = builder.start()?;
    let mut people = several(&server, BEFORE)?;
    mails.stop()?;
    for _ in 0..DURING {
        let started = Instant::now();
        people.push(apply(&server)?);
        let answer = readiness::ask(&server);
        ensure!(answer.status == 200, "unready without mail: {answer:?}");
        thread::sleep((AWAY / DURING).saturating_sub(started.elapsed()));
    }
    mails.resume()?;
    let back = Instant::now();
    people.extend(several(&server, AFTER)?);
    let tokens = wait_for_all(&mails, &people)?;
    let took = back.elapsed();
    healthy(&server)?;
    for person in &people {
        let tokens = tokens.get(&person.email).context("no mail")?;
        Person::verify(&server, tokens.first().context("no token")?)?;
        person.login(&server)?;
    }
    audited(server.folder())?;
    let messages = tokens.values().map(Vec::len).sum::<usize>();
    report(format!(
        "mail server away for {} s: {} people registered, {messages} mails, the last {:.1} s after \
         it was back",
        AWAY.as_secs(),
        people.len(),
        took.as_secs_f64()
    ));
    Ok(())
}
