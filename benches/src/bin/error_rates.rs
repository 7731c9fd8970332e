//! Word and character error rates of transcription, on the catalog's speech samples or on sentences by our own voice,
//! as they are or among noise.

use anyhow::Result;
use clap::Parser;
use locutor::{Cancellation, Engine};
use locutor_benches::{
    error_rate::{
        hearing::{Heard, hear_all},
        noisy::{Background, Noise},
        report::Report,
        samples::{self, Clip},
    },
    speech::{Speech, voice},
};

/// Transcribes speech and prints how much of it is wrong.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command")]
struct Arguments {
    /// Models to measure, on the clips in languages that they know.
    #[arg(long = "model", default_values = ["whisper-tiny.en", "whisper-base"])]
    models: Vec<String>,
    /// What is heard: short clips in nine languages, or English sentences by our own voice.
    #[arg(long, value_enum, default_value = "clips")]
    speech: Speech,
    /// Most sentences by our own voice.
    #[arg(long, default_value_t = 60)]
    sentences: usize,
    /// What is mixed into each clip.
    #[arg(long, value_enum)]
    noise: Option<Noise>,
    /// How much louder the speech is than the noise, in decibels.
    #[arg(
        long = "snr",
        value_name = "DECIBELS",
        default_value_t = 10.0,
        requires = "noise",
        allow_negative_numbers = true
    )]
    ratio: f64,
    /// Take the noise out before the models hear it.
    #[arg(long)]
    noise_suppression: bool,
    /// Tell the models the language instead of letting them detect it.
    #[arg(long)]
    language_given: bool,
    /// Print what was said and heard where they differ.
    #[arg(long)]
    verbose: bool,
    /// Print everything as JSON, one object per model.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let engine = Engine::builder().build()?;
    let background = arguments.noise.map(|noise| Background {
        noise,
        ratio: arguments.ratio,
    });
    let clips = clips(&engine, &arguments, background)?;
    for model in &arguments.models {
        let clips = samples::understood_by(model, &clips)?;
        let mut progress =
            |heard: &Heard| eprintln!("{model}: {} ({} wrong)", heard.clip, heard.errors);
        let heard = hear_all(
            &engine,
            model,
            &clips,
            arguments.language_given,
            &mut progress,
        )?;
        let report = Report {
            model,
            language_given: arguments.language_given,
            background: background.map(|background| background.name()),
            heard: &heard,
        };
        print(&report, &arguments);
    }
    Ok(())
}

fn clips(
    engine: &Engine,
    arguments: &Arguments,
    background: Option<Background>,
) -> Result<Vec<Clip>> {
    let clips = match arguments.speech {
        Speech::Clips => samples::all(engine)?,
        Speech::Spoken => voice::clips(engine)?
            .take(arguments.sentences)
            .collect::<Result<Vec<Clip>>>()?,
    };
    let mut clips = match background {
        Some(background) => background.behind(&clips, &samples::all(engine)?)?,
        None => clips,
    };
    if arguments.noise_suppression {
        for clip in &mut clips {
            clip.audio = clip.audio.without_noise(&Cancellation::new())?;
        }
    }
    Ok(clips)
}

fn print(report: &Report<'_>, arguments: &Arguments) {
    if arguments.json {
        println!("{:#}", report.json());
        return;
    }
    println!("{}", report.markdown());
    if arguments.verbose {
        println!("{}", report.wrong_lines());
    }
}
