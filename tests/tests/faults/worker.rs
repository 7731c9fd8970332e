//! `locutor worker` killed in the middle of jobs: each job is done in the end, and its effects on the
//! database are there exactly once. Mails leave at least once: whoever is killed between handing a
//! mail over and writing that down hands it over again.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    env,
    fs::File,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use locutor_tests::{
    DataFolder, Database, Server, accounts::Person, client::Client, database, process,
};
use serde_json::{Value, json};

use crate::{audited, builder, healthy, mail_server::MailServer, not_tested, random, report};

/// Each has two jobs that make mails, and with them two mails.
const PEOPLE: usize = 24;

/// What the mail server takes for each mail: long enough to be killed in.
const MAIL: Duration = Duration::from_millis(300);

/// How often a worker is killed.
const KILLS: usize = 6;

/// Within this time a worker has begun a mail.
const WORK: Duration = Duration::from_secs(20);

/// Claims hold for 30 seconds; then another worker takes the jobs over.
const TAKE_OVER: Duration = Duration::from_secs(75);

/// A worker; killed when dropped.
struct Worker(Child);

impl Worker {
    fn start(folder: &DataFolder, mails: &MailServer) -> Result<Self> {
        let log = folder.scratch().join("worker.log");
        let log = File::options().create(true).append(true).open(log)?;
        let child = Command::new(process::binary()?)
            .args(["worker", "--data-dir"])
            .arg(folder.path())
            .envs(folder.environment().iter().cloned())
            .envs(mails.environment())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        Ok(Self(child))
    }
}

impl Drop for Worker {
    /// `SIGKILL`, so none can go on.
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// All jobs of a kind.
fn jobs(server: &Server, kind: &str) -> Result<Vec<Value>> {
    let path = format!("/admin/jobs?limit=200&kind={kind}");
    let page = server.get(&path)?.expect(200)?.json()?;
    ensure!(page["next"].is_null(), "more than a page of {kind}");
    Ok(page["data"].as_array().context("data")?.clone())
}

/// How many jobs are in each state.
fn states(jobs: &[Value]) -> BTreeMap<&str, usize> {
    let mut states = BTreeMap::new();
    for job in jobs {
        let state = job["state"].as_str().unwrap_or_default();
        *states.entry(state).or_default() += 1;
    }
    states
}

/// Mails that a worker has claimed and not yet sent.
fn running(server: &Server) -> Result<usize> {
    let mails = jobs(server, "mail.send")?;
    Ok(states(&mails).remove("running").unwrap_or_default())
}

/// Registers people who at once ask for their mail a second time.
fn register(server: &Server) -> Result<Vec<Person>> {
    let client = Client::new(server);
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        let person = Person::apply(server)?;
        let address = json!({"email": person.email});
        let again = client.post("/auth/verify-email/resend", &address)?;
        ensure!((200..300).contains(&again.status), "{}", again.text());
        people.push(person);
    }
    Ok(people)
}

/// Waits until every mail job is done; gives them.
fn wait_until_done(server: &Server) -> Result<Vec<Value>> {
    let started = Instant::now();
    loop {
        let mails = jobs(server, "mail.send")?;
        let done = states(&mails).get("done").copied().unwrap_or_default();
        if done == 2 * PEOPLE {
            return Ok(mails);
        }
        ensure!(
            started.elapsed() < TAKE_OVER,
            "{:?} of {} mails after {TAKE_OVER:?}",
            states(&mails),
            2 * PEOPLE
        );
        thread::sleep(Duration::from_millis(200));
    }
}

/// Two mail jobs for each person, each with a token of its own.
fn effects_once(mails: &[Value], people: &[Person]) -> Result<()> {
    let mut tokens = HashSet::new();
    for person in people {
        let own = mails
            .iter()
            .filter(|job| job["payload"]["recipient"]["email"] == person.email.as_str());
        let own: Vec<_> = own.collect();
        ensure!(own.len() == 2, "{} mails for {}", own.len(), person.email);
        for job in own {
            ensure!(job["state"] == "done" && job["error"].is_null(), "{job}");
            let token = job["payload"]["letter"]["token"].as_str();
            ensure!(tokens.insert(token.context("a token")?), "twice: {job}");
        }
    }
    ensure!(mails.len() == tokens.len(), "mails for strangers");
    Ok(())
}

/// As many rows of tokens as errands made: the first with the registration, the second by its job.
fn token_rows(folder: &DataFolder) -> Result<()> {
    let mut settings = folder.environment().iter();
    let url = settings.find(|(name, _)| name == "LOCUTOR_DATABASE__URL");
    if let Some((_, url)) = url {
        let rows = database::statement(url, "SELECT count(*) FROM one_time_token")?;
        let rows: usize = rows.trim().parse()?;
        ensure!(rows == 2 * PEOPLE, "{rows} tokens for {PEOPLE} people");
    }
    Ok(())
}

/// Every token arrived at least once, and proves the address; gives how many mails there were.
fn arrived(server: &Server, mails: &MailServer) -> Result<usize> {
    let messages = mails.messages();
    let tokens = messages.iter().filter_map(|message| message.token());
    let tokens: BTreeSet<_> = tokens.collect();
    ensure!(
        tokens.len() == 2 * PEOPLE,
        "{} tokens arrived",
        tokens.len()
    );
    let mut proved = 0;
    for token in tokens {
        let body = json!({"token": token});
        let reply = Client::new(server).post("/auth/verify-email", &body)?;
        proved += usize::from(reply.status == 200);
    }
    ensure!(proved == PEOPLE, "{proved} of {PEOPLE} could verify");
    Ok(messages.len())
}

fn kill_workers(database: Database) -> Result<()> {
    let mails = MailServer::start(MAIL)?;
    let server = builder()?
        .database(database)?
        .environment("LOCUTOR_JOBS__RUN_IN_SERVER", "false")
        // Many processes share two processors here.
        .environment("LOCUTOR_DATABASE__ACQUIRE_SECONDS", "30")
        .start()?;
    let people = register(&server)?;
    let waiting = jobs(&server, "accounts.errand")?;
    ensure!(
        states(&waiting) == BTreeMap::from([("waiting", 2 * PEOPLE)]),
        "without a worker: {:?}",
        states(&waiting)
    );
    for _ in 0..KILLS {
        let before = running(&server)?;
        let worker = Worker::start(server.folder(), &mails)?;
        let started = Instant::now();
        // What a killed one was at stays in its name until its claim is over.
        while running(&server)? <= before {
            ensure!(started.elapsed() < WORK, "a worker without work");
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(random(0..200));
        drop(worker);
    }
    let interrupted = running(&server)?;
    ensure!(
        interrupted > 0,
        "no worker was killed in the middle of a mail"
    );
    let last = Worker::start(server.folder(), &mails)?;
    let started = Instant::now();
    let done = wait_until_done(&server)?;
    let took = started.elapsed();
    effects_once(&done, &people)?;
    let errands = jobs(&server, "accounts.errand")?;
    ensure!(
        states(&errands) == BTreeMap::from([("done", 2 * PEOPLE)]),
        "{:?}",
        states(&errands)
    );
    token_rows(server.folder())?;
    let messages = arrived(&server, &mails)?;
    drop(last);
    healthy(&server)?;
    audited(server.folder())?;
    report(format!(
        "{KILLS} workers killed on {database:?}: {} jobs done, {interrupted} of them taken over, all \
         after {:.1} s; {} mails twice, none lost",
        errands.len() + done.len(),
        took.as_secs_f64(),
        messages - done.len()
    ));
    Ok(())
}

#[test]
fn jobs_of_killed_workers_are_done_on_sqlite() -> Result<()> {
    kill_workers(Database::Sqlite)
}

#[test]
fn jobs_of_killed_workers_are_done_on_postgres() -> Result<()> {
    if env::var_os("LOCUTOR_TEST_POSTGRES").is_none() {
        return not_tested(
            "killed workers on PostgreSQL",
            "run this with `.ci/services -- COMMAND`",
        );
    }
    kill_workers(Database::Postgres)
}
