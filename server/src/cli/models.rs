//! `locutor models`.

use clap::Args;

use super::{Settings, output};

/// List, pull, verify and remove models.
#[derive(Debug, Args)]
pub struct Models {}

impl Models {
    pub fn run(self, _settings: &Settings) -> anyhow::Result<()> {
        for entry in locutor_models::Catalog::builtin().entries() {
            output::line(format!("{}  {}", entry.id, entry.task.name()))?;
        }
        Ok(())
    }
}
