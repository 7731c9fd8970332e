//! `make bench`: one table of Locutor beside its peers.

use std::{fs, path::PathBuf, thread};

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use locutor::Engine;
use locutor_benches::{
    comparison::Row,
    machine,
    peer::Peers,
    table,
    works::{Context, Work},
};

/// Times Locutor beside other systems and prints one table.
#[derive(Debug, Parser)]
struct Arguments {
    /// Python that has the peers installed.
    #[arg(long)]
    python: PathBuf,
    /// Folder of the peers' scripts.
    #[arg(long, default_value = "benches/peers")]
    peers: PathBuf,
    /// Folder of the recordings.
    #[arg(long, default_value = "benches/data")]
    data: PathBuf,
    /// Timed runs of each side.
    #[arg(long, default_value_t = 7)]
    repeats: usize,
    /// Only these tasks.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Work>,
    /// Also write every single time to this file, as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let context = Context {
        engine: Engine::builder().threads(threads).build()?,
        peers: Peers {
            python: arguments.python,
            scripts: arguments.peers,
        },
        data: arguments.data,
        threads,
        repeats: arguments.repeats,
    };
    let works = match arguments.only.as_slice() {
        [] => Work::value_variants(),
        only => only,
    };
    let description = machine::description();
    let mut rows: Vec<Row> = Vec::new();
    for work in works {
        eprintln!("timing: {work:?}");
        rows.extend(
            work.measure(&context)
                .with_context(|| format!("{work:?}"))?,
        );
    }
    if let Some(path) = arguments.json {
        fs::write(path, serde_json::to_vec_pretty(&rows)?)?;
    }
    print!(
        "{description}- Load after: {}\n\n{}",
        machine::load(),
        table::markdown(&rows)
    );
    Ok(())
}
