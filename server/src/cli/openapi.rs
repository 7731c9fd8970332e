//! `locutor openapi`: the server's OpenAPI document, as committed in `server/openapi.json`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::output;
use crate::app;

/// Print the OpenAPI document of the server.
#[derive(Debug, Args)]
pub struct Openapi {
    /// Write it to this file instead.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Openapi {
    pub fn run(self) -> anyhow::Result<()> {
        let document = app::openapi_json()?;
        match self.output {
            None => output::line(document.trim_end()),
            Some(path) => std::fs::write(&path, document)
                .with_context(|| format!("cannot write {}", path.display())),
        }
    }
}
