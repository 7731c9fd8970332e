//! The server under load, beside a bare one.
//!
//! A running `locutor` with some rows ([`subject`]) and a bare axum server in this process
//! ([`bare`]) answer the same [`Route`]s with bodies of the same size. `wrk` asks both in turns
//! ([`wrk`], [`rates`]), so that whatever else the machine does hits both. Latency is measured at
//! half of the rate that was reached, by requests that leave on time whether or not the replies
//! before them came ([`paced`]). Logins are set against argon2 alone ([`logins`]).
//! [`scaling`] asks the same routes with 1 to 512 connections; [`chart`] draws what came out and
//! [`report`] writes it down.

pub mod bare;
pub mod chart;
pub mod logins;
pub mod paced;
pub mod panel;
pub mod rates;
pub mod report;
pub mod scaling;
pub mod subject;
pub mod wrk;

/// An authenticated read, and where the bare server answers as many bytes.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its name in tables, e.g. `GET /v1/models`.
    pub name: &'static str,
    /// Its whole address.
    pub url: String,
    /// The value of `Authorization`.
    pub authorization: String,
    /// Bytes of the reply's body.
    pub bytes: usize,
    /// The whole address of the bare server's reply of that size.
    pub bare: String,
}
