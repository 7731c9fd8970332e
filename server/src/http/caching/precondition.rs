//! Conditions under which a client wants something changed: `If-Match`, `If-None-Match`,
//! `If-Unmodified-Since` (RFC 9110, section 13).

use std::{convert::Infallible, time::SystemTime};

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
};
use jiff::Timestamp;
use serde::Serialize;

use super::{
    conditional::{http_time, list},
    entity_tag::EntityTag,
};
use crate::http::{Fault, version::Version};

/// The conditions of a PUT, PATCH or DELETE. As a handler's argument it never refuses; the handler
/// checks it against what there is, in the transaction that makes the change.
#[derive(Debug, Clone)]
pub struct Precondition {
    tags: Option<String>,
    none: Option<String>,
    since: Option<SystemTime>,
    version: Version,
}

impl Precondition {
    /// Whether there is any, so that it is worth reading what there is.
    pub fn is_given(&self) -> bool {
        self.tags.is_some() || self.none.is_some() || self.since.is_some()
    }

    /// Checks against what a GET would reply with, and when that last changed. `None` stands for
    /// something that does not exist.
    ///
    /// # Errors
    /// 412 when it is no longer what the client saw.
    pub fn check<T: Serialize>(&self, current: Option<(&T, Timestamp)>) -> Result<(), Fault> {
        let Some((value, changed)) = current else {
            return if self.tags.is_some() || self.since.is_some() {
                Err(failed())
            } else {
                Ok(())
            };
        };
        let tag = || EntityTag::of_json(value, self.version).map_err(Fault::internal);
        if let Some(none) = &self.none
            && tag()?.is_in(none)
        {
            return Err(failed());
        }
        if let Some(tags) = &self.tags {
            return if tag()?.is_in(tags) {
                Ok(())
            } else {
                Err(failed())
            };
        }
        match self.since {
            // The header has whole seconds, so what follows in its second counts as the same.
            Some(since) if seconds(SystemTime::from(changed)) > seconds(since) => Err(failed()),
            _ => Ok(()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Precondition {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let version = parts.extensions.get::<Version>().copied();
        Ok(Self {
            tags: list(&parts.headers, &header::IF_MATCH),
            none: list(&parts.headers, &header::IF_NONE_MATCH),
            since: http_time(&parts.headers, &header::IF_UNMODIFIED_SINCE),
            version: version.unwrap_or_else(Version::newest),
        })
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The refusal: 412.
pub fn failed() -> Fault {
    let message =
        "it was changed since you read it, or is gone; get it again and repeat the change";
    Fault::new(
        StatusCode::PRECONDITION_FAILED,
        "precondition_failed",
        message,
    )
}
