//! The models used where a call names none.

use locutor_models::Catalog;

use super::Engine;

/// General language models, the best first; the last one belongs to the default set.
const GENERATORS: [&str; 2] = ["qwen2.5-coder-0.5b-instruct", "smollm2-135m-instruct"];

/// The models used where a call names none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// Speech to text.
    pub transcriber: String,
    /// Embeddings.
    pub embedder: String,
    /// Text generation; `None` is the best one installed ([`Engine::default_generator`]).
    pub generator: Option<String>,
    /// Text to speech.
    pub synthesizer: String,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            transcriber: "whisper-base".into(),
            embedder: "all-minilm-l6-v2".into(),
            generator: None,
            synthesizer: "piper-en-us-joe-medium".into(),
        }
    }
}

impl Engine {
    /// The language model used where a call names none: the configured one, else the best of the
    /// general ones that is installed now, else the smallest, which is then reported as missing.
    pub fn default_generator(&self) -> String {
        let installed = |id: &str| {
            Catalog::builtin()
                .entry(id)
                .and_then(|entry| self.store().is_complete(entry))
                .unwrap_or(false)
        };
        let [best, smallest] = GENERATORS;
        let fallback = if installed(best) { best } else { smallest };
        let configured = self.defaults().generator.clone();
        configured.unwrap_or_else(|| fallback.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn the_better_model_is_used_once_it_is_there_unless_another_is_configured() {
        let folder = tempfile::tempdir().unwrap();
        let builder = Engine::builder().models_folder(folder.path());
        let engine = builder.clone().build().unwrap();
        let [best, smallest] = GENERATORS;
        assert_eq!(engine.default_generator(), smallest);
        fs::create_dir(folder.path().join(best)).unwrap();
        for file in &Catalog::builtin().entry(best).unwrap().files {
            // Only the length counts here; digests are checked when a model is loaded.
            let sparse = File::create(folder.path().join(best).join(&file.name)).unwrap();
            let expected = file.expected.as_ref().unwrap();
            sparse.set_len(expected.size).unwrap();
        }
        assert_eq!(engine.default_generator(), best);
        let explicit = builder.defaults(Defaults {
            generator: Some(smallest.to_owned()),
            ..Defaults::default()
        });
        assert_eq!(explicit.build().unwrap().default_generator(), smallest);
    }
}
