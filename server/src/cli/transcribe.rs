//! `locutor transcribe`.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::{Args, ValueEnum};
use locutor::{
    Engine,
    audio::{self, Audio, SPEECH_RATE},
    transcribe::{
        Options, Task, Transcript, live,
        recording::{KnownSpeaker, Request, SpeakerRequest},
    },
};

use super::{Settings, output, task};
use crate::{
    features::{
        models::Kind,
        transcription::{format, writing::Writing},
    },
    http::Fault,
};

/// Write down what was said in an audio file, or what is being said.
///
/// From a microphone: `arecord -q -t raw -f S16_LE -r 16000 -c 1 | locutor transcribe --live`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command")]
pub struct Transcribe {
    /// WAV, FLAC, MP3, OGG Vorbis, M4A/AAC or AIFF.
    #[arg(required_unless_present = "live")]
    file: Option<PathBuf>,
    /// Write down what comes on standard input as it is spoken: raw samples of 16 bits, little-endian, mono.
    #[arg(long, conflicts_with_all = ["file", "translate", "words", "format", "speakers", "voice"])]
    live: bool,
    /// Samples per second of --live.
    #[arg(long, default_value_t = SPEECH_RATE, requires = "live", value_name = "HERTZ")]
    rate: u32,
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
    /// A word that is likelier than the model thinks, such as a name; may be given several times.
    #[arg(long, value_name = "WORD")]
    hotword: Vec<String>,
    /// Also give times for each word (with --json).
    #[arg(long)]
    words: bool,
    /// Take noise out before anything is heard.
    #[arg(long)]
    noise_suppression: bool,
    /// Tell who speaks.
    #[arg(long)]
    diarize: bool,
    /// How many people speak, where that is known.
    #[arg(long, value_name = "COUNT", requires = "diarize", value_parser = clap::value_parser!(u32).range(1..=20))]
    speakers: Option<u32>,
    /// Somebody who may speak, with a recording of a few seconds of them; may be given several times.
    #[arg(long, value_name = "NAME=FILE", requires = "diarize")]
    voice: Vec<String>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    writing: Writing,
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
        let engine = task::engine(&configuration)?;
        let Some(file) = &self.file else {
            let model = task::model(&engine, Kind::Transcribe, self.model.as_deref())?;
            let heard = live::Settings {
                language: self.language,
                vocabulary: self.prompt,
                hotwords: self.hotword,
                formatting: self.writing.formatting().map_err(cannot_be_written)?,
                speakers: self.diarize,
                noise_suppression: self.noise_suppression,
                ..live::Settings::default()
            };
            return super::live::run(&engine, model, self.rate, heard, settings.json);
        };
        let audio = read(file, configuration.limits.audio_seconds)?;
        let transcript = self.hear(&engine, audio)?;
        match self.format {
            _ if settings.json => output::json(&transcript),
            Format::Text => output::line(format::dialogue(&transcript).trim_end()),
            Format::Srt => output::line(format::srt(&transcript).trim_end()),
            Format::Vtt => output::line(format::vtt(&transcript).trim_end()),
        }
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
            hotwords: self.hotword.clone(),
            ..Options::default()
        };
        let request = Request {
            formatting: self.writing.formatting().map_err(cannot_be_written)?,
            noise_suppression: self.noise_suppression,
            speakers: self.speakers()?,
            ..options.into()
        };
        let bar = task::bar(audio.seconds().ceil() as u64, "s");
        let mut running = engine.transcribe(model, audio, request)?;
        for segment in running.by_ref() {
            bar.set_position(segment.end as u64);
            bar.set_message(segment.text);
        }
        bar.finish_and_clear();
        Ok(running.finish()?)
    }
}

impl Transcribe {
    fn speakers(&self) -> anyhow::Result<Option<SpeakerRequest>> {
        /// Most seconds of a voice.
        const VOICE_SECONDS: u64 = 60;
        if !self.diarize {
            return Ok(None);
        }
        let known = self.voice.iter().map(|voice| {
            let (name, file) = voice
                .split_once('=')
                .with_context(|| format!("--voice {voice}: write NAME=FILE"))?;
            Ok(KnownSpeaker {
                name: name.to_owned(),
                audio: read(Path::new(file), VOICE_SECONDS)?,
            })
        });
        Ok(Some(SpeakerRequest {
            exact: self.speakers.map(|count| count as usize),
            known: known.collect::<anyhow::Result<_>>()?,
        }))
    }
}

fn cannot_be_written(fault: Fault) -> anyhow::Error {
    anyhow::anyhow!(fault.message)
}

pub(super) fn read(path: &Path, most_seconds: u64) -> anyhow::Result<Audio> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
    let limits = audio::Limits {
        max_seconds: most_seconds as f64,
    };
    audio::decode_reader(file, Some(SPEECH_RATE), limits).with_context(|| shown.to_string())
}
