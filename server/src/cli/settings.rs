//! Options that every subcommand takes, and the way from them to the effective configuration.

use std::path::PathBuf;

use clap::Args;

use crate::{
    config::{Configuration, Log, Overrides},
    logging::{self, Written},
};

/// Options common to all subcommands.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// TOML file with settings; `locutor config` prints them all.
    #[arg(long, global = true, env = "LOCUTOR_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the database, the vectors and the admin key.
    #[arg(long, global = true, env = "LOCUTOR_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Folder of the models.
    #[arg(long, global = true, env = "LOCUTOR_MODELS_DIR", value_name = "DIR")]
    pub models_dir: Option<PathBuf>,
    /// What to log, e.g. `info` or `locutor=debug`.
    #[arg(long, global = true, env = "LOCUTOR_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// Print the result as JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

impl Settings {
    /// The configuration from file, environment and options, and logging as it says; where it
    /// says nothing, a command that does one thing only warns.
    pub fn load(&self) -> anyhow::Result<Configuration> {
        let configuration = self.configuration(Overrides::default())?;
        let mut log = configuration.log.clone();
        if log.filter == Log::default().filter {
            log.filter = "warn,qdrant_edge=error,symphonia_core=off".into();
        }
        logging::start(&log)?;
        Ok(configuration)
    }

    /// As [`Settings::load`] for the server, which logs its work, with its own options on top.
    pub fn load_server(&self, overrides: Overrides) -> anyhow::Result<(Configuration, Written)> {
        let configuration = self.configuration(overrides)?;
        let written = logging::start_queued(&configuration.log, &configuration.telemetry)?;
        Ok((configuration, written))
    }

    /// The configuration as far as it can be read, and everything that cannot. No logging begins.
    pub fn inspect(&self) -> anyhow::Result<(Configuration, Vec<String>)> {
        Configuration::inspect(
            self.config.as_deref(),
            &self.overrides(Overrides::default()),
        )
    }

    fn configuration(&self, overrides: Overrides) -> anyhow::Result<Configuration> {
        Configuration::load(self.config.as_deref(), &self.overrides(overrides))
    }

    fn overrides(&self, others: Overrides) -> Overrides {
        Overrides {
            data_dir: self.data_dir.clone(),
            models_dir: self.models_dir.clone(),
            log: self.log.clone(),
            ..others
        }
    }
}
