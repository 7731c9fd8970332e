//! Two servers on one PostgreSQL and one Redis, with one secret: what is done at one holds at the other.

use std::{
    collections::HashSet,
    env,
    sync::Arc,
    thread::{self, ScopedJoinHandle},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, anyhow, ensure};
use jiff::Timestamp;
use locutor_tests::{
    Database, Reply, Server,
    accounts::{self, Person, Session},
    client::{Client, fresh_address},
    database,
};
use serde_json::{Value, json};

use crate::{builder, healthy, not_tested, report};

/// What everything signed is derived from.
const SECRET: &str = "one-secret-for-all-processes-of-the-tests";

/// Within this time a session that ended at one is refused by the other: five seconds, and some more on
/// a machine that is busy.
const LOGOUT: Duration = Duration::from_secs(10);

/// Within this time access rules that changed at one hold at the other: ten seconds, and some more.
const RULES: Duration = Duration::from_secs(20);

/// Uses of mailed tokens that an address has in an hour.
const TOKENS: usize = 6;

/// As many refreshes race.
const RACERS: usize = 16;

/// How often the clock of the schedules is moved.
const FIRINGS: usize = 3;

/// Schedules that come due by themselves within this time are left out.
const UNDISTURBED: Duration = Duration::from_mins(3);

struct Pair {
    here: Server,
    there: Server,
}

impl Pair {
    /// Two servers, as different machines would run them; what differs is only the data folder.
    fn start() -> Result<Self> {
        let settings = || -> Result<_> {
            Ok(builder()?
                .environment("LOCUTOR_AUTH__SECRET", SECRET)
                .environment("LOCUTOR_RATE_LIMITS__TOKEN", &format!("{TOKENS}/hour")))
        };
        let here = settings()?.database(Database::Postgres)?.start()?;
        let other = Arc::new(here.folder().beside()?);
        // Either of them may write a mail; the tests look here.
        let outbox = here.folder().path().join("outbox");
        let there = settings()?
            .folder(&other)
            .environment("LOCUTOR_MAIL__FOLDER", &outbox.display().to_string())
            .start()?;
        Ok(Self { here, there })
    }

    fn both(&self) -> [&Server; 2] {
        [&self.here, &self.there]
    }

    /// Now one, now the other.
    fn turn(&self, number: usize) -> &Server {
        self.both()[number % 2]
    }
}

/// Waits until it is so; gives how long that took.
fn wait_until(limit: Duration, mut so: impl FnMut() -> Result<bool>) -> Result<Duration> {
    let started = Instant::now();
    while !so()? {
        ensure!(started.elapsed() < limit, "not so after {limit:?}");
        thread::sleep(Duration::from_millis(50));
    }
    Ok(started.elapsed())
}

/// Whoever logged in at one is known at the other; whoever logged out at one is not for long.
fn sessions(pair: &Pair) -> Result<()> {
    let (person, session) = Person::enter(&pair.here)?;
    for server in pair.both() {
        session.client(server).get("/auth/me")?.expect(200)?;
    }
    let reply = session
        .client(&pair.here)
        .post("/auth/logout", &json!({}))?;
    reply.expect(204)?;
    let at_once = session.client(&pair.here).get("/auth/me")?;
    ensure!(at_once.status == 401, "{}", at_once.text());
    let refreshed = accounts::refresh(&pair.there, &session.refresh)?;
    ensure!(refreshed.status == 401, "{}", refreshed.text());
    let gone = || Ok(session.client(&pair.there).get("/auth/me")?.status == 401);
    let took = wait_until(LOGOUT, gone).context("logged out, and still in at the other")?;
    person.login(&pair.there)?;
    report(format!(
        "two processes: a logout holds at the other after {:.1} s",
        took.as_secs_f64()
    ));
    Ok(())
}

/// Uses a token at both at the same time.
fn race(pair: &Pair, token: &str) -> Result<Vec<Reply>> {
    let start = std::sync::Barrier::new(RACERS);
    thread::scope(|scope| {
        let start = &start;
        let racers: Vec<_> = (0..RACERS)
            .map(|number| {
                scope.spawn(move || {
                    start.wait();
                    accounts::refresh(pair.turn(number), token)
                })
            })
            .collect();
        let replies = racers.into_iter().map(ScopedJoinHandle::join);
        replies
            .map(|reply| reply.map_err(|_| anyhow!("a racer panicked"))?)
            .collect()
    })
}

/// Whoever wins, there is one child, and it works at both.
fn refresh_races(pair: &Pair) -> Result<()> {
    let mut won = 0;
    for round in 0..4 {
        let session = Person::register(&pair.here)?.login(pair.turn(round))?;
        let mut children = HashSet::new();
        for reply in race(pair, &session.refresh)? {
            if reply.status == 200 {
                children.insert(Session::of(&reply)?.refresh);
                won += 1;
            } else {
                ensure!(reply.status < 500, "{}: {}", reply.status, reply.text());
            }
        }
        ensure!(children.len() == 1, "{} children", children.len());
        let child = children.iter().next().context("a child")?;
        accounts::refresh(pair.turn(round + 1), child)?.expect(200)?;
    }
    report(format!(
        "two processes: 4 races of {RACERS} refreshes, {won} answered, one child each"
    ));
    Ok(())
}

/// A rule that is added and removed at one holds at both.
fn access_rules(pair: &Pair) -> Result<()> {
    let session = Person::enter(&pair.here)?.1;
    let status = |server: &Server| -> Result<u16> {
        let client = Client::bare(server).header("x-forwarded-for", "203.0.113.7");
        Ok(client.bearer(&session.access).get("/documents")?.status)
    };
    ensure!(status(&pair.here)? == 200 && status(&pair.there)? == 200);
    let rule = json!({"group": "documents", "effect": "deny", "network": "203.0.113.0/24"});
    let added = pair.here.post("/admin/access-rules", &rule)?.expect(201)?;
    ensure!(status(&pair.here)? == 403, "not in force at once");
    let added = added.json()?;
    let denied = wait_until(RULES, || Ok(status(&pair.there)? == 403))?;
    let path = format!(
        "/admin/access-rules/{}",
        added["id"].as_str().context("id")?
    );
    pair.there.delete(&path)?.expect(204)?;
    ensure!(status(&pair.there)? == 200, "still in force");
    let allowed = wait_until(RULES, || Ok(status(&pair.here)? == 200))?;
    report(format!(
        "two processes: an access rule holds at the other after {:.1} s, its removal after {:.1} s",
        denied.as_secs_f64(),
        allowed.as_secs_f64()
    ));
    Ok(())
}

/// What an address uses up at one is missing at the other.
fn rate_limits(pair: &Pair) -> Result<()> {
    let address = fresh_address();
    let body = json!({"token": "no-token-of-anybody"});
    let mut statuses = Vec::new();
    for number in 0..TOKENS + 2 {
        let client = Client::bare(pair.turn(number)).header("x-forwarded-for", &address);
        statuses.push(client.post("/auth/verify-email", &body)?.status);
    }
    let (granted, refused) = statuses.split_at(TOKENS);
    ensure!(granted.iter().all(|status| *status == 422), "{statuses:?}");
    ensure!(refused.iter().all(|status| *status == 429), "{statuses:?}");
    Ok(())
}

/// Jobs of a schedule so far.
fn fired(pair: &Pair, kind: &str) -> Result<usize> {
    let path = format!("/admin/jobs?limit=200&kind={kind}");
    let page = pair.there.get(&path)?.expect(200)?.json()?;
    let jobs = page["data"].as_array().context("data")?;
    let unfinished = jobs.iter().any(|job| job["state"] != "done");
    ensure!(jobs.len() < 200, "too many jobs: {}", jobs.len());
    // What still runs would stand for the next time too.
    Ok(if unfinished { 0 } else { jobs.len() })
}

/// Whether a schedule does not come due by itself during the test.
fn undisturbed(schedule: &Value) -> bool {
    let next = schedule["next_at"].as_str();
    let next = next.and_then(|text| text.parse::<Timestamp>().ok());
    next.is_some_and(|next| next.duration_since(Timestamp::now()).unsigned_abs() > UNDISTURBED)
}

/// A schedule that comes due queues one job, however many processes look.
fn schedules(pair: &Pair) -> Result<()> {
    let settings = pair.here.folder().environment();
    let url = settings
        .iter()
        .find(|(name, _)| name == "LOCUTOR_DATABASE__URL");
    let url = &url.context("a database")?.1;
    let list = pair.here.get("/admin/schedules")?.expect(200)?.json()?;
    let list = list["data"].as_array().context("data")?;
    ensure!(!list.is_empty(), "no schedules");
    let kinds = list.iter().filter(|schedule| undisturbed(schedule));
    let kinds = kinds.filter_map(|schedule| schedule["kind"].as_str());
    let kinds: Vec<_> = kinds.collect();
    ensure!(!kinds.is_empty(), "all schedules come due now");
    let before = kinds.iter().map(|kind| fired(pair, kind));
    let before = before.collect::<Result<Vec<_>>>()?;
    for round in 1..=FIRINGS {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        database::statement(url, &format!("UPDATE schedule SET next_at = {now}"))?;
        for (kind, before) in kinds.iter().zip(&before) {
            let wanted = before + round;
            wait_until(Duration::from_secs(20), || Ok(fired(pair, kind)? >= wanted))
                .with_context(|| format!("{kind} does not fire"))?;
        }
        // Time for another process to fire it once more.
        thread::sleep(Duration::from_millis(2500));
        for (kind, before) in kinds.iter().zip(&before) {
            let fired = fired(pair, kind)?;
            ensure!(fired == before + round, "{kind}: {fired} for {round} times");
        }
    }
    report(format!(
        "two processes: {} schedules came due {FIRINGS} times each and fired once each time",
        kinds.len()
    ));
    Ok(())
}

#[test]
fn what_is_done_at_one_holds_at_the_other() -> Result<()> {
    let missing = ["LOCUTOR_TEST_POSTGRES", "LOCUTOR_TEST_REDIS"]
        .iter()
        .any(|name| env::var_os(name).is_none());
    if missing {
        return not_tested("two processes", "run this with `.ci/services -- COMMAND`");
    }
    let pair = Pair::start()?;
    rate_limits(&pair).context("rate limits")?;
    sessions(&pair).context("sessions")?;
    refresh_races(&pair).context("refresh races")?;
    access_rules(&pair).context("access rules")?;
    schedules(&pair).context("schedules")?;
    healthy(&pair.here)?;
    healthy(&pair.there)
}
