//! The way to the collector: the HTTP client that models are fetched with, on the exporter's own thread.

use std::time::Duration;

use async_trait::async_trait;
use locutor_models::system_certificates;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use ureq::{Agent, tls::TlsConfig};

/// Most bytes of a reply: it names at most how many spans were refused, and why.
const MOST_REPLY: u64 = 64 << 10;

/// Posts what the exporter gives it.
#[derive(Debug)]
pub struct Collector(Agent);

impl Collector {
    pub fn new(patience: Duration) -> Self {
        let tls = TlsConfig::builder()
            .root_certs(system_certificates())
            .build();
        let config = Agent::config_builder()
            .timeout_global(Some(patience))
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(tls)
            .build();
        Self(config.into())
    }
}

#[async_trait]
impl HttpClient for Collector {
    /// Blocks, which only holds up the exporter's thread.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = request.map(|body| body.to_vec());
        let (parts, mut body) = self.0.run(request)?.into_parts();
        let body = body.with_config().limit(MOST_REPLY).read_to_vec()?;
        Ok(Response::from_parts(parts, body.into()))
    }
}
