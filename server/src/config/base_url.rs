//! Addresses of web servers that paths are added to.

use axum::http::Uri;

/// Whether a text is such an address: `http` or `https`, a host, perhaps a path, and nothing else: a query or a
/// fragment would swallow the path, and a name with a password does not belong there.
pub fn is_base_url(text: &str) -> bool {
    let fits = |uri: Uri| {
        let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
        scheme && uri.host().is_some_and(|host| !host.is_empty()) && uri.query().is_none()
    };
    text.parse().is_ok_and(fits) && !text.contains(['#', '@'])
}
