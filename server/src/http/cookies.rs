//! The cookies of browsers: their names, how they are made, and how they are read.
//!
//! The prefix `__Host-` makes browsers refuse them unless they are Secure, belong to the whole site
//! and were set by this very host, so that neither a subdomain nor plain HTTP can plant one.

use std::time::Duration;

use axum::http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, InvalidHeaderValue, SET_COOKIE},
};
use cookie::{Cookie, SameSite};

/// Holds the access token.
pub const SESSION_COOKIE: &str = "__Host-locutor_session";
/// Holds the refresh token.
pub const REFRESH_COOKIE: &str = "__Host-locutor_refresh";

/// A cookie of one of the names above that scripts cannot read and other sites' forms do not send.
pub fn host_cookie(name: &'static str, value: String, lifetime: Duration) -> Cookie<'static> {
    let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    Cookie::build((name, value))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(cookie::time::Duration::seconds(seconds))
        .build()
}

/// The cookie that makes a browser forget the one of that name.
pub fn removal(name: &'static str) -> Cookie<'static> {
    host_cookie(name, String::new(), Duration::ZERO)
}

/// Adds a cookie to a reply.
///
/// # Errors
/// When the value has characters that no header may have.
pub fn set_cookie(headers: &mut HeaderMap, cookie: &Cookie<'_>) -> Result<(), InvalidHeaderValue> {
    let value = HeaderValue::try_from(cookie.to_string())?;
    headers.append(SET_COOKIE, value);
    Ok(())
}

/// The value of a request's cookie of that name.
pub fn read_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_is_read_and_has_every_attribute() {
        let mut reply = HeaderMap::new();
        let cookie = host_cookie(SESSION_COOKIE, "abc".into(), Duration::from_mins(10));
        set_cookie(&mut reply, &cookie).unwrap();
        set_cookie(&mut reply, &removal(REFRESH_COOKIE)).unwrap();
        let lines: Vec<_> = reply.get_all(SET_COOKIE).iter().collect();
        let common = "HttpOnly; SameSite=Lax; Secure; Path=/";
        assert_eq!(
            lines,
            [
                &format!("{SESSION_COOKIE}=abc; {common}; Max-Age=600"),
                &format!("{REFRESH_COOKIE}=; {common}; Max-Age=0"),
            ]
        );
        let mut request = HeaderMap::new();
        request.append(COOKIE, HeaderValue::from_static("a=b; broken"));
        let sent = format!("x=y; {SESSION_COOKIE}=abc");
        request.append(COOKIE, HeaderValue::try_from(sent).unwrap());
        assert_eq!(
            read_cookie(&request, SESSION_COOKIE).as_deref(),
            Some("abc")
        );
        assert_eq!(read_cookie(&request, REFRESH_COOKIE), None);
        assert!(set_cookie(&mut reply, &Cookie::new("a", "b\r\nc")).is_err());
    }
}
