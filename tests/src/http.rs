//! Requests to a running server. Any status is a reply; only a broken connection is an error.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use ureq::{
    Agent,
    http::{HeaderMap, Request},
};

use crate::{Form, Server};

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Response headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Connections that a client keeps: as many as a test has callers at the same time.
const CONNECTIONS: usize = 32;

/// A client that keeps its connections.
pub fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_idle_connections(CONNECTIONS)
        .max_idle_connections_per_host(CONNECTIONS)
        .timeout_global(Some(Duration::from_mins(5)))
        .build()
        .into()
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| self.text())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a header, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// This reply, which must have the status.
    ///
    /// # Errors
    /// When it has another, with the body in the message.
    pub fn expect(self, status: u16) -> Result<Self> {
        ensure!(
            self.status == status,
            "expected {status}, got {}: {}",
            self.status,
            self.text()
        );
        Ok(self)
    }
}

impl Server {
    /// Sends a request with the admin key.
    ///
    /// # Errors
    /// When the connection breaks; likewise below.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Reply> {
        self.request_as(Some(self.key()), method, path, content_type, body)
    }

    /// Sends a request with another key or none.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn request_as(
        &self,
        key: Option<&str>,
        method: &str,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Reply> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address()));
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        self.send(request.body(body)?)
    }

    /// Sends a request as it is; its address is a whole URL.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn send(&self, request: Request<Vec<u8>>) -> Result<Reply> {
        let mut response = self.agent().run(request)?;
        Ok(Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response
                .body_mut()
                .with_config()
                .limit(1 << 30)
                .read_to_vec()?,
        })
    }

    /// `GET` with the admin key.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn get(&self, path: &str) -> Result<Reply> {
        self.request("GET", path, "", Vec::new())
    }

    /// `DELETE` with the admin key.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn delete(&self, path: &str) -> Result<Reply> {
        self.request("DELETE", path, "", Vec::new())
    }

    /// `POST` of JSON.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn post(&self, path: &str, body: &Value) -> Result<Reply> {
        let body = serde_json::to_vec(body)?;
        self.request("POST", path, "application/json", body)
    }

    /// `POST` of a form.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn post_form(&self, path: &str, form: Form) -> Result<Reply> {
        self.request("POST", path, &Form::content_type(), form.body())
    }
}
