//! `make load` and `make stress`: the built server under load.

use std::{fs, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Result;
use clap::Parser;
use locutor_benches::{
    load::{Route, chart, logins, rates, report, scaling, subject::Subject, wrk::Wrk},
    machine,
};

/// Measures the built server beside a bare one, prints tables and fails when an aim was missed.
#[derive(Debug, Parser)]
struct Arguments {
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Measurements of each side, in turns.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Also measure 1 to 512 connections, for so many seconds each, and write `load.md` and
    /// `load.svg` into this folder.
    #[arg(long)]
    curves: Option<PathBuf>,
    /// Seconds for each number of connections.
    #[arg(long, default_value_t = 5)]
    point_seconds: u64,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let description = machine::description();
    let wrk = Wrk::find()?;
    let subject = Subject::start()?;
    let (routes, _bare) = subject.routes()?;
    let time = Duration::from_secs(arguments.seconds);
    eprintln!("measuring rates, then latencies");
    let rates = rates::measure(&wrk, &routes, arguments.rounds, time)?;
    eprintln!("measuring logins");
    let logins = logins::measure(&wrk, &subject, arguments.rounds, time)?;
    let mut text = description + "\n" + &report::tables(&rates, &logins);
    if let Some(folder) = &arguments.curves {
        text = whole(&text, &draw(&wrk, &subject, &routes, &arguments, folder)?);
        fs::write(folder.join("load.md"), &text)?;
    }
    println!("{text}\n- Load after: {}", machine::load());
    let reached = report::reached(&rates, &logins);
    Ok(if reached {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Draws the curves and gives their table.
fn draw(
    wrk: &Wrk,
    subject: &Subject,
    routes: &[Route],
    arguments: &Arguments,
    folder: &std::path::Path,
) -> Result<String> {
    eprintln!("measuring 1 to 512 connections");
    let time = Duration::from_secs(arguments.point_seconds);
    let curves = scaling::measure(wrk, subject, routes, time)?;
    fs::write(folder.join("load.svg"), chart::svg(&curves))?;
    Ok(report::curves(&curves))
}

fn whole(tables: &str, curves: &str) -> String {
    format!(
        "# The server under load\n\n    make stress\n\nSQLite, an API key or an access token, everything on one machine: the server, `wrk` and the bare axum server \
         share its processors. Rates are with {} connections, each side in turn, median (lowest to highest). Latencies are \
         of requests at half of the measured rate that leave on time whether or not others were answered.\n\n{tables}\n\
         ## From 1 to 512 connections\n\n![Rate, latency and memory by connections](load.svg)\n\n{curves}",
        rates::CONNECTIONS
    )
}
