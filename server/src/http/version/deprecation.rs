//! Tells clients in the head of a reply what will go away: `Deprecation` (RFC 9745), `Sunset`
//! (RFC 8594) and a `Link` to the guide.

use std::time::{Duration, SystemTime};

use axum::{
    http::{HeaderName, HeaderValue, Method, header::LINK},
    response::Response,
};
use jiff::{civil::Date, tz::TimeZone};

use super::registry::{DEPRECATIONS, Version};

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// A route, or a field of one, that will go away.
#[derive(Debug)]
pub struct Deprecation {
    /// The route's method.
    pub method: Method,
    /// The route's pattern, e.g. `/admin/keys/{id}`.
    pub pattern: &'static str,
    /// The field of its request or reply; none for the route as a whole.
    pub field: Option<&'static str>,
    /// The last version that has it; none when every version does.
    pub through: Option<Version>,
    /// Since when clients should do without.
    pub since: Date,
    /// When it ends, as far as that is decided.
    pub sunset: Option<Date>,
    /// The version whose guide tells what to do.
    pub guide: Version,
}

impl Deprecation {
    fn concerns(&self, method: &Method, pattern: &str, version: Version) -> bool {
        self.method == *method
            && self.pattern == pattern
            && self.through.is_none_or(|last| version <= last)
    }
}

/// Adds the fields for everything deprecated that the request's route has in its version.
pub fn announce(response: &mut Response, method: &Method, pattern: &str, version: Version) {
    let found = DEPRECATIONS
        .iter()
        .filter(|entry| entry.concerns(method, pattern, version))
        .collect::<Vec<_>>();
    let Some(since) = found.iter().map(|entry| entry.since).min() else {
        return;
    };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::try_from(format!("@{}", seconds(since))) {
        headers.insert(DEPRECATION, value);
    }
    let end = found.iter().filter_map(|entry| entry.sunset).min();
    if let Some(Ok(value)) = end.map(|end| HeaderValue::try_from(http_date(end))) {
        headers.insert(SUNSET, value);
    }
    for entry in found {
        let date = entry.guide.date();
        let link = format!("</docs/migrations/{date}>; rel=\"deprecation\"; type=\"text/html\"");
        if let Ok(value) = HeaderValue::try_from(link) {
            headers.append(LINK, value);
        }
    }
}

/// Whether anything of a route is deprecated, in whichever version.
pub fn is_deprecated(method: &Method, pattern: &str) -> bool {
    DEPRECATIONS
        .iter()
        .any(|entry| entry.method == *method && entry.pattern == pattern)
}

/// Seconds since 1970 of a day's begin in UTC.
fn seconds(day: Date) -> i64 {
    day.to_zoned(TimeZone::UTC)
        .map_or(0, |begin| begin.timestamp().as_second())
}

fn http_date(day: Date) -> String {
    let seconds = u64::try_from(seconds(day)).unwrap_or(0);
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}
