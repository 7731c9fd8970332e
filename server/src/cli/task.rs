//! What the commands that run one engine task share: the engine, names of models, progress.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use locutor::Engine;

use crate::{
    app::build_engine,
    config::Configuration,
    features::models::{Kind, ModelService},
};

/// The engine as configured, for one command.
pub fn engine(configuration: &Configuration) -> anyhow::Result<Engine> {
    build_engine(&configuration.engine)
}

/// The model that a name means; `None` stays the default.
pub fn model(engine: &Engine, kind: Kind, name: Option<&str>) -> anyhow::Result<Option<String>> {
    let Some(name) = name else {
        return Ok(None);
    };
    ModelService::new(engine.clone())
        .resolve(kind, name)
        .map(Some)
        .map_err(|fault| anyhow::anyhow!("{}", fault.message))
}

/// A bar of known length on standard error; hidden when that is no terminal.
pub fn bar(length: u64, unit: &'static str) -> ProgressBar {
    let template = format!("{{bar:40}} {{pos}}/{{len}} {unit}  {{msg}}");
    let style =
        ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}

/// A sign of life on standard error for work of unknown length.
pub fn spinner(message: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(message);
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}
