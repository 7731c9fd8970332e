//! `locutor config`: check the configuration, print it, or write its reference.

use clap::{Args, Subcommand};

use super::{Settings, output};
use crate::config::Configuration;

/// Check and print the configuration.
#[derive(Debug, Args)]
pub struct Config {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Default, Subcommand)]
enum Command {
    /// Print the effective configuration, ready to be used as a file; secrets are left out.
    #[default]
    Print,
    /// Check the configuration without starting anything.
    Check,
    /// Print the reference of all settings in Markdown.
    Reference,
}

impl Config {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        if matches!(self.command, Some(Command::Reference)) {
            return output::line(Configuration::reference().trim_end());
        }
        let configuration = settings.load()?;
        match self.command.unwrap_or_default() {
            Command::Check if settings.json => output::json(&serde_json::json!({ "valid": true })),
            Command::Check => output::line("the configuration is valid"),
            _ if settings.json => output::json(&configuration),
            _ => output::line(toml::to_string_pretty(&configuration)?.trim_end()),
        }
    }
}
