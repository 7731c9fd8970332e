//! `locutor demo`: the main job, end to end, in this process.
//!
//! shipped documents -> vectors in a temporary folder; question -> speech (or the given file) ->
//! [`voice_turn`] -> answer as text and as a WAV file -> a table of what each stage took.

mod question;
mod report;
mod show;

use std::{path::PathBuf, time::Instant};

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use locutor::{
    Cancellation, Engine,
    audio::wav,
    converse::{self, VoiceSettings, voice_turn},
    retrieve::{EdgeStore, VectorStore},
    transcribe,
};

use super::{Settings, output};
use crate::app::build_engine;
use report::{Report, StageTime};
use show::Show;

/// Ask a spoken question about Locutor's own documents and hear the answer.
#[derive(Debug, Args)]
pub struct Demo {
    /// A recording of the question, in any format that `locutor transcribe` takes.
    #[arg(long, value_name = "FILE", conflicts_with = "question")]
    audio: Option<PathBuf>,
    /// The question in words; it is spoken by the default voice and then listened to.
    #[arg(long, value_name = "TEXT", default_value = question::DEFAULT)]
    question: String,
    /// Where the spoken answer goes.
    #[arg(long, short, value_name = "FILE", default_value = "answer.wav")]
    output: PathBuf,
}

impl Demo {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let configuration = settings.load()?;
        let engine = build_engine(&configuration.engine)?;
        let show = Show::new(settings.json);
        let mut stages = Vec::new();

        let folder = tempfile::tempdir().context("a temporary folder for the demo's vectors")?;
        let store = timed(&mut stages, "index documents", || {
            ingest(&engine, folder.path(), &show)
        })?;
        let asked = timed(&mut stages, "prepare question", || match &self.audio {
            Some(file) => question::read(file),
            None => question::speak(&engine, &self.question),
        })?;
        show.question(self.audio.as_deref(), &self.question, &asked);

        let spoken = VoiceSettings {
            hear: transcribe::Options {
                words: true,
                ..transcribe::Options::default()
            },
            ..VoiceSettings::default()
        };
        let mut on_event = |event| show.event(&event);
        let turn = voice_turn(
            &engine,
            &store,
            &asked,
            &spoken,
            &mut on_event,
            &Cancellation::new(),
        )?;
        std::fs::write(&self.output, wav::encode(&turn.audio)).with_context(|| {
            format!(
                "the answer could not be written to {}",
                self.output.display()
            )
        })?;

        stages.extend(turn.timings.iter().map(StageTime::from));
        let report = Report::new(&turn, asked.seconds(), stages, self.output);
        if settings.json {
            output::json(&report)
        } else {
            output::line(report.table())
        }
    }
}

/// Puts the shipped documents into a store in the folder.
fn ingest(engine: &Engine, folder: &std::path::Path, show: &Show) -> anyhow::Result<EdgeStore> {
    let dimensions = engine.embedder(None)?.dimensions();
    let store = EdgeStore::open(folder, dimensions)?;
    let documents = converse::shipped_documents();
    let bar = ProgressBar::new(documents.len() as u64).with_style(ProgressStyle::with_template(
        "indexing documents [{bar:30}] {pos}/{len}",
    )?);
    for document in &documents {
        converse::ingest(engine, &store, document, &Cancellation::new())?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    show.indexed(documents.len(), store.count()?);
    Ok(store)
}

fn timed<T>(
    stages: &mut Vec<StageTime>,
    stage: &'static str,
    work: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let started = Instant::now();
    let result = work()?;
    stages.push(StageTime {
        stage,
        seconds: started.elapsed().as_secs_f64(),
    });
    Ok(result)
}
