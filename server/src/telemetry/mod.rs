//! Traces for a collector, in OpenTelemetry's protocol.
//!
//! Every request is a span, named by its route, and so is every job; what the engine does for a request is a span
//! below, from the moment it is queued (live streams are none). Where it is set so, a request with a `traceparent`
//! (W3C Trace Context) goes on with the trace of whoever sent it. Nothing that is logged leaves with them. Spans are queued, a thread posts them in batches; when the collector is away or
//! slow they are dropped once the queue is full, and nothing else waits. Without a collector none of this
//! is there.

mod collector;
mod request;

use std::time::Duration;

use anyhow::Context;
use opentelemetry::{KeyValue, global, trace::TracerProvider};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use tracing::{Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, filter_fn},
    registry::LookupSpan,
};

use collector::Collector;
pub use request::{begin, end};

use crate::config::TelemetrySettings;

/// Longest that one post may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Longest that the process waits at its end for the last spans to leave.
const LAST_POST: Duration = Duration::from_secs(3);

/// What makes and sends the traces; the last ones leave when it is dropped.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// `None` when there is no collector.
    ///
    /// # Errors
    /// When a setting is none.
    pub fn start(settings: &TelemetrySettings) -> anyhow::Result<Option<Self>> {
        let Some(url) = settings.traces_url()? else {
            return Ok(None);
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new(PATIENCE))
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(url)
            .with_headers(settings.headers()?.into_iter().collect())
            .with_timeout(PATIENCE)
            .build()
            .context("telemetry")?;
        let resource = Resource::builder()
            .with_service_name(settings.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let share = Sampler::TraceIdRatioBased(settings.share()?);
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::ParentBased(Box::new(share)))
            .with_resource(resource)
            .build();
        global::set_text_map_propagator(TraceContextPropagator::new());
        request::switch_on(settings.follow_senders);
        Ok(Some(Self(provider)))
    }

    /// What turns our spans into spans of the protocol.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + 'static
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("locutor"))
            .with_location(false)
            .with_threads(false)
            .with_filter(LevelFilter::INFO.and(filter_fn(is_told)))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // A collector that is away at the end has missed the last spans.
        self.0.shutdown_with_timeout(LAST_POST).ok();
    }
}

/// Our spans only: libraries have theirs for their own developers, and what is logged may quote people.
fn is_told(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().split("::").next() == Some("locutor")
}
