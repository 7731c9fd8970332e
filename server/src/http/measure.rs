//! Measurements of every request, and their Prometheus text.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Upper bounds of the latency buckets in seconds.
const BUCKETS: &[f64] = &[
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// Renders what was measured.
#[derive(Clone)]
pub struct Measurements(PrometheusHandle);

impl Measurements {
    /// Starts measuring for the whole process.
    pub fn install() -> anyhow::Result<Self> {
        let recorder = PrometheusBuilder::new()
            .set_buckets(BUCKETS)?
            .build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder)
            .map_err(|_| anyhow::anyhow!("measurements were already started in this process"))?;
        Ok(Self(handle))
    }

    /// Prometheus text.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Moves finished samples into the histograms; call it every few seconds.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

/// The layer.
pub async fn measure(request: Request, next: Next) -> Response {
    // The route's pattern, not the path: paths would make one series per document.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = method_label(request.method());
    let running = Running::enter();
    let started = Instant::now();
    let response = next.run(request).await;
    drop(running);
    let labels = [
        ("method", method.to_owned()),
        ("route", route),
        ("status", response.status().as_u16().to_string()),
    ];
    counter!("locutor_http_requests_total", &labels).increment(1);
    histogram!("locutor_http_request_duration_seconds", &labels[..2]).record(started.elapsed());
    response
}

/// A method's name where names are kept. Clients may invent methods, and each would be kept.
pub fn method_label(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    KNOWN
        .into_iter()
        .find(|known| *known == method.as_str())
        .unwrap_or("OTHER")
}

/// Counts a request as running until it is dropped, finished or not.
struct Running;

impl Running {
    fn enter() -> Self {
        gauge!("locutor_http_requests_running").increment(1);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        gauge!("locutor_http_requests_running").decrement(1);
    }
}
