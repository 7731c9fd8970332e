//! Where speech is looked for: the voice activity detector's settings, as OpenAI's clients write them in
//! `chunking_strategy` of a form and in `turn_detection` of a session.

use locutor::vad::Sensitivity;
use serde::{Deserialize, Serialize};

use crate::http::Fault;

/// Most bytes of a `chunking_strategy`.
pub const CHUNKING_BYTES: usize = 1 << 10;
/// Its name.
pub const SERVER_VAD: &str = "server_vad";

/// How speech is told from silence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ServerVad {
    /// Probability in `[0, 1]` from which something is speech.
    threshold: f32,
    /// What is heard before speech begins, and after it ends.
    prefix_padding_ms: u32,
    /// How long nobody speaks until it has ended.
    silence_duration_ms: u32,
}

impl Default for ServerVad {
    fn default() -> Self {
        Self {
            threshold: 0.5,
            prefix_padding_ms: 300,
            silence_duration_ms: 500,
        }
    }
}

/// As a client asks for it; what it leaves out stays.
#[derive(Debug, Default, Deserialize)]
pub struct ServerVadChange {
    threshold: Option<f32>,
    prefix_padding_ms: Option<u32>,
    silence_duration_ms: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strategy {
    #[serde(rename = "type")]
    kind: String,
    threshold: Option<f32>,
    prefix_padding_ms: Option<u32>,
    silence_duration_ms: Option<u32>,
}

impl ServerVad {
    /// What was before, changed.
    ///
    /// # Errors
    /// The name of what cannot be set so, and what could be.
    pub fn changed(self, change: &ServerVadChange) -> Result<Self, (&'static str, &'static str)> {
        let changed = Self {
            threshold: change.threshold.unwrap_or(self.threshold),
            prefix_padding_ms: change.prefix_padding_ms.unwrap_or(self.prefix_padding_ms),
            silence_duration_ms: change
                .silence_duration_ms
                .unwrap_or(self.silence_duration_ms),
        };
        if !(0.0..=1.0).contains(&changed.threshold) {
            return Err(("threshold", "must lie between 0 and 1"));
        }
        if changed.prefix_padding_ms > 5_000 {
            return Err(("prefix_padding_ms", "may be at most 5000"));
        }
        if !(50..=10_000).contains(&changed.silence_duration_ms) {
            return Err(("silence_duration_ms", "must lie between 50 and 10000"));
        }
        Ok(changed)
    }

    /// When speech begins and ends.
    pub fn sensitivity(&self) -> Sensitivity {
        Sensitivity {
            threshold: self.threshold,
            silence: f64::from(self.silence_duration_ms) / 1000.0,
            ..Sensitivity::default()
        }
    }

    /// Seconds before and after it that belong to it.
    pub fn margin(&self) -> f64 {
        f64::from(self.prefix_padding_ms) / 1000.0
    }
}

/// `auto`, or the settings as JSON; `None` is the default.
///
/// # Errors
/// 400 for anything else.
pub fn chunking(value: &str) -> Result<Option<ServerVad>, Fault> {
    let refuse = |message: String| Fault::invalid("chunking_strategy", message);
    let value = value.trim();
    if value.is_empty() || value == "auto" {
        return Ok(None);
    }
    let asked: Strategy = serde_json::from_str(value).map_err(|error| {
        refuse(format!(
            "must be `auto` or {{\"type\": \"server_vad\", …}}: {error}"
        ))
    })?;
    if asked.kind != SERVER_VAD {
        let message = format!("`{}` is unknown; use {SERVER_VAD}", asked.kind);
        return Err(refuse(message));
    }
    let change = ServerVadChange {
        threshold: asked.threshold,
        prefix_padding_ms: asked.prefix_padding_ms,
        silence_duration_ms: asked.silence_duration_ms,
    };
    let changed = ServerVad::default().changed(&change);
    let named = changed.map_err(|(field, message)| refuse(format!("`{field}` {message}")));
    named.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strategies_of_the_interface_are_taken() {
        assert_eq!(chunking("auto").unwrap(), None);
        let found =
            chunking(r#"{"type": "server_vad", "threshold": 0.7, "silence_duration_ms": 200}"#);
        let found = found.unwrap().unwrap();
        assert!((found.sensitivity().threshold - 0.7).abs() < 1e-6);
        assert!((found.sensitivity().silence - 0.2).abs() < 1e-9);
        assert!((found.margin() - 0.3).abs() < 1e-9);
    }

    #[test]
    fn others_are_refused() {
        for value in [
            "none",
            "{}",
            r#"{"type": "semantic_vad"}"#,
            r#"{"type": "server_vad", "threshold": 2}"#,
            r#"{"type": "server_vad", "silence_duration_ms": 60000}"#,
            r#"{"type": "server_vad", "eagerness": "high"}"#,
        ] {
            let fault = chunking(value).unwrap_err();
            assert_eq!(fault.fields[0].field, "chunking_strategy", "{value}");
        }
    }
}
