//! Requests as a client at a chosen address. The servers of [`accounts`](crate::accounts) trust this machine as their
//! proxy, so what `X-Forwarded-For` says is the client's address to them.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use serde_json::Value;
use ureq::http::Request;

use crate::{Reply, Server};

/// Most seconds that a patient client waits.
const LONGEST_WAIT: u64 = 5;

/// Most often that it tries.
const MOST_TRIES: usize = 6;

/// A client.
#[derive(Debug, Clone)]
pub struct Client<'server> {
    server: &'server Server,
    headers: Vec<(String, String)>,
}

/// An address that no other client has, out of those set aside for measurements (198.18.0.0/15).
pub fn fresh_address() -> String {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    let [_, high, middle, low] = number.to_be_bytes();
    format!("198.{}.{middle}.{low}", 18 + (high & 1))
}

impl<'server> Client<'server> {
    /// A client at an address of its own, without a credential.
    pub fn new(server: &'server Server) -> Self {
        Self::bare(server).header("x-forwarded-for", &fresh_address())
    }

    /// A client that says nothing about its address.
    pub fn bare(server: &'server Server) -> Self {
        Self {
            server,
            headers: Vec::new(),
        }
    }

    /// The same with a bearer token or API key.
    #[must_use]
    pub fn bearer(&self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// The same with another header.
    #[must_use]
    pub fn header(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// Sends a request.
    ///
    /// # Errors
    /// When the connection breaks; likewise below.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Reply> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server.address()));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(serde_json::to_vec).transpose()?;
        self.server.send(request.body(body.unwrap_or_default())?)
    }

    /// Sends a request, and again a little later while it is told to slow down: for suites of many
    /// requests, where the limits are not what is attacked. What is locked for longer stays so.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn patient(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Reply> {
        Ok(self.timed(method, path, body)?.0)
    }

    /// The same, with the time that the last of these requests took.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn timed(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(Reply, Duration)> {
        let mut tries = 0;
        loop {
            let started = Instant::now();
            let reply = self.call(method, path, body)?;
            let wait = reply.header("retry-after").parse().unwrap_or(1);
            tries += 1;
            if reply.status != 429 || wait > LONGEST_WAIT || tries == MOST_TRIES {
                return Ok((reply, started.elapsed()));
            }
            thread::sleep(Duration::from_secs(wait));
        }
    }

    /// `GET`.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn get(&self, path: &str) -> Result<Reply> {
        self.call("GET", path, None)
    }

    /// `POST` of JSON.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn post(&self, path: &str, body: &Value) -> Result<Reply> {
        self.call("POST", path, Some(body))
    }
}
