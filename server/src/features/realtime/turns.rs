//! When an utterance is over: `turn_detection`.

use locutor::{
    transcribe::live::{Ending, Settings},
    vad::Sensitivity,
};
use serde::{Deserialize, Serialize};

use crate::http::Fault;

/// As a session has it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Turns {
    /// Once nobody speaks.
    ServerVad {
        /// Probability in `[0, 1]` from which something is speech.
        threshold: f32,
        /// What is heard before speech begins.
        prefix_padding_ms: u32,
        /// How long nobody speaks then.
        silence_duration_ms: u32,
    },
    /// Once nobody speaks and what was said is a finished sentence.
    SemanticVad {
        /// How soon an unfinished one is over.
        eagerness: Eagerness,
    },
}

/// How long an unfinished sentence is waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Eagerness {
    /// Eight seconds.
    Low,
    /// As `medium`.
    #[default]
    Auto,
    /// Four seconds.
    Medium,
    /// Two seconds.
    High,
}

/// As a client asks for it; what it leaves out stays.
#[derive(Debug, Deserialize)]
pub struct TurnChange {
    #[serde(rename = "type")]
    kind: Option<String>,
    threshold: Option<f32>,
    prefix_padding_ms: Option<u32>,
    silence_duration_ms: Option<u32>,
    eagerness: Option<Eagerness>,
}

impl Default for Turns {
    fn default() -> Self {
        Self::ServerVad {
            threshold: 0.5,
            prefix_padding_ms: 300,
            silence_duration_ms: 500,
        }
    }
}

impl Turns {
    /// The engine's settings with these.
    pub fn apply(self, settings: Settings) -> Settings {
        match self {
            Self::ServerVad {
                threshold,
                prefix_padding_ms,
                silence_duration_ms,
            } => Settings {
                prefix: f64::from(prefix_padding_ms) / 1000.0,
                sensitivity: Sensitivity {
                    threshold,
                    silence: f64::from(silence_duration_ms) / 1000.0,
                    ..Sensitivity::default()
                },
                ..settings
            },
            Self::SemanticVad { eagerness } => Settings {
                sensitivity: Sensitivity {
                    // The text has its say, so a short silence is enough to ask it.
                    silence: 0.3,
                    ..Sensitivity::default()
                },
                ending: Ending::Sentence {
                    patience: match eagerness {
                        Eagerness::Low => 8.0,
                        Eagerness::Auto | Eagerness::Medium => 4.0,
                        Eagerness::High => 2.0,
                    },
                },
                ..settings
            },
        }
    }
}

impl TurnChange {
    /// What was before, changed.
    ///
    /// # Errors
    /// 400 that names what cannot be set so.
    pub fn apply(self, before: Turns) -> Result<Turns, Fault> {
        let semantic = match (self.kind.as_deref(), before) {
            (Some("server_vad"), _) | (None, Turns::ServerVad { .. }) => false,
            (Some("semantic_vad"), _) | (None, Turns::SemanticVad { .. }) => true,
            _ => {
                return refuse(
                    "type",
                    "must be `server_vad` or `semantic_vad`, or null as a whole",
                );
            }
        };
        if semantic {
            let before = match before {
                Turns::SemanticVad { eagerness } => eagerness,
                Turns::ServerVad { .. } => Eagerness::default(),
            };
            let eagerness = self.eagerness.unwrap_or(before);
            return Ok(Turns::SemanticVad { eagerness });
        }
        self.by_silence(before)
    }

    fn by_silence(self, before: Turns) -> Result<Turns, Fault> {
        let before = match before {
            Turns::ServerVad { .. } => before,
            Turns::SemanticVad { .. } => Turns::default(),
        };
        let Turns::ServerVad {
            mut threshold,
            mut prefix_padding_ms,
            mut silence_duration_ms,
        } = before
        else {
            return Ok(before);
        };
        threshold = self.threshold.unwrap_or(threshold);
        prefix_padding_ms = self.prefix_padding_ms.unwrap_or(prefix_padding_ms);
        silence_duration_ms = self.silence_duration_ms.unwrap_or(silence_duration_ms);
        if !(0.0..=1.0).contains(&threshold) {
            return refuse("threshold", "must lie between 0 and 1");
        }
        if prefix_padding_ms > 5_000 {
            return refuse("prefix_padding_ms", "may be at most 5000");
        }
        if !(50..=10_000).contains(&silence_duration_ms) {
            return refuse("silence_duration_ms", "must lie between 50 and 10000");
        }
        Ok(Turns::ServerVad {
            threshold,
            prefix_padding_ms,
            silence_duration_ms,
        })
    }
}

fn refuse(field: &str, message: &str) -> Result<Turns, Fault> {
    let field = format!("session.audio.input.turn_detection.{field}");
    Err(Fault::invalid(field, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(before: Turns, change: &str) -> Result<Turns, Fault> {
        serde_json::from_str::<TurnChange>(change)
            .unwrap()
            .apply(before)
    }

    #[test]
    fn sentences_may_end_utterances() {
        let asked = r#"{"type": "semantic_vad", "eagerness": "high"}"#;
        let turns = changed(Turns::default(), asked).unwrap();
        let written = serde_json::json!({"type": "semantic_vad", "eagerness": "high"});
        assert_eq!(serde_json::to_value(turns).unwrap(), written);
        let settings = turns.apply(Settings::default());
        assert_eq!(settings.ending, Ending::Sentence { patience: 2.0 });
        assert_eq!(changed(turns, "{}").unwrap(), turns);
        let back = changed(turns, r#"{"type": "server_vad", "threshold": 0.7}"#).unwrap();
        assert_eq!(back.apply(Settings::default()).ending, Ending::Silence);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for change in [
            r#"{"type": "none"}"#,
            r#"{"threshold": 2}"#,
            r#"{"silence_duration_ms": 1}"#,
            r#"{"prefix_padding_ms": 6000}"#,
        ] {
            assert!(changed(Turns::default(), change).is_err(), "{change}");
        }
    }
}
