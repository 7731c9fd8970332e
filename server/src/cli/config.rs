//! `locutor config`: check the configuration, print it, or write its reference.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::{Settings, output};
use crate::{
    app::{self, block_on},
    config::Configuration,
};

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
    /// Find every mistake in the configuration without starting anything; exits with 1 when there is one.
    Check,
    /// Print the reference of all settings in Markdown.
    Reference {
        /// Write it to this file instead.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

impl Config {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        match self.command.unwrap_or_default() {
            Command::Print => print(settings),
            Command::Check => check(settings),
            Command::Reference { output } => reference(output),
        }
    }
}

fn print(settings: &Settings) -> anyhow::Result<()> {
    let configuration = settings.load()?;
    if settings.json {
        return output::json(&configuration);
    }
    output::line(configuration.to_toml()?.trim_end())
}

fn check(settings: &Settings) -> anyhow::Result<()> {
    let (configuration, mut problems) = settings.inspect()?;
    problems.extend(block_on(async { Ok(app::check(&configuration)) })?);
    if settings.json {
        let valid = problems.is_empty();
        output::json(&serde_json::json!({ "valid": valid, "problems": problems }))?;
    }
    match problems.as_slice() {
        [] if settings.json => Ok(()),
        [] => output::line("the configuration is valid"),
        [problem] => bail!("the configuration is not valid: {problem}"),
        several => bail!(
            "the configuration has {} mistakes:\n- {}",
            several.len(),
            several.join("\n- ")
        ),
    }
}

fn reference(output: Option<PathBuf>) -> anyhow::Result<()> {
    let text = Configuration::reference();
    match output {
        None => output::line(text.trim_end()),
        Some(path) => {
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(command: Command, file: &str) -> anyhow::Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locutor.toml");
        std::fs::write(&path, file).unwrap();
        let settings = Settings {
            config: Some(path),
            data_dir: Some(folder.path().join("data")),
            models_dir: None,
            log: None,
            json: false,
        };
        let command = Some(command);
        let outcome = Config { command }.run(&settings);
        let made = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(made, 1, "it only looks");
        outcome
    }

    #[test]
    fn a_check_tells_every_mistake() {
        run(Command::Check, "[log]\nfilter = 'debug'\n").unwrap();
        let text = "[rate_limits]\nlogin = '3/week'\n[auth]\nsecret = 'short'\npublik_url = 'x'\n";
        let told = run(Command::Check, text).unwrap_err().to_string();
        for words in [
            "3 mistakes",
            "3/week",
            "auth.secret",
            "did you mean `public_url`?",
        ] {
            assert!(told.contains(words), "{told}");
        }
        let broken = run(Command::Check, "[log\n").unwrap_err();
        assert!(format!("{broken:#}").contains("TOML"), "{broken:#}");
    }

    #[test]
    fn a_print_needs_settings_that_can_be_read() {
        run(Command::Print, "[log]\nfilter = 'debug'\n").unwrap();
        assert!(run(Command::Print, "[auth]\nsecret = '(secret)'\n").is_err());
    }

    #[test]
    fn the_reference_goes_to_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        reference(Some(file.path().to_owned())).unwrap();
        let written = std::fs::read_to_string(file.path()).unwrap();
        assert_eq!(written, Configuration::reference());
    }
}
