//! What a server acknowledged, and what it refused, to be compared with what it holds.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use locutor_tests::{Reply, Server, accounts::Session, client::Client};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Documents, each with a name of the caller's.
    Document,
    /// API keys.
    Key,
    /// Organisations.
    Organisation,
}

/// A write that was not acknowledged.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// When it was sent.
    pub sent: Instant,
    /// How long the reply took.
    pub took: Duration,
    /// The reply's status; 0 when the connection broke.
    pub status: u16,
    /// The reply's `Retry-After`, empty when absent.
    pub retry_after: String,
    /// What it said.
    pub text: String,
}

/// Acknowledged and refused writes of one database.
#[derive(Debug, Default)]
pub struct Ledger {
    acknowledged: Mutex<Vec<(Kind, String, Instant)>>,
    refused: Mutex<Vec<Refusal>>,
}

/// How many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// That were acknowledged.
    pub acknowledged: usize,
    /// That the server holds: also those whose acknowledgement was lost.
    pub stored: usize,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Document, Self::Key, Self::Organisation];

    /// Where they are added and listed.
    pub fn path(self) -> &'static str {
        match self {
            Self::Document => "/documents",
            Self::Key => "/auth/api-keys",
            Self::Organisation => "/organisations",
        }
    }
}

impl Refusal {
    /// Reads a reply, or what broke the connection.
    pub fn new(sent: Instant, reply: Result<Reply>) -> Self {
        let took = sent.elapsed();
        match reply {
            Ok(reply) => Self {
                sent,
                took,
                status: reply.status,
                retry_after: reply.header("retry-after").to_owned(),
                text: reply.text(),
            },
            Err(error) => Self {
                sent,
                took,
                status: 0,
                retry_after: String::new(),
                text: format!("{error:#}"),
            },
        }
    }
}

impl Ledger {
    /// Remembers an acknowledged row.
    pub fn acknowledge(&self, kind: Kind, id: String) {
        lock(&self.acknowledged).push((kind, id, Instant::now()));
    }

    /// Remembers a refusal.
    pub fn refuse(&self, refusal: Refusal) {
        lock(&self.refused).push(refusal);
    }

    /// How many rows of a kind were acknowledged.
    pub fn acknowledged(&self, kind: Kind) -> usize {
        let rows = lock(&self.acknowledged);
        rows.iter().filter(|(found, ..)| *found == kind).count()
    }

    /// When the first row after this moment was acknowledged.
    pub fn first_after(&self, moment: Instant) -> Option<Instant> {
        let rows = lock(&self.acknowledged);
        rows.iter().map(|row| row.2).filter(|at| *at > moment).min()
    }

    /// Every refusal so far.
    pub fn refusals(&self) -> Vec<Refusal> {
        lock(&self.refused).clone()
    }

    /// Compares with what the server lists.
    ///
    /// # Errors
    /// When it lost an acknowledged row, or lists one twice.
    pub fn check(&self, server: &Server, session: &Session) -> Result<Count> {
        let mut count = Count {
            acknowledged: 0,
            stored: 0,
        };
        let client = session.client(server);
        for kind in Kind::ALL {
            let held = listed(&client, kind)?;
            let rows = lock(&self.acknowledged);
            let rows = rows.iter().filter(|(found, ..)| *found == kind);
            for (_, id, _) in rows {
                ensure!(held.contains(id), "{kind:?} {id} is lost");
                count.acknowledged += 1;
            }
            count.stored += held.len();
        }
        Ok(count)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            acknowledged,
            stored,
        } = self;
        write!(
            formatter,
            "{acknowledged} rows acknowledged, {stored} held, none lost"
        )
    }
}

/// How often each status came, and the longest that it took.
pub fn summary(refusals: &[Refusal]) -> String {
    let mut groups = BTreeMap::<(u16, bool), (usize, Duration)>::new();
    for refusal in refusals {
        let key = (refusal.status, !refusal.retry_after.is_empty());
        let (count, longest) = groups.entry(key).or_default();
        *count += 1;
        *longest = refusal.took.max(*longest);
    }
    let groups = groups
        .iter()
        .map(|((status, again), (count, longest))| match status {
            0 => format!("{count} x broken connection"),
            _ => format!(
                "{count} x {status} {} Retry-After, at most {:.1} s",
                if *again { "with" } else { "without" },
                longest.as_secs_f64()
            ),
        });
    let groups: Vec<_> = groups.collect();
    if groups.is_empty() {
        "no write refused".to_owned()
    } else {
        groups.join("; ")
    }
}

/// Ids of all rows of a kind, page by page.
fn listed(client: &Client, kind: Kind) -> Result<HashSet<String>> {
    let mut ids = HashSet::new();
    let first = match kind {
        Kind::Document | Kind::Key => format!("{}?limit=200", kind.path()),
        Kind::Organisation => kind.path().to_owned(),
    };
    let mut path = first.clone();
    loop {
        let page = client.get(&path)?.expect(200)?.json()?;
        for row in page["data"].as_array().context("data")? {
            let id = row["id"].as_str().context("an id")?;
            ensure!(ids.insert(id.to_owned()), "{kind:?} {id} is listed twice");
        }
        match page["next"].as_str() {
            Some(next) => path = format!("{first}&after={next}"),
            None => return Ok(ids),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
