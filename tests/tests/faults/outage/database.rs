//! PostgreSQL goes away.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use locutor_tests::{DataFolder, accounts::Person};

use super::{AROUND, AWAY, PATIENCE, RECOVERY};
use crate::{
    audited, builder, healthy,
    ledger::{self, Ledger, Refusal},
    load::Load,
    not_tested,
    postgres::Postgres,
    readiness::{self, Answer},
    report,
};

/// An answer that was nearly ready when the database went may still come.
const NOTICE: Duration = Duration::from_secs(1);

/// When it went and when it was back.
struct Outage {
    gone: Instant,
    returning: Instant,
    back: Instant,
}

fn outage(postgres: &Postgres) -> Result<Outage> {
    thread::sleep(AROUND);
    postgres.stop()?;
    let gone = Instant::now();
    thread::sleep(AWAY);
    let returning = Instant::now();
    postgres.resume()?;
    let back = Instant::now();
    thread::sleep(RECOVERY + AROUND);
    Ok(Outage {
        gone,
        returning,
        back,
    })
}

/// Unready while it is away, and ready again soon after it is back; gives how soon.
fn told_the_truth(answers: &[Answer], outage: &Outage) -> Result<Duration> {
    let meanwhile = readiness::between(answers, outage.gone + NOTICE, outage.returning);
    ensure!(
        !meanwhile.is_empty(),
        "no answer while the database was away"
    );
    for answer in &meanwhile {
        ensure!(answer.status == 503, "ready without a database: {answer:?}");
        ensure!(answer.database != "ok", "{answer:?}");
    }
    for answer in answers {
        let took = answer.answered - answer.asked;
        ensure!(took < PATIENCE, "an answer after {took:?}");
    }
    let ready = |answer: &&Answer| answer.answered > outage.back && answer.status == 200;
    let first = answers.iter().find(ready).context("never ready again")?;
    let recovered = outage.back + RECOVERY;
    for answer in answers.iter().filter(|answer| answer.asked > recovered) {
        ensure!(answer.status == 200, "unready again: {answer:?}");
    }
    Ok(first.answered - outage.back)
}

/// Each is quick, says that it is the server's fault, and none comes once it has recovered.
fn refused_rightly(refusals: &[Refusal], outage: &Outage) -> Result<()> {
    for refusal in refusals {
        ensure!(refusal.status >= 500, "{refusal:?}");
        ensure!(refusal.took < PATIENCE, "{refusal:?}");
        ensure!(refusal.sent < outage.back + RECOVERY, "{refusal:?}");
    }
    Ok(())
}

/// Who is told 503 and when to come back can do so; 500 reads as a defect.
fn refused_as_documented(refusals: &[Refusal]) -> Result<()> {
    let wrong = refusals
        .iter()
        .filter(|refusal| refusal.status != 503 || refusal.retry_after.is_empty());
    let wrong: Vec<_> = wrong.cloned().collect();
    let summary = ledger::summary(&wrong);
    let example = wrong.first().map_or("", |refusal| refusal.text.as_str());
    ensure!(
        wrong.is_empty(),
        "not 503 with Retry-After: {summary}, e.g. {example}"
    );
    Ok(())
}

#[test]
fn the_server_outlives_its_database() -> Result<()> {
    let Some(postgres) = Postgres::start()? else {
        return not_tested("an outage of PostgreSQL", "it is not installed");
    };
    let folder = Arc::new(DataFolder::with(postgres.environment())?);
    let server = builder()?.folder(&folder).start()?;
    let (_, session) = Person::enter(&server)?;
    let ledger = Ledger::default();
    let load = Load {
        server: &server,
        session: &session,
        ledger: &ledger,
    };
    let watched = || readiness::during(&server, || outage(&postgres));
    let (outage, answers) = load.during(watched)?;
    healthy(&server)?;
    let refusals = ledger.refusals();
    let ready = told_the_truth(&answers, &outage)?;
    let slowest = answers.iter().map(|answer| answer.answered - answer.asked);
    let slowest = slowest.max().unwrap_or_default();
    let written = ledger.first_after(outage.back);
    let written = written.context("no write after the outage")? - outage.back;
    let count = ledger.check(&server, &session)?;
    audited(&folder)?;
    report(format!(
        "PostgreSQL away for {} s: {count}; meanwhile {}, readiness told within {:.1} s; back after its \
         start: ready {:.1} s, first write {:.1} s",
        AWAY.as_secs(),
        ledger::summary(&refusals),
        slowest.as_secs_f64(),
        ready.as_secs_f64(),
        written.as_secs_f64()
    ));
    ensure!(ready < RECOVERY, "ready only after {ready:?}");
    ensure!(written < RECOVERY, "first write only after {written:?}");
    refused_rightly(&refusals, &outage)?;
    refused_as_documented(&refusals)
}
