//! `locutor speak`.

use std::{fs, io::Read, path::PathBuf};

use anyhow::Context;
use clap::Args;
use locutor::{
    audio::{Audio, wav},
    speak::Options,
};

use super::{Settings, output, task};
use crate::features::models::Kind;

/// Speak text into a WAV file.
#[derive(Debug, Args)]
pub struct Speak {
    /// The text; absent: standard input.
    text: Option<String>,
    /// The WAV file to write.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Model to speak with.
    #[arg(long, short)]
    model: Option<String>,
    /// One of the model's voices; absent: its first.
    #[arg(long)]
    voice: Option<String>,
    /// Speaking rate from 0.25 to 4.
    #[arg(long, default_value_t = 1.0)]
    speed: f32,
}

impl Speak {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let configuration = settings.load()?;
        let text = match &self.text {
            Some(text) => text.clone(),
            None => standard_input()?,
        };
        let engine = task::engine(&configuration)?;
        let model = task::model(&engine, Kind::Speak, self.model.as_deref())?;
        let options = Options {
            voice: self.voice,
            speed: self.speed,
        };
        let spinner = task::spinner("speaking");
        let mut running = engine.speak(model, text, options)?;
        let audio = joined(running.by_ref());
        running.finish()?;
        spinner.finish_and_clear();
        let audio = audio.context("the text holds nothing that can be spoken")?;
        fs::write(&self.output, wav::encode(&audio))
            .with_context(|| format!("cannot write {}", self.output.display()))?;
        if settings.json {
            let (seconds, sample_rate) = (audio.seconds(), audio.sample_rate);
            return output::json(&serde_json::json!({
                "output": self.output, "seconds": seconds, "sample_rate": sample_rate,
            }));
        }
        output::line(format!(
            "{}: {:.2} s",
            self.output.display(),
            audio.seconds()
        ))
    }
}

fn joined(pieces: impl Iterator<Item = Audio>) -> Option<Audio> {
    pieces.reduce(|mut all, piece| {
        all.samples.extend(piece.samples);
        all
    })
}

fn standard_input() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("standard input is not text in UTF-8")?;
    Ok(text)
}
