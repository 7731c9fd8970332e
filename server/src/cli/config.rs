//! `locutor config`: the effective configuration, ready to be used as a file.

use clap::Args;

use super::{Settings, output};

/// Print the effective configuration.
#[derive(Debug, Args)]
pub struct Config {}

impl Config {
    pub fn run(settings: &Settings) -> anyhow::Result<()> {
        let configuration = settings.load()?;
        if settings.json {
            output::json(&configuration)
        } else {
            output::line(toml::to_string_pretty(&configuration)?.trim_end())
        }
    }
}
