//! `locutor embed`.

use clap::Args;
use locutor::Cancellation;

use super::{Settings, output, task};
use crate::features::models::Kind;

/// Turn texts into vectors.
#[derive(Debug, Args)]
pub struct Embed {
    /// The texts.
    #[arg(required = true)]
    texts: Vec<String>,
    /// Model to embed with.
    #[arg(long, short)]
    model: Option<String>,
}

impl Embed {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let configuration = settings.load()?;
        let engine = task::engine(&configuration)?;
        let model = task::model(&engine, Kind::Embed, self.model.as_deref())?;
        let embeddings = engine
            .embed(model, self.texts.clone(), Cancellation::new())?
            .wait()?;
        if settings.json {
            let items = self.texts.iter().zip(&embeddings).map(|(text, embedding)| {
                serde_json::json!({
                    "text": text,
                    "embedding": embedding.vector,
                    "tokens": embedding.tokens,
                    "truncated": embedding.truncated,
                })
            });
            return output::json(&items.collect::<Vec<_>>());
        }
        for embedding in embeddings {
            let values: Vec<String> = embedding.vector.iter().map(f32::to_string).collect();
            output::line(values.join(" "))?;
        }
        Ok(())
    }
}
