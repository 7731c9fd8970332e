//! `locutor worker`: do background jobs until asked to stop.

use clap::Args;

use super::Settings;
use crate::{app, config::Overrides};

/// Do background jobs until asked to stop (Ctrl-C or SIGTERM).
///
/// Any number of these may run, beside servers that do jobs too, or with `jobs.run_in_server`
/// switched off instead of them.
#[derive(Debug, Args)]
pub struct Worker {}

impl Worker {
    pub fn run(settings: &Settings) -> anyhow::Result<()> {
        let (configuration, _log) = settings.load_server(Overrides::default())?;
        app::run_worker(&configuration)
    }
}
