//! The connection to Redis, and what the others know of its health.
//!
//! An operation has a quarter of a second. When it fails, Redis counts as away: for the next second
//! nobody waits for it at all, then one caller tries again on a new connection. So a Redis that hangs
//! delays one request a second, and one that comes back is found within a second. The log
//! has one line when it goes and one when it is back.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use redis::{
    Client, FromRedisValue, RedisError, ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::time::{Instant, timeout};

use crate::config::RedisSettings;

/// What one operation may take.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long nobody asks after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// A connection that is made when it is needed; clones share it.
#[derive(Clone)]
pub struct RedisLink(Arc<Inner>);

struct Inner {
    client: Client,
    prefix: String,
    connection: Mutex<Connection>,
    away: AtomicBool,
    /// Milliseconds after `start` before which nobody asks a Redis that is away.
    next_attempt: AtomicU64,
    start: Instant,
}

/// A connection and which one it is, so that many who lose it replace it once.
#[derive(Clone)]
struct Connection {
    manager: ConnectionManager,
    number: u64,
}

/// Redis did not answer, or not in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away;

impl RedisLink {
    /// A link as configured; `None` without a server. It must be made where tokio runs, and
    /// succeeds whether or not the server is up.
    ///
    /// # Errors
    /// When the URL is none of a Redis server.
    pub fn open(settings: &RedisSettings) -> anyhow::Result<Option<Self>> {
        let Some(url) = &settings.url else {
            return Ok(None);
        };
        // The error itself may quote the URL, and with it the password.
        let client = Client::open(url.reveal()).map_err(|error| error.category().to_owned());
        let client = client.map_err(anyhow::Error::msg).context(
            "`redis.url` names no Redis server; write redis://user:password@host:6379/0 or \
             redis+unix:///path/of/the/socket (this build has no TLS for Redis)",
        )?;
        let manager = connect(&client).context("cannot prepare a connection to `redis.url`")?;
        Ok(Some(Self(Arc::new(Inner {
            client,
            prefix: settings.prefix.clone(),
            connection: Mutex::new(Connection { manager, number: 0 }),
            away: AtomicBool::new(false),
            next_attempt: AtomicU64::new(0),
            start: Instant::now(),
        }))))
    }

    /// The name of a key of this installation.
    pub(super) fn key(&self, kind: &str, name: &str) -> String {
        format!("{}:{kind}:{name}", self.0.prefix)
    }

    /// Whether Redis is there: asked now, unless it has just failed.
    pub async fn ping(&self) -> bool {
        let ping = redis::Script::new("return 'PONG'");
        self.run::<String>(&ping.prepare_invoke()).await.is_ok()
    }

    /// Whether asking would be refused at once.
    pub(super) fn is_paused(&self) -> bool {
        self.0.away.load(Ordering::Acquire)
            && self.0.now() < self.0.next_attempt.load(Ordering::Acquire)
    }

    /// Runs a script, unless Redis is away.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Away> {
        if !self.0.may_ask() {
            return Err(Away);
        }
        let outcome = match timeout(PATIENCE, self.0.attempt(script)).await {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer within {} ms", PATIENCE.as_millis())),
        };
        match outcome {
            Ok(value) => {
                self.0.is_back();
                Ok(value)
            }
            Err(reason) => {
                self.0.has_gone(&reason);
                Err(Away)
            }
        }
    }
}

impl Inner {
    /// Asks; when the connection turns out to be closed, as idle ones may be, asks once more on a new one.
    async fn attempt<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, RedisError> {
        let mut used = self.connection().clone();
        match script.invoke_async(&mut used.manager).await {
            Err(error) if error.is_connection_dropped() => {
                self.renew(used.number)?;
                let mut fresh = self.connection().clone();
                script.invoke_async(&mut fresh.manager).await
            }
            outcome => outcome,
        }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The manager by itself would go on with a connection whose other end does not answer.
    fn renew(&self, lost: u64) -> Result<(), RedisError> {
        let mut connection = self.connection();
        if connection.number == lost {
            connection.manager = connect(&self.client)?;
            connection.number += 1;
        }
        Ok(())
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Always while Redis is there; while it is away, for one caller in each pause.
    fn may_ask(&self) -> bool {
        if !self.away.load(Ordering::Acquire) {
            return true;
        }
        let (now, next) = (self.now(), self.next_attempt.load(Ordering::Acquire));
        now >= next
            && self
                .next_attempt
                .compare_exchange(next, now + pause(), Ordering::AcqRel, Ordering::Acquire)
                .is_ok()
    }

    fn is_back(&self) {
        if self.away.swap(false, Ordering::AcqRel) {
            tracing::info!("Redis is back");
        }
    }

    fn has_gone(&self, reason: &str) {
        self.next_attempt
            .store(self.now() + pause(), Ordering::Release);
        if !self.away.swap(true, Ordering::AcqRel) {
            tracing::warn!(
                reason,
                "Redis is away: nothing is cached, and each process counts its own rate limits; \
                 check that the server of `redis.url` runs"
            );
        }
        let lost = self.connection().number;
        if let Err(error) = self.renew(lost) {
            tracing::debug!(%error, "no new connection to Redis");
        }
    }
}

fn pause() -> u64 {
    u64::try_from(PAUSE.as_millis()).unwrap_or(u64::MAX)
}

/// The connection itself is made at the first use; how often to try is the link's business.
fn connect(client: &Client) -> Result<ConnectionManager, RedisError> {
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(0)
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE));
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn settings(url: &str) -> RedisSettings {
        RedisSettings {
            url: Some(Secret::from(url.to_owned())),
            ..RedisSettings::default()
        }
    }

    #[tokio::test]
    async fn a_wrong_url_is_explained_without_its_password() {
        for url in [
            "http://:hunter2@host",
            "redis://:hunter2@host:x",
            "rediss://:hunter2@host",
        ] {
            let error = RedisLink::open(&settings(url)).err().unwrap();
            let text = format!("{error:#}");
            assert!(text.contains("redis.url"), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[tokio::test]
    async fn a_server_that_hangs_is_waited_for_once_a_second() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let link = RedisLink::open(&settings(&format!("redis://{address}"))).unwrap();
        let link = link.unwrap();
        let start = Instant::now();
        assert!(!link.ping().await);
        assert!((200..450).contains(&start.elapsed().as_millis()));
        let start = Instant::now();
        for _ in 0..1000 {
            assert!(!link.ping().await);
        }
        assert!(start.elapsed() < Duration::from_millis(200));
    }
}
