//! Finds the version of each request, and says in every reply which one answered.

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue, header::VARY},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{deprecation::announce, registry::Version, transform::Translation};
use crate::http::{Fault, Place};

/// The header that names a version.
const HEADER: HeaderName = HeaderName::from_static("api-version");

/// The layer: refuses versions that are not served, translates replies to older ones, and leaves the
/// [`Version`] and the [`Translation`] for those who read the request.
pub async fn version(mut request: Request, next: Next) -> Response {
    let version = match asked(request.headers()) {
        Ok(version) => version,
        Err(fault) => return stamped(fault.into_response(), Version::newest()),
    };
    let method = request.method().clone();
    let pattern = request.extensions().get::<MatchedPath>().cloned();
    let pattern = pattern.as_ref().map_or("", MatchedPath::as_str);
    let translation = Translation::between(version, &method, pattern);
    request.extensions_mut().insert(version);
    request.extensions_mut().insert(translation.clone());
    let mut response = translation.reply(next.run(request).await).await;
    announce(&mut response, &method, pattern, version);
    stamped(response, version)
}

fn asked(headers: &HeaderMap) -> Result<Version, Fault> {
    let mut values = headers.get_all(HEADER).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(Version::newest()),
        (Some(date), None) => Version::parse(date.as_bytes()).ok_or_else(unknown),
        (Some(_), Some(_)) => Err(unknown()),
    }
}

fn stamped(mut response: Response, version: Version) -> Response {
    let headers = response.headers_mut();
    headers.insert(HEADER, HeaderValue::from_static(version.date()));
    // A cache must not answer one version with the reply to another.
    headers.append(VARY, HeaderValue::from_static("api-version"));
    response
}

fn unknown() -> Fault {
    let served = Version::all().map(Version::date).collect::<Vec<_>>();
    let message = format!(
        "must be one of the versions of this interface: {}; leave it out for the newest",
        served.join(", ")
    );
    let mut fault = Fault::invalid_in(Place::Header, "Api-Version", message);
    fault.code = "unknown_version";
    fault
}
