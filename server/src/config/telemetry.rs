//! Section `[telemetry]`: where traces go.

use std::str::FromStr;

use anyhow::{Context, ensure};
use axum::http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Secret, is_base_url};

/// Where traces go, in OpenTelemetry's protocol (OTLP over HTTP, protobuf).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySettings {
    /// A collector, such as `http://localhost:4318`; traces are posted to `/v1/traces` below it. Absent: no
    /// traces are made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp_endpoint: Option<String>,
    /// Headers for the collector as `name=value,name=value`, e.g. with its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp_headers: Option<Secret>,
    /// What the traces are said to come from.
    pub service_name: String,
    /// Share of traces that are kept, from 0 to 1.
    pub sampled_share: f64,
    /// Whether a request goes on with the trace of its `traceparent`, which then decides whether it is kept: for a
    /// server that only one's own services reach.
    pub follow_senders: bool,
}

impl TelemetrySettings {
    /// Where traces are posted to; `None` when there is no collector.
    ///
    /// # Errors
    /// When the collector's address is none.
    pub fn traces_url(&self) -> anyhow::Result<Option<String>> {
        let Some(endpoint) = &self.otlp_endpoint else {
            return Ok(None);
        };
        ensure!(
            is_base_url(endpoint),
            "telemetry.otlp_endpoint: `{endpoint}` is no address of a collector; write e.g. \
             `http://localhost:4318`, and its key into `telemetry.otlp_headers`"
        );
        Ok(Some(format!(
            "{}/v1/traces",
            endpoint.trim_end_matches('/')
        )))
    }

    /// Headers of every post.
    ///
    /// # Errors
    /// When one is none. What was written is not quoted.
    pub fn headers(&self) -> anyhow::Result<Vec<(String, String)>> {
        let text = self.otlp_headers.as_ref().map_or("", Secret::reveal);
        let pairs = text.split(',').filter(|pair| !pair.trim().is_empty());
        pairs
            .enumerate()
            .map(|(index, pair)| {
                header(pair).with_context(|| {
                    format!(
                        "telemetry.otlp_headers: the {}. is no header; write `name=value,name=value`",
                        index + 1
                    )
                })
            })
            .collect()
    }

    /// The share of traces that are kept.
    ///
    /// # Errors
    /// When it is none.
    pub fn share(&self) -> anyhow::Result<f64> {
        ensure!(
            (0.0..=1.0).contains(&self.sampled_share),
            "telemetry.sampled_share: {} is no share; write a number from 0 to 1",
            self.sampled_share
        );
        Ok(self.sampled_share)
    }
}

fn header(pair: &str) -> Option<(String, String)> {
    let (name, value) = pair.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    HeaderName::from_str(name).ok()?;
    HeaderValue::from_str(value).ok()?;
    Some((name.to_owned(), value.to_owned()))
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            otlp_headers: None,
            service_name: "locutor".into(),
            sampled_share: 1.0,
            follow_senders: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_endpoint(endpoint: &str) -> TelemetrySettings {
        TelemetrySettings {
            otlp_endpoint: Some(endpoint.to_owned()),
            ..TelemetrySettings::default()
        }
    }

    #[test]
    fn traces_go_below_the_collector() {
        assert_eq!(TelemetrySettings::default().traces_url().unwrap(), None);
        for endpoint in ["http://[::1]:4318", "http://[::1]:4318/"] {
            let url = with_endpoint(endpoint).traces_url().unwrap();
            assert_eq!(url.as_deref(), Some("http://[::1]:4318/v1/traces"));
        }
        for endpoint in [
            "",
            "localhost:4318",
            "grpc://a:1",
            "http://",
            "http://a/?b",
            "http://k@a",
        ] {
            let refused = with_endpoint(endpoint).traces_url().unwrap_err();
            assert!(refused.to_string().contains("localhost:4318"), "{refused}");
        }
    }

    #[test]
    fn headers_are_pairs_and_never_quoted() {
        let headers = |text: &str| {
            TelemetrySettings {
                otlp_headers: Some(Secret::from(text.to_owned())),
                ..TelemetrySettings::default()
            }
            .headers()
        };
        let found = headers("x-key = a=b, tenant=one,").unwrap();
        let expected = [("x-key", "a=b"), ("tenant", "one")];
        assert_eq!(
            found,
            expected.map(|(name, value)| (name.into(), value.into()))
        );
        for wrong in ["hunter2", "a=1,hunter2", "a b=hunter2", "a=hunter2\n"] {
            // A line's end would be trimmed away at the end of a value, so it stands inside.
            let refused = headers(&wrong.replace('\n', "\n2")).unwrap_err();
            assert!(!format!("{refused:#}").contains("hunter2"));
        }
    }

    #[test]
    fn a_share_is_a_share() {
        for (share, fits) in [
            (0.0, true),
            (1.0, true),
            (-0.1, false),
            (1.5, false),
            (f64::NAN, false),
        ] {
            let settings = TelemetrySettings {
                sampled_share: share,
                ..TelemetrySettings::default()
            };
            assert_eq!(settings.share().is_ok(), fits, "{share}");
        }
    }
}
