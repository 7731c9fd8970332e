//! Which replies the server keeps, and what makes them stale.

use std::time::Duration;

use axum::http::{HeaderName, Method};
use uuid::Uuid;

use crate::access::Caller;

/// A route whose replies are kept.
#[derive(Debug)]
pub struct CachedRoute {
    /// Its pattern; only GET is kept.
    pub pattern: &'static str,
    /// For how long: also how late a change may show that no request to this server made, such as a
    /// model that the command line pulled.
    pub lifetime: Duration,
    /// Request headers that the reply depends on, besides those that say who asks.
    pub vary: &'static [HeaderName],
    /// What the reply shows.
    pub shows: Shows,
}

/// What a reply shows, and so what changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// The same for everybody.
    Instance(&'static str),
    /// Rows of the caller's organisation.
    Organisation(&'static str),
}

impl Shows {
    /// The tag under which it is kept, and under which writes drop it.
    pub fn tag(self, caller: &Caller) -> String {
        match self {
            Self::Instance(name) => name.to_owned(),
            Self::Organisation(name) => format!("{name}:{}", caller.organisation),
        }
    }
}

/// The tag of what shows an organisation's documents.
pub fn documents_tag(organisation: Uuid) -> String {
    format!("{DOCUMENTS_NAME}:{organisation}")
}

const DOCUMENTS_NAME: &str = "documents";
const DOCUMENTS: Shows = Shows::Organisation(DOCUMENTS_NAME);
const MODELS: Shows = Shows::Instance("models");

static ROUTES: [CachedRoute; 2] = [
    CachedRoute {
        pattern: "/v1/models",
        lifetime: Duration::from_secs(10),
        vary: &[],
        shows: MODELS,
    },
    CachedRoute {
        pattern: "/documents",
        lifetime: Duration::from_secs(2),
        vary: &[],
        shows: DOCUMENTS,
    },
];

/// Paths below which a successful write changes what is shown.
const WRITES: [(&str, Shows); 2] = [("/documents", DOCUMENTS), ("/v1/models", MODELS)];

/// The rule for replies of a route, if they are kept.
pub fn kept(method: &Method, pattern: &str) -> Option<&'static CachedRoute> {
    let reads = method == Method::GET;
    ROUTES
        .iter()
        .find(|route| reads && route.pattern == pattern)
}

/// What a request changes, if it does.
pub fn changed(method: &Method, path: &str) -> Option<Shows> {
    let writes = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    WRITES
        .iter()
        .find(|(prefix, _)| {
            writes
                && path
                    .strip_prefix(prefix)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .map(|(_, shows)| *shows)
}
