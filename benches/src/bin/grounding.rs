//! Asks the question set and prints how the answers stand to the documents.

use anyhow::Context;
use clap::Parser;
use locutor::Engine;
use locutor_benches::grounding::{Asked, Tally, ask_all, questions};

#[derive(Parser)]
#[command(about = "Right, wrong and abstained answers over the shipped documents")]
struct Arguments {
    /// Language models to ask.
    #[arg(long = "model", default_values = ["smollm2-135m-instruct", "qwen2.5-coder-0.5b-instruct"])]
    models: Vec<String>,
    /// Only the half that thresholds may be chosen on.
    #[arg(long)]
    development: bool,
    /// Print every answer and the counts as JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut entries = questions()?;
    entries.retain(|entry| !(arguments.development && entry.held_out));
    let engine = Engine::builder().build()?;
    for model in &arguments.models {
        let mut print = |asked: &Asked| {
            if !arguments.json {
                println!(
                    "{:?} ({:?}, {:.1} s) {}\n    {}",
                    asked.judgement, asked.verdict, asked.seconds, asked.question, asked.reply
                );
            }
        };
        let asked = ask_all(&engine, model, &entries, &mut print)
            .with_context(|| format!("asking {model}"))?;
        let half = |held_out| Tally::of(asked.iter().filter(|one| one.held_out == held_out));
        if arguments.json {
            let report = serde_json::json!({
                "model": model,
                "development": half(false),
                "held_out": half(true),
                "answers": asked,
            });
            println!("{report:#}");
        } else {
            println!(
                "{model}\n  development {:?}\n  held out    {:?}",
                half(false),
                half(true)
            );
        }
    }
    Ok(())
}
