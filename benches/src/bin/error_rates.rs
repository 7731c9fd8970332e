//! Word and character error rates of transcription on the catalog's speech samples.

use clap::Parser;
use locutor::Engine;
use locutor_benches::error_rate::{
    hearing::{Heard, hear_all},
    report::Report,
    samples,
};

/// Transcribes the speech samples and prints how much of them is wrong.
#[derive(Debug, Parser)]
struct Arguments {
    /// Models to measure, on the clips in languages that they know.
    #[arg(long = "model", default_values = ["whisper-tiny.en", "whisper-base"])]
    models: Vec<String>,
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

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let engine = Engine::builder().build()?;
    let clips = samples::all(&engine)?;
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
            heard: &heard,
        };
        print(&report, &arguments);
    }
    Ok(())
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
