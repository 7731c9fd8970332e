//! `locutor detect`.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::ensure;
use clap::Args;
use locutor::{
    Cancellation,
    language::{self, LanguageGuess, LanguageReport},
    transcribe::spoken::SpokenLanguages,
};

use super::{Settings, output, task, transcribe};
use crate::{config::Configuration, features::models::Kind};

/// Most bytes that are read of standard input; far more than are looked at.
const MOST_BYTES: u64 = 64 << 20;

/// Tell which languages a text or a recording is in.
#[derive(Debug, Args)]
pub struct Detect {
    /// The text; `-` reads it from standard input.
    #[arg(required_unless_present = "audio")]
    text: Option<String>,
    /// A recording instead: WAV, FLAC, MP3, OGG Vorbis, M4A/AAC or AIFF.
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    audio: Option<PathBuf>,
    /// Model to hear with.
    #[arg(long, short, requires = "audio")]
    model: Option<String>,
    /// Most languages to name.
    #[arg(long, default_value_t = 3)]
    limit: usize,
}

impl Detect {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let configuration = settings.load()?;
        match (&self.audio, &self.text) {
            (Some(file), _) => self.of_speech(file, &configuration, settings.json),
            (None, text) => self.of_text(text.as_deref().unwrap_or("-"), settings.json),
        }
    }

    fn of_text(&self, text: &str, json: bool) -> anyhow::Result<()> {
        let text = match text {
            "-" => read()?,
            text => text.to_owned(),
        };
        let mut report = language::report(&text, &Cancellation::new())?;
        let is_empty = report.languages.is_empty();
        report.languages.truncate(self.limit);
        if json {
            return output::json(&report.in_characters(&text));
        }
        ensure!(!is_empty, "the text holds no words to tell a language by");
        print_guesses(&report.languages)?;
        print_report(&text, &report)
    }

    fn of_speech(
        &self,
        file: &Path,
        configuration: &Configuration,
        json: bool,
    ) -> anyhow::Result<()> {
        let engine = task::engine(configuration)?;
        let audio = transcribe::read(file, configuration.limits.audio_seconds)?;
        let model = task::model(&engine, Kind::Transcribe, self.model.as_deref())?;
        let bar = task::bar(100, "%");
        let mut running = engine.spoken_languages(model, audio)?;
        for share in running.by_ref() {
            bar.set_position((share * 100.0) as u64);
        }
        bar.finish_and_clear();
        let mut heard = running.finish()?;
        let is_empty = heard.languages.is_empty();
        heard.languages.truncate(self.limit);
        if json {
            return output::json(&heard);
        }
        ensure!(!is_empty, "nobody speaks in the recording");
        print_guesses(&heard.languages)?;
        print_heard(&heard)
    }
}

fn read() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(MOST_BYTES)
        .read_to_end(&mut bytes)?;
    Ok(locutor::text::decode(&bytes)?)
}

fn print_guesses(guesses: &[LanguageGuess]) -> anyhow::Result<()> {
    for guess in guesses {
        let (code, name, percent) = (&guess.language, &guess.name, guess.confidence * 100.0);
        output::line(format!("{code}  {percent:5.1} %  {name}"))?;
    }
    Ok(())
}

fn print_report(text: &str, report: &LanguageReport) -> anyhow::Result<()> {
    if let Some(variety) = &report.variety {
        let words: Vec<&str> = variety
            .evidence
            .iter()
            .map(|word| word.text.as_str())
            .collect();
        output::line("")?;
        for guess in variety
            .guesses
            .iter()
            .filter(|guess| guess.confidence >= 0.01)
        {
            output::line(format!(
                "{:<10} {:5.1} %",
                guess.variety,
                guess.confidence * 100.0
            ))?;
        }
        output::line(format!("because of: {}", words.join(", ")))?;
    }
    if report.spans.len() > 1 {
        output::line("")?;
        for span in &report.spans {
            output::line(format!(
                "{}  {}",
                span.language,
                text[span.range.clone()].trim()
            ))?;
        }
    }
    Ok(())
}

fn print_heard(heard: &SpokenLanguages) -> anyhow::Result<()> {
    if heard.spans.len() > 1 {
        output::line("")?;
        for span in &heard.spans {
            output::line(format!(
                "{:8.1} s to {:8.1} s  {}",
                span.start, span.end, span.name
            ))?;
        }
    }
    Ok(())
}
