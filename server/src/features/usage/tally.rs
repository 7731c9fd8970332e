//! Sums in memory, until they are written to the database.

use std::{collections::HashMap, hash::Hash, time::Duration};

use uuid::Uuid;

use crate::{
    access::Caller,
    entity::{usage_error, usage_minute},
    foundation::{DAY, MINUTE},
};

/// Most rows kept in memory; beyond them nobody is told apart any more, so that many callers
/// cannot fill the memory while the database is away.
const MOST_ROWS: usize = 20_000;

/// A request that was answered, or given up by its client.
#[derive(Debug, Clone)]
pub struct Observed {
    /// When it ended.
    pub at: i64,
    /// Who sent it, where that is known.
    pub caller: Option<Caller>,
    /// Its method; names of one's own invention count as one.
    pub method: &'static str,
    /// The route's pattern.
    pub route: String,
    /// The reply's status.
    pub status: u16,
    /// Stable name of the cause, where it failed.
    pub code: Option<&'static str>,
    /// From its beginning to the end of the reply.
    pub duration: Duration,
    /// Bytes of its body that were read.
    pub bytes_in: u64,
    /// Bytes of the reply's body that were sent.
    pub bytes_out: u64,
    /// Its id.
    pub request: String,
}

/// Who used which route in which minute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    minute: i64,
    organisation: Uuid,
    actor: Uuid,
    actor_kind: &'static str,
    method: &'static str,
    route: String,
}

#[derive(Debug, Default)]
struct Sums {
    requests: i64,
    failures: i64,
    server_errors: i64,
    duration: Duration,
    bytes_in: i64,
    bytes_out: i64,
}

#[derive(Debug, Default)]
struct Failures {
    occurrences: i64,
    last_at: i64,
    last_request: String,
}

/// The sums.
#[derive(Debug, Default)]
pub struct Tally {
    places: HashMap<Place, Sums>,
    failures: HashMap<(Place, u16, &'static str), Failures>,
}

impl Tally {
    /// Counts a request.
    pub fn add(&mut self, observed: &Observed) {
        let full = self.places.len() + self.failures.len() >= MOST_ROWS;
        let place = place(observed, full);
        if observed.status >= 400 {
            let code = observed.code.unwrap_or("request_failed");
            let failures = Failures {
                occurrences: 1,
                last_at: observed.at,
                last_request: observed.request.clone(),
            };
            merge(
                &mut self.failures,
                (place.clone(), observed.status, code),
                failures,
            );
        }
        let bytes = |bytes| i64::try_from(bytes).unwrap_or(i64::MAX);
        let sums = Sums {
            requests: 1,
            failures: (observed.status >= 400).into(),
            server_errors: (observed.status >= 500).into(),
            duration: observed.duration,
            bytes_in: bytes(observed.bytes_in),
            bytes_out: bytes(observed.bytes_out),
        };
        merge(&mut self.places, place, sums);
    }

    /// Adds what another one counted.
    pub fn absorb(&mut self, other: Self) {
        for (place, sums) in other.places {
            merge(&mut self.places, place, sums);
        }
        for (place, failures) in other.failures {
            merge(&mut self.failures, place, failures);
        }
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The sums as rows, in an order that is the same for all: processes that write the same
    /// rows wait for each other, but never in a circle.
    pub fn minutes(&self) -> Vec<usage_minute::Model> {
        let mut rows: Vec<_> = self.places.iter().map(minute).collect();
        rows.sort_by(|left, right| order(left).cmp(&order(right)));
        rows
    }

    /// The failures as rows, likewise.
    pub fn errors(&self) -> Vec<usage_error::Model> {
        let mut rows: Vec<_> = self.failures.iter().map(error).collect();
        rows.sort_by(|left, right| error_order(left).cmp(&error_order(right)));
        rows
    }
}

fn place(observed: &Observed, full: bool) -> Place {
    let caller = observed.caller.filter(|_| !full);
    Place {
        minute: observed.at.div_euclid(MINUTE) * MINUTE,
        organisation: caller.map_or(Uuid::nil(), |caller| caller.organisation),
        actor: caller.map_or(Uuid::nil(), |caller| caller.actor.id()),
        actor_kind: caller.map_or("nobody", |caller| caller.actor.kind()),
        method: observed.method,
        route: observed.route.clone(),
    }
}

/// Values that can be added up.
trait Sum: Default {
    fn plus(&mut self, other: Self);
}

impl Sum for Sums {
    fn plus(&mut self, other: Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.failures = self.failures.saturating_add(other.failures);
        self.server_errors = self.server_errors.saturating_add(other.server_errors);
        self.duration = self.duration.saturating_add(other.duration);
        self.bytes_in = self.bytes_in.saturating_add(other.bytes_in);
        self.bytes_out = self.bytes_out.saturating_add(other.bytes_out);
    }
}

impl Sum for Failures {
    fn plus(&mut self, other: Self) {
        self.occurrences = self.occurrences.saturating_add(other.occurrences);
        if other.last_at >= self.last_at {
            self.last_at = other.last_at;
            self.last_request = other.last_request;
        }
    }
}

fn merge<K: Eq + Hash, V: Sum>(map: &mut HashMap<K, V>, key: K, value: V) {
    map.entry(key).or_default().plus(value);
}

fn minute((place, sums): (&Place, &Sums)) -> usage_minute::Model {
    usage_minute::Model {
        minute: place.minute,
        organisation: place.organisation,
        actor_id: place.actor,
        method: place.method.to_owned(),
        route: place.route.clone(),
        actor_kind: place.actor_kind.to_owned(),
        day: place.minute.div_euclid(DAY) * DAY,
        requests: sums.requests,
        failures: sums.failures,
        server_errors: sums.server_errors,
        milliseconds: i64::try_from(sums.duration.as_millis()).unwrap_or(i64::MAX),
        bytes_in: sums.bytes_in,
        bytes_out: sums.bytes_out,
    }
}

fn error(
    ((place, status, code), failures): (&(Place, u16, &str), &Failures),
) -> usage_error::Model {
    usage_error::Model {
        minute: place.minute,
        organisation: place.organisation,
        actor_id: place.actor,
        method: place.method.to_owned(),
        route: place.route.clone(),
        status: (*status).into(),
        code: (*code).to_owned(),
        server: *status >= 500,
        occurrences: failures.occurrences,
        last_at: failures.last_at,
        last_request: failures.last_request.clone(),
    }
}

fn order(row: &usage_minute::Model) -> (i64, Uuid, Uuid, &str, &str) {
    (
        row.minute,
        row.organisation,
        row.actor_id,
        &row.method,
        &row.route,
    )
}

type ErrorOrder<'a> = (i64, Uuid, Uuid, &'a str, &'a str, i32, &'a str);

fn error_order(row: &usage_error::Model) -> ErrorOrder<'_> {
    let (method, route, code) = (&row.method, &row.route, &row.code);
    (
        row.minute,
        row.organisation,
        row.actor_id,
        method,
        route,
        row.status,
        code,
    )
}
