//! `locutor models`: list, pull, verify, remove and import models.
//!
//! Progress goes to standard error, one bar per item in work; results go to standard output.
//! The exit code is 1 when any model failed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use anyhow::bail;
use clap::{Args, Subcommand};
use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressStyle};
use locutor_models::{Catalog, Entry, Event, Progress, PullOptions, Pulled, Source, Stage, Store};
use serde_json::{Value, json};

use super::{Settings, output};

/// List, pull, verify and remove models.
#[derive(Debug, Args)]
pub struct Models {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show every model: task, size, licence and whether it is here.
    List,
    /// Get models; without names, the default ones.
    Pull {
        /// Names as `list` shows them.
        names: Vec<String>,
        /// How many to get at the same time.
        #[arg(long, default_value_t = 3)]
        parallel: usize,
    },
    /// Compare every byte with the catalog; without names, of all models that are here.
    Verify {
        /// Names as `list` shows them.
        names: Vec<String>,
    },
    /// Delete models.
    Remove {
        /// Names as `list` shows them.
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Install models from a folder with their files or packages, without a connection.
    Import {
        /// The folder.
        folder: PathBuf,
    },
}

impl Models {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let store = Store::new(settings.load()?.engine.models_dir);
        let json = settings.json;
        match self.command {
            Command::List => list(&store, json),
            Command::Pull { names, parallel } => pull(&store, &names, parallel, json),
            Command::Verify { names } => verify(&store, names, json),
            Command::Remove { names } => remove(&store, &names, json),
            Command::Import { folder } => import(&store, &folder, json),
        }
    }
}

fn list(store: &Store, json: bool) -> anyhow::Result<()> {
    let installed = store.installed(Catalog::builtin())?;
    if json {
        let models: Vec<Value> = installed
            .iter()
            .map(|model| described(model.entry, model.complete, model.disk))
            .collect();
        return output::json(&models);
    }
    for model in &installed {
        let entry = model.entry;
        let state = match (model.complete, entry.default) {
            (true, _) => "installed",
            (false, true) => "default",
            (false, false) => "",
        };
        output::line(format!(
            "{:<30} {:<10} {:>8} MB  {state:<9}  {:<24} {}{}",
            entry.id,
            entry.task.name(),
            megabytes(entry.size()),
            entry.licence,
            entry.title,
            if entry.exercised {
                ""
            } else {
                " (unexercised)"
            },
        ))?;
    }
    Ok(())
}

/// Megabytes with one decimal; unknown sizes as a question mark.
fn megabytes(bytes: u64) -> String {
    if bytes == 0 {
        return "?".to_owned();
    }
    format!("{:.1}", bytes as f64 / 1e6)
}

fn described(entry: &Entry, installed: bool, disk: u64) -> Value {
    let files: Vec<Value> = entry
        .files
        .iter()
        .map(|file| {
            let expected = file.expected.as_ref();
            json!({
                "name": file.name,
                "size": expected.map(|expected| expected.size),
                "sha256": expected.map(|expected| expected.sha256.as_str()),
            })
        })
        .collect();
    let sources: Vec<String> = entry.sources.iter().map(Source::describe).collect();
    json!({
        "id": entry.id,
        "task": entry.task.name(),
        "title": entry.title,
        "licence": entry.licence,
        "languages": entry.languages,
        "default": entry.default,
        "exercised": entry.exercised,
        "note": entry.note,
        "installed": installed,
        "disk": disk,
        "size": entry.size(),
        "sources": sources,
        "files": files,
    })
}

fn pull(store: &Store, names: &[String], parallel: usize, json: bool) -> anyhow::Result<()> {
    let catalog = Catalog::builtin();
    let ids: Vec<&str> = if names.is_empty() {
        catalog.defaults().map(|entry| entry.id.as_str()).collect()
    } else {
        names.iter().map(String::as_str).collect()
    };
    // A wrong name is told before anything is fetched.
    for id in &ids {
        catalog.entry(id)?;
    }
    let options = PullOptions {
        parallel,
        ..PullOptions::default()
    };
    let bars = Bars::default();
    let results = store.pull(catalog, &ids, &options, &bars, &AtomicBool::new(false));
    bars.clear();
    report(results, json)
}

fn import(store: &Store, folder: &Path, json: bool) -> anyhow::Result<()> {
    std::fs::create_dir_all(store.folder())?;
    let bars = Bars::default();
    let stop = AtomicBool::new(false);
    let results = store.import(Catalog::builtin(), folder, &bars, &stop)?;
    bars.clear();
    if results.is_empty() {
        bail!(
            "{} has no complete model or package of the catalog; see `locutor models list --json`",
            folder.display()
        );
    }
    report(results, json)
}

fn report(results: Vec<locutor_models::Result<Pulled>>, json: bool) -> anyhow::Result<()> {
    let mut done = Vec::new();
    let mut failed = Vec::new();
    for result in results {
        match result {
            Ok(pulled) => done.push(pulled),
            Err(error) => failed.push(error.to_string()),
        }
    }
    if json {
        let models: Vec<Value> = done
            .iter()
            .map(|pulled| {
                json!({
                    "id": pulled.id,
                    "fetched": pulled.fetched,
                    "bytes": pulled.bytes,
                    "seconds": pulled.elapsed.as_secs_f64(),
                })
            })
            .collect();
        output::json(&models)?;
    } else {
        for pulled in &done {
            let (size, seconds) = (HumanBytes(pulled.bytes), pulled.elapsed.as_secs_f64());
            let what = if pulled.fetched {
                "installed"
            } else {
                "was here"
            };
            output::line(format!("{:<30} {what}  {size}  {seconds:.1} s", pulled.id))?;
        }
    }
    finish(&failed)
}

fn finish(failed: &[String]) -> anyhow::Result<()> {
    if failed.is_empty() {
        return Ok(());
    }
    bail!("{}", failed.join("\n"))
}

fn verify(store: &Store, names: Vec<String>, json: bool) -> anyhow::Result<()> {
    let catalog = Catalog::builtin();
    let names = if names.is_empty() {
        let installed = store.installed(catalog)?.into_iter();
        let here = installed.filter(|model| model.disk > 0);
        here.map(|model| model.entry.id.clone()).collect()
    } else {
        names
    };
    let bars = Bars::default();
    let mut failed = Vec::new();
    let mut results = Vec::new();
    for name in &names {
        match store.verify_with(catalog, name, &bars, &AtomicBool::new(false)) {
            Ok(model) if json => {
                results.push(json!({"id": name, "intact": true, "bytes": model.bytes()}));
            }
            Ok(model) => {
                output::line(format!("{name:<30} intact  {}", HumanBytes(model.bytes())))?;
            }
            Err(error) => {
                let message = error.to_string();
                results.push(json!({"id": name, "intact": false, "error": message}));
                failed.push(message);
            }
        }
    }
    bars.clear();
    if json {
        output::json(&results)?;
    }
    finish(&failed)
}

fn remove(store: &Store, names: &[String], json: bool) -> anyhow::Result<()> {
    let mut failed = Vec::new();
    let mut results = Vec::new();
    for name in names {
        match store.remove(Catalog::builtin(), name) {
            Ok(freed) if json => results.push(json!({"id": name, "freed": freed})),
            Ok(freed) => output::line(format!("{name:<30} removed  {}", HumanBytes(freed)))?,
            Err(error) => failed.push(error.to_string()),
        }
    }
    if json {
        output::json(&results)?;
    }
    finish(&failed)
}

/// One bar per item in work.
#[derive(Default)]
struct Bars {
    all: MultiProgress,
    bars: Mutex<HashMap<(String, String), (Stage, ProgressBar)>>,
}

impl Bars {
    fn clear(&self) {
        // Bars are decoration: a terminal that is gone does not matter.
        self.all.clear().ok();
    }

    fn bar(&self, event: &Event<'_>) -> ProgressBar {
        let bar = self.all.add(ProgressBar::new(event.total));
        bar.set_style(style(event.stage));
        bar.set_prefix(event.item.to_owned());
        bar.set_message(event.stage.name());
        bar
    }
}

fn style(stage: Stage) -> ProgressStyle {
    let template = match stage {
        Stage::Download | Stage::Verify => {
            "{prefix:50!} {msg:8} {bar:24} {bytes:>10} of {total_bytes:>10} {bytes_per_sec:>12} {eta:>4}"
        }
        Stage::Unpack => "{prefix:50!} {msg:8} {spinner} {bytes:>10}",
        _ => "{prefix:50!} {msg:8} {bar:24} {pos} of {len}",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Progress for Bars {
    fn update(&self, event: &Event<'_>) {
        let Ok(mut bars) = self.bars.lock() else {
            return;
        };
        let key = (event.model.to_owned(), event.item.to_owned());
        let stale = bars
            .get(&key)
            .is_none_or(|(stage, _)| *stage != event.stage);
        if stale {
            if let Some((_, old)) = bars.remove(&key) {
                old.finish_and_clear();
            }
            bars.insert(key.clone(), (event.stage, self.bar(event)));
        }
        if let Some((_, bar)) = bars.get(&key) {
            bar.set_length(event.total);
            bar.set_position(event.done);
            if event.total > 0 && event.done >= event.total {
                bar.finish_and_clear();
            }
        }
    }
}
