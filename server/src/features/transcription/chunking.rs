//! Where speech is looked for: `chunking_strategy`, as OpenAI's clients write it.

use locutor::vad::Sensitivity;
use serde::Deserialize;

use crate::http::Fault;

/// Most bytes of it.
pub const CHUNKING_BYTES: usize = 1 << 10;

/// How speech is told from silence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chunking {
    /// When it begins and ends.
    pub sensitivity: Sensitivity,
    /// Seconds before and after it that belong to it.
    pub margin: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerVad {
    #[serde(rename = "type")]
    kind: String,
    threshold: Option<f32>,
    prefix_padding_ms: Option<u32>,
    silence_duration_ms: Option<u32>,
}

/// `auto`, or the settings of a voice activity detector as JSON; `None` is the default.
///
/// # Errors
/// 400 for anything else.
pub fn chunking(value: &str) -> Result<Option<Chunking>, Fault> {
    let refuse = |message: String| Fault::invalid("chunking_strategy", message);
    let value = value.trim();
    if value.is_empty() || value == "auto" {
        return Ok(None);
    }
    let asked: ServerVad = serde_json::from_str(value).map_err(|error| {
        refuse(format!(
            "must be `auto` or {{\"type\": \"server_vad\", …}}: {error}"
        ))
    })?;
    if asked.kind != "server_vad" {
        return Err(refuse(format!(
            "`{}` is unknown; use server_vad",
            asked.kind
        )));
    }
    let threshold = asked.threshold.unwrap_or(0.5);
    if !(0.0..=1.0).contains(&threshold) {
        return Err(refuse("`threshold` must lie between 0 and 1".into()));
    }
    let milliseconds = |asked: Option<u32>, default: u32| match asked.unwrap_or(default) {
        fits @ 0..=5_000 => Ok(f64::from(fits) / 1000.0),
        _ => Err(refuse("times may be at most 5000 milliseconds".into())),
    };
    Ok(Some(Chunking {
        sensitivity: Sensitivity {
            threshold,
            silence: milliseconds(asked.silence_duration_ms, 500)?,
            ..Sensitivity::default()
        },
        margin: milliseconds(asked.prefix_padding_ms, 300)?,
    }))
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
        assert!((found.sensitivity.threshold - 0.7).abs() < 1e-6);
        assert!(
            (found.sensitivity.silence - 0.2).abs() < 1e-9 && (found.margin - 0.3).abs() < 1e-9
        );
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
