//! The command line: one file per subcommand.
//!
//! Results go to standard output (as JSON with `--json`), logs and progress to standard error.
//! A failed command prints its cause with what to do about it, and exits with 1.

mod ask;
mod audit;
mod config;
mod demo;
mod detect;
mod embed;
mod ingest;
mod keys;
mod library;
mod live;
mod migrate;
mod models;
mod openapi;
mod output;
mod serve;
mod settings;
mod speak;
mod task;
mod transcribe;
mod users;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use settings::Settings;

/// Speech and retrieval engine: hears, answers from your documents, and speaks.
#[derive(Debug, Parser)]
#[command(name = "locutor", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until it is asked to stop (Ctrl-C or SIGTERM).
    Serve(serve::Serve),
    /// Do background jobs, beside servers or instead of them, until asked to stop.
    Worker(worker::Worker),
    /// Ask a spoken question about Locutor's own documents and hear the answer.
    Demo(demo::Demo),
    /// Write down what was said in an audio file.
    Transcribe(transcribe::Transcribe),
    /// Tell which language a text is in.
    Detect(detect::Detect),
    /// Speak text into a WAV file.
    Speak(speak::Speak),
    /// Turn texts into vectors.
    Embed(embed::Embed),
    /// Add documents from files and folders.
    Ingest(ingest::Ingest),
    /// Answer a question from the documents that were added.
    Ask(ask::Ask),
    /// List, pull, verify and remove models.
    Models(models::Models),
    /// Create, list and revoke API keys.
    Keys(keys::Keys),
    /// Create, list, change and remove accounts.
    Users(users::Users),
    /// Verify and export the audit log.
    Audit(audit::Audit),
    /// Bring the database to the current schema.
    Migrate(migrate::Migrate),
    /// Print the OpenAPI document of the server.
    Openapi(openapi::Openapi),
    /// Check and print the configuration, or write its reference.
    Config(config::Config),
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do when standard error is closed too.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(Arguments { settings, command }: Arguments) -> anyhow::Result<()> {
    match command {
        Command::Serve(command) => command.run(&settings),
        Command::Worker(worker::Worker {}) => worker::Worker::run(&settings),
        Command::Demo(command) => command.run(&settings),
        Command::Transcribe(command) => command.run(&settings),
        Command::Detect(command) => command.run(&settings),
        Command::Speak(command) => command.run(&settings),
        Command::Embed(command) => command.run(&settings),
        Command::Ingest(command) => command.run(&settings),
        Command::Ask(command) => command.run(&settings),
        Command::Models(command) => command.run(&settings),
        Command::Keys(command) => command.run(&settings),
        Command::Users(command) => command.run(&settings),
        Command::Audit(command) => command.run(&settings),
        Command::Migrate(migrate::Migrate {}) => migrate::Migrate::run(&settings),
        Command::Openapi(command) => command.run(),
        Command::Config(command) => command.run(&settings),
    }
}
