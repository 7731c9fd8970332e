//! Redis goes away, and hangs: nobody notices, but readiness tells.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use locutor_tests::accounts::Person;

use super::{AROUND, AWAY, RECOVERY};
use crate::{
    audited, builder, healthy,
    ledger::{self, Ledger},
    load::Load,
    not_tested,
    readiness::{self, Answer},
    redis::Redis,
    report,
};

/// The server notices within this time; in the meantime it may still say `ok`.
const NOTICE: Duration = Duration::from_secs(1);

/// When it went and when it was back.
struct Outage {
    gone: Instant,
    back: Instant,
}

/// Away for ten seconds, then hanging for five.
fn outages(redis: &mut Redis) -> Result<[Outage; 2]> {
    thread::sleep(AROUND);
    redis.stop()?;
    let gone = Instant::now();
    thread::sleep(AWAY);
    let stopped = Outage {
        gone,
        back: Instant::now(),
    };
    redis.resume()?;
    thread::sleep(RECOVERY);
    redis.freeze()?;
    let gone = Instant::now();
    thread::sleep(AWAY / 2);
    let frozen = Outage {
        gone,
        back: Instant::now(),
    };
    redis.thaw()?;
    thread::sleep(RECOVERY);
    Ok([stopped, frozen])
}

/// Always ready; `away` while it is, `ok` soon after it is back. Gives how soon.
fn told_the_truth(answers: &[Answer], outage: &Outage) -> Result<Duration> {
    for answer in answers {
        ensure!(answer.status == 200, "unready: {answer:?}");
    }
    let meanwhile = readiness::between(answers, outage.gone + NOTICE, outage.back);
    ensure!(!meanwhile.is_empty(), "no answer while Redis was away");
    for answer in meanwhile {
        ensure!(answer.redis == "away", "{answer:?}");
    }
    let found = |answer: &&Answer| answer.asked > outage.back && answer.redis == "ok";
    let first = answers.iter().find(found);
    let took = first.map_or(RECOVERY, |answer| answer.answered - outage.back);
    ensure!(took < RECOVERY, "not found again within {RECOVERY:?}");
    Ok(took)
}

#[test]
fn nobody_notices_that_redis_is_away() -> Result<()> {
    let Some(mut redis) = Redis::start()? else {
        return not_tested("an outage of Redis", "it is not installed");
    };
    // Its own, whatever the tests share: so in a database of its own too.
    let builder = builder()?.environment("LOCUTOR_REDIS__URL", &redis.url());
    let server = builder.start()?;
    let (_, session) = Person::enter(&server)?;
    let ledger = Ledger::default();
    let load = Load {
        server: &server,
        session: &session,
        ledger: &ledger,
    };
    let watched = || readiness::during(&server, || outages(&mut redis));
    let (outages, answers) = load.during(watched)?;
    healthy(&server)?;
    let refusals = ledger::summary(&ledger.refusals());
    let count = ledger.check(&server, &session)?;
    audited(server.folder())?;
    let [stopped, frozen] = outages;
    let stopped = told_the_truth(&answers, &stopped)?;
    let frozen = told_the_truth(&answers, &frozen)?;
    report(format!(
        "Redis away for {} s and hanging for {} s: {count}; {refusals}; found again after {:.1} s \
         and {:.1} s",
        AWAY.as_secs(),
        AWAY.as_secs() / 2,
        stopped.as_secs_f64(),
        frozen.as_secs_f64()
    ));
    ensure!(ledger.refusals().is_empty(), "{refusals}");
    Ok(())
}
