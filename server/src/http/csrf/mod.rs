//! Protection of browsers against pages that send requests in their name.
//!
//! A browser adds the session cookie to requests by itself, whoever wrote the page. So a request that
//! carries the cookie, and no bearer token, must show where it comes from:
//!
//! request with a cookie -> [`guard`]: upgrades to a WebSocket come from an own or trusted origin;
//! changes say where they come from (tower-http's layer compares `Sec-Fetch-Site` and `Origin`, we
//! refuse those that say nothing); where configured, they carry the [`CsrfTokens`]' token for this
//! cookie too -> handler.
//!
//! Requests with a bearer token need none of this: no browser adds that by itself. `Basic` does not
//! count, because a browser takes it from a link such as `https://name:word@host/`.

mod guard;
mod http;
mod source;
#[cfg(test)]
mod tests;
mod token;

pub use guard::{CsrfGuard, guard};
pub use http::routes;
pub use token::CsrfTokens;
