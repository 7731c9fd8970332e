//! Writes of every kind at the same time, as fast as the server takes them.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use locutor_tests::{Reply, Server, accounts::Session};
use serde_json::{Value, json};

use crate::ledger::{Kind, Ledger, Refusal};

/// A list of organisations ends after the first thousand, and none can be got by its id: so fewer.
const FOUNDING: Duration = Duration::from_millis(50);

/// A client that was refused does not ask again at once.
const PAUSE: Duration = Duration::from_millis(50);

/// One writer for each kind of row.
pub struct Load<'a> {
    /// Who is written to.
    pub server: &'a Server,
    /// Whose rows they are.
    pub session: &'a Session,
    /// What is remembered.
    pub ledger: &'a Ledger,
}

impl Load<'_> {
    /// Writes for as long as `work` goes on.
    ///
    /// # Errors
    /// Those of `work`: that writes fail is for the ledger.
    pub fn during<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            for kind in Kind::ALL {
                let stop = &stop;
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        self.write(kind);
                        if kind == Kind::Organisation {
                            thread::sleep(FOUNDING);
                        }
                    }
                });
            }
            let outcome = work();
            stop.store(true, Ordering::Relaxed);
            outcome
        })
    }

    /// Writes one row and remembers what came of it.
    pub fn write(&self, kind: Kind) {
        let sent = Instant::now();
        let reply = self.send(kind);
        match reply {
            Ok(reply) if reply.status == 201 => match identifier(&reply) {
                Ok(id) => self.ledger.acknowledge(kind, id),
                Err(error) => self.ledger.refuse(Refusal::new(sent, Err(error))),
            },
            other => {
                self.ledger.refuse(Refusal::new(sent, other));
                thread::sleep(PAUSE);
            }
        }
    }

    fn send(&self, kind: Kind) -> Result<Reply> {
        let client = self.session.client(self.server);
        client.post(kind.path(), &body(kind))
    }
}

fn body(kind: Kind) -> Value {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    match kind {
        Kind::Document => json!({
            "external_id": format!("town-{number}"),
            "text": format!("The town of Quorlem{number} lies in a valley."),
        }),
        Kind::Key => json!({"name": format!("key {number}")}),
        Kind::Organisation => json!({"name": format!("Organisation {number}")}),
    }
}

fn identifier(reply: &Reply) -> Result<String> {
    let body = reply.json()?;
    let id = body["id"].as_str().context("no id in the reply")?;
    Ok(id.to_owned())
}
