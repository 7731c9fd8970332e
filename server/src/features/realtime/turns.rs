//! When an utterance is over: `turn_detection`.

use locutor::{
    transcribe::live::{Ending, Settings},
    vad::Sensitivity,
};
use serde::{Deserialize, Serialize};

use crate::{
    features::transcription::chunking::{SERVER_VAD, ServerVad, ServerVadChange},
    http::Fault,
};

/// The name of the other way.
const SEMANTIC_VAD: &str = "semantic_vad";

/// As a session has it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Turns {
    /// Once nobody speaks.
    ServerVad(ServerVad),
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
    #[serde(flatten)]
    vad: ServerVadChange,
    eagerness: Option<Eagerness>,
}

impl Default for Turns {
    fn default() -> Self {
        Self::ServerVad(ServerVad::default())
    }
}

impl Turns {
    /// The engine's settings with these.
    pub fn apply(self, settings: Settings) -> Settings {
        match self {
            Self::ServerVad(vad) => Settings {
                prefix: vad.margin(),
                sensitivity: vad.sensitivity(),
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
    pub fn apply(&self, before: Turns) -> Result<Turns, Fault> {
        match (self.kind.as_deref(), before) {
            (None | Some(SERVER_VAD), Turns::ServerVad(before)) => self.by_silence(before),
            (Some(SERVER_VAD), Turns::SemanticVad { .. }) => self.by_silence(ServerVad::default()),
            (None | Some(SEMANTIC_VAD), Turns::SemanticVad { eagerness }) => {
                let eagerness = self.eagerness.unwrap_or(eagerness);
                Ok(Turns::SemanticVad { eagerness })
            }
            (Some(SEMANTIC_VAD), Turns::ServerVad(_)) => {
                let eagerness = self.eagerness.unwrap_or_default();
                Ok(Turns::SemanticVad { eagerness })
            }
            _ => refuse(
                "type",
                "must be `server_vad` or `semantic_vad`, or null as a whole",
            ),
        }
    }

    fn by_silence(&self, before: ServerVad) -> Result<Turns, Fault> {
        match before.changed(&self.vad) {
            Ok(vad) => Ok(Turns::ServerVad(vad)),
            Err((field, message)) => refuse(field, message),
        }
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
