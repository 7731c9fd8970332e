//! The log on real databases.

mod appending;
mod queries;
mod retention;
mod routes;
mod tampering;

use std::sync::Arc;

use uuid::Uuid;

use super::{AuditKey, AuditService};
use crate::{
    access::Actor,
    adapters::{FixedClock, SeededRandomness},
    database::testing::{TestDatabase, each},
    http::Origin,
    ports::{AuditCategory, AuditEvent},
};

/// A log on each kind of database.
async fn logs() -> Vec<(TestDatabase, AuditService)> {
    let databases = each().await.into_iter();
    databases
        .map(|test| {
            let audit = with_key(&test, 7);
            (test, audit)
        })
        .collect()
}

/// The log of that database, under the key that consists of this byte.
fn with_key(test: &TestDatabase, byte: u8) -> AuditService {
    let clock = Arc::new(FixedClock::default());
    let randomness = Arc::new(SeededRandomness::default());
    AuditService::new(
        test.database.clone(),
        AuditKey::new([byte; 32]),
        clock,
        randomness,
    )
}

/// Appends one event in a transaction of its own.
async fn record(audit: &AuditService, event: AuditEvent) {
    let transaction = audit.database.begin().await.unwrap();
    audit.log().record(&transaction, event).await.unwrap();
    transaction.commit().await.unwrap();
}

/// Appends this many events that differ in every field.
async fn fill(audit: &AuditService, events: u64) {
    for number in 0..events {
        record(audit, event(number)).await;
    }
}

fn event(number: u64) -> AuditEvent {
    let user = Actor::User {
        id: Uuid::from_u128(u128::from(number)),
        session: Uuid::nil(),
    };
    let origin = Origin {
        request: format!("request-{number}"),
        ..Origin::command_line()
    };
    AuditEvent::new(AuditCategory::Security, "session.start")
        .by(user, Some(organisation(number % 2)))
        .on("session", number)
        .from(&origin)
        .detail("number", number)
}

fn organisation(number: u64) -> Uuid {
    Uuid::from_u128(0xa000 + u128::from(number))
}
