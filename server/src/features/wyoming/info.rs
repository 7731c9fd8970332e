//! What can be asked for, in answer to `describe`.

use locutor::{Engine, transcribe::language_names};
use locutor_models::Task;
use serde_json::{Value, json};

use super::message::Message;
use crate::features::models::ModelService;

/// The installed models that hear, and the voices of the default one that speaks. It may load the latter.
pub fn info(engine: &Engine, models: &ModelService) -> Message {
    let hears = models
        .installed()
        .into_iter()
        .filter(|entry| entry.task == Task::Transcribe);
    let models: Vec<Value> = hears
        .map(|entry| {
            let known: Vec<&str> = entry.languages.iter().map(String::as_str).collect();
            let languages = match known[..] {
                ["multilingual"] => language_names().map(|(code, _)| code).collect(),
                _ => known,
            };
            let artifact = artifact(&entry.id, &entry.title);
            with(artifact, "languages", json!(languages))
        })
        .collect();
    let voices: Vec<Value> = match engine.synthesizer(None) {
        Ok(synthesizer) => synthesizer
            .voices()
            .iter()
            .map(|voice| {
                let language = voice.language.replace('-', "_");
                with(
                    artifact(&voice.id, &voice.id),
                    "languages",
                    json!([language]),
                )
            })
            .collect(),
        Err(error) => {
            tracing::warn!(%error, "no voice can be offered");
            Vec::new()
        }
    };
    let hearing = with(
        artifact("locutor", "Locutor, speech to text"),
        "models",
        json!(models),
    );
    let hearing = with(hearing, "supports_transcript_streaming", json!(true));
    let speaking = with(
        artifact("locutor", "Locutor, text to speech"),
        "voices",
        json!(voices),
    );
    let speaking = with(speaking, "supports_synthesize_streaming", json!(true));
    Message::new("info", json!({"asr": [hearing], "tts": [speaking]}))
}

fn artifact(name: &str, description: &str) -> Value {
    json!({
        "name": name,
        "description": description,
        "attribution": {"name": "Locutor", "url": ""},
        "installed": true,
        "version": env!("CARGO_PKG_VERSION"),
    })
}

fn with(mut value: Value, name: &str, inner: Value) -> Value {
    value[name] = inner;
    value
}
