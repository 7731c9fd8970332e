//! `locutor transcribe`.

use std::{fs::File, path::PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use locutor::{
    Engine,
    audio::{self, Audio, SPEECH_RATE},
    transcribe::{Options, Task, Transcript},
};

use super::{Settings, output, task};
use crate::features::{models::Kind, transcription::format};

/// Write down what was said in an audio file.
#[derive(Debug, Args)]
pub struct Transcribe {
    /// WAV, FLAC, MP3, OGG Vorbis, M4A/AAC or AIFF.
    file: PathBuf,
    /// Model to hear with.
    #[arg(long, short)]
    model: Option<String>,
    /// ISO 639-1 code of the language; absent: detected.
    #[arg(long, short)]
    language: Option<String>,
    /// Write an English translation instead.
    #[arg(long)]
    translate: bool,
    /// Words and spellings to expect.
    #[arg(long)]
    prompt: Option<String>,
    /// Also give times for each word (with --json).
    #[arg(long)]
    words: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// The text.
    Text,
    /// `SubRip` subtitles.
    Srt,
    /// WebVTT subtitles.
    Vtt,
}

impl Transcribe {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let configuration = settings.load()?;
        let audio = self.read(configuration.limits.audio_seconds)?;
        let engine = task::engine(&configuration)?;
        let transcript = self.hear(&engine, audio)?;
        match self.format {
            _ if settings.json => output::json(&transcript),
            Format::Text => output::line(&transcript.text),
            Format::Srt => output::line(format::srt(&transcript).trim_end()),
            Format::Vtt => output::line(format::vtt(&transcript).trim_end()),
        }
    }

    fn read(&self, most_seconds: u64) -> anyhow::Result<Audio> {
        let path = self.file.display();
        let file = File::open(&self.file).with_context(|| format!("cannot read {path}"))?;
        let limits = audio::Limits {
            max_seconds: most_seconds as f64,
        };
        audio::decode_reader(file, Some(SPEECH_RATE), limits).with_context(|| path.to_string())
    }

    fn hear(&self, engine: &Engine, audio: Audio) -> anyhow::Result<Transcript> {
        let model = task::model(engine, Kind::Transcribe, self.model.as_deref())?;
        let options = Options {
            language: self.language.clone(),
            task: if self.translate {
                Task::Translate
            } else {
                Task::Transcribe
            },
            prompt: self.prompt.clone(),
            temperature: 0.0,
            words: self.words,
        };
        let bar = task::bar(audio.seconds().ceil() as u64, "s");
        let mut running = engine.transcribe(model, audio, options)?;
        for segment in running.by_ref() {
            bar.set_position(segment.end as u64);
            bar.set_message(segment.text);
        }
        bar.finish_and_clear();
        Ok(running.finish()?)
    }
}
