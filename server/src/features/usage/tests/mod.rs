//! Usage on real databases.

mod layer;
mod sums;

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use super::{
    UsageService,
    query::{ErrorQuery, Grouping, UsageQuery},
    tally::Observed,
};
use crate::{
    access::{Actor, Caller, Role, Scope, ScopeSet},
    adapters::FixedClock,
    database::testing::{TestDatabase, each},
};

/// 2026-01-01T00:00:00Z, where the clock of the tests begins.
const BEGIN: i64 = 1_767_225_600_000;
const DAY: i64 = 24 * 60 * 60 * 1000;

async fn services() -> Vec<(TestDatabase, UsageService)> {
    let databases = each().await.into_iter();
    databases
        .map(|test| {
            let clock = Arc::new(FixedClock::default());
            let usage = UsageService::new(test.database.clone(), clock);
            (test, usage)
        })
        .collect()
}

fn caller(number: u128) -> Caller {
    Caller {
        actor: Actor::Key {
            id: Uuid::from_u128(number),
        },
        organisation: Uuid::from_u128(0xa000 + number),
        scopes: Role::Admin.scopes(),
    }
}

fn manager() -> Caller {
    let scopes: ScopeSet = Scope::ALL.into_iter().collect();
    Caller {
        scopes,
        ..caller(1)
    }
}

fn observed(caller: Option<Caller>, at: i64, status: u16) -> Observed {
    Observed {
        at,
        caller,
        method: "GET",
        route: "/documents/{id}".to_owned(),
        status,
        code: (status >= 400).then_some("some_code"),
        duration: Duration::from_micros(1_500),
        bytes_in: 10,
        bytes_out: 100,
        request: format!("request-{at}"),
    }
}

/// Everything until long after the tests.
fn by(group: Grouping) -> UsageQuery {
    UsageQuery {
        group,
        from: Some(jiff::Timestamp::UNIX_EPOCH),
        to: Some(jiff::Timestamp::MAX),
        limit: 100,
    }
}

fn all_errors() -> ErrorQuery {
    ErrorQuery {
        from: Some(jiff::Timestamp::UNIX_EPOCH),
        to: Some(jiff::Timestamp::MAX),
        limit: 100,
    }
}
