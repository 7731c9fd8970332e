//! `locutor migrate`: bring the database to the current schema.

use clap::Args;

use super::{Settings, output};
use crate::app::{DataFolder, block_on, connect};

/// Bring the database to the current schema (`serve` does so too).
#[derive(Debug, Args)]
pub struct Migrate {}

impl Migrate {
    pub fn run(settings: &Settings) -> anyhow::Result<()> {
        let configuration = settings.load()?;
        let folder = DataFolder::prepare(&configuration.data.dir)?;
        let _lock = folder.lock()?;
        let applied = block_on(async { connect(&configuration, &folder).await?.migrate().await })?;
        if settings.json {
            return output::json(&serde_json::json!({ "applied": applied }));
        }
        match applied.as_slice() {
            [] => output::line("the schema is up to date"),
            names => output::line(format!("applied: {}", names.join(", "))),
        }
    }
}
