//! Embeddings without a peer: one sentence, sentences of several callers at the same time, in this
//! process and over HTTP, and a sentence beside another caller's many passages.
//!
//! `LOCUTOR_BINARY` names another build of the server to measure it the same way.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, ensure};
use clap::Parser;
use locutor::{Cancellation, Engine, converse::shipped_documents, embed::Embedder};
use locutor_benches::machine;
use locutor_tests::Server;
use serde_json::json;

const MODEL: &str = "all-minilm-l6-v2";

/// Measures embeddings without a peer.
#[derive(Debug, Parser)]
struct Arguments {
    /// Timed calls of one caller.
    #[arg(long, default_value_t = 200)]
    repeats: usize,
    /// Callers at the same time.
    #[arg(long, default_value_t = 8)]
    callers: usize,
    /// Passages in a call of the caller with many.
    #[arg(long, default_value_t = 64)]
    passages: usize,
}

/// Makes the call of this number.
type Call<'a> = &'a (dyn Fn(usize) -> Result<()> + Sync);

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let engine = Engine::builder().build()?;
    let model = engine.embedder(Some(MODEL))?;
    let server = Server::builder()?.start()?;
    let passages = passages(arguments.passages)?;
    print!(
        "{}\n| {MODEL} | calls/s | median | 99th |\n| --- | --- | --- | --- |\n",
        machine::description()
    );

    let embed = |number: usize| here(&*model, &[sentence(number)]);
    let request = |number: usize| over_http(&server, &[sentence(number)]);
    let many_here = |_: usize| here(&*model, &passages);
    let many_over_http = |_: usize| over_http(&server, &passages);
    let ways: [(&str, Call<'_>, Call<'_>); 2] = [
        ("in this process", &embed, &many_here),
        ("over HTTP", &request, &many_over_http),
    ];
    for (way, call, many) in ways {
        let callers = arguments.callers;
        row(
            &format!("One sentence {way}"),
            &together(1, arguments.repeats, call)?,
        );
        let together = together(callers, arguments.repeats, call)?;
        row(&format!("The same by {callers} callers at once"), &together);
        let (beside, passages) = beside(arguments.repeats / 4, call, many)?;
        let count = arguments.passages;
        row(
            &format!("The same by one caller, another with {count} passages a call"),
            &beside,
        );
        row(
            &format!("The calls with {count} passages beside it"),
            &passages,
        );
    }
    println!("\nLoad after: {}", machine::load());
    Ok(())
}

/// A sentence of twelve tokens, another one for each call.
fn sentence(number: usize) -> String {
    let things = ["boat", "train", "bus", "plane", "bike"];
    let places = [
        "island", "city", "coast", "airport", "station", "village", "lake",
    ];
    let (thing, place) = (things[number % things.len()], places[number % places.len()]);
    format!("How long does a {thing} take to the {place}?")
}

/// Beginnings of lines of the shipped documents, some hundred tokens each.
fn passages(count: usize) -> Result<Vec<String>> {
    let documents = shipped_documents();
    let text: Vec<&str> = documents
        .iter()
        .flat_map(|document| document.text.split_whitespace())
        .collect();
    ensure!(text.len() > 100, "the documents are too short");
    let passage = |number: usize| {
        let words = text.iter().cycle().skip(number * 37 % text.len());
        words.take(90).copied().collect::<Vec<_>>().join(" ")
    };
    Ok((0..count).map(passage).collect())
}

fn here(model: &dyn Embedder, texts: &[String]) -> Result<()> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let found = model.embed(&texts, &Cancellation::new())?;
    ensure!(found.len() == texts.len(), "a vector is missing");
    Ok(())
}

/// In the form that OpenAI's own client asks for.
fn over_http(server: &Server, texts: &[String]) -> Result<()> {
    let request = json!({"model": MODEL, "input": texts, "encoding_format": "base64"});
    server.post("/v1/embeddings", &request)?.expect(200)?;
    Ok(())
}

/// What calls took.
struct Timed {
    calls: Vec<Duration>,
    /// From the first to the last.
    span: Duration,
}

/// So many callers make so many calls each.
fn together(callers: usize, calls: usize, call: Call<'_>) -> Result<Timed> {
    let warm = (calls / 10).max(3);
    round(callers, warm, call)?;
    round(callers, calls, call)
}

fn round(callers: usize, calls: usize, call: Call<'_>) -> Result<Timed> {
    let started = Instant::now();
    let times = thread::scope(|scope| {
        let caller =
            |caller: usize| scope.spawn(move || times(caller * calls..(caller + 1) * calls, call));
        let running: Vec<_> = (0..callers).map(caller).collect();
        let joined = running
            .into_iter()
            .map(|caller| caller.join().map_err(|_| anyhow!("a caller panicked"))?);
        joined.collect::<Result<Vec<Vec<Duration>>>>()
    })?;
    Ok(Timed {
        calls: times.concat(),
        span: started.elapsed(),
    })
}

fn times(numbers: impl Iterator<Item = usize>, call: Call<'_>) -> Result<Vec<Duration>> {
    let timed = numbers.map(|number| {
        let started = Instant::now();
        call(number)?;
        Ok(started.elapsed())
    });
    timed.collect()
}

/// Short calls, with pauses that spread them over the long calls of another caller; and these.
fn beside(calls: usize, call: Call<'_>, long: Call<'_>) -> Result<(Timed, Timed)> {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let long_calls = scope.spawn(|| -> Result<Timed> {
            let started = Instant::now();
            let numbers = (0..).take_while(|_| !done.load(Ordering::Relaxed));
            let calls = times(numbers, long)?;
            Ok(Timed {
                calls,
                span: started.elapsed(),
            })
        });
        thread::sleep(Duration::from_millis(500));
        let started = Instant::now();
        let paused = |number: usize| {
            thread::sleep(Duration::from_millis(3 + number as u64 * 7 % 11));
            number
        };
        let short = times((0..calls).map(paused), call);
        let span = started.elapsed();
        done.store(true, Ordering::Relaxed);
        let long = long_calls
            .join()
            .map_err(|_| anyhow!("the other caller panicked"))?;
        Ok((
            Timed {
                calls: short?,
                span,
            },
            long?,
        ))
    })
}

fn row(name: &str, timed: &Timed) {
    let mut calls = timed.calls.clone();
    calls.sort_unstable();
    let at = |share: usize| {
        calls
            .get(calls.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    let rate = calls.len() as f64 / timed.span.as_secs_f64();
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "| {name} | {rate:.1} | {:.2} ms | {:.2} ms |",
        millis(at(50)),
        millis(at(99))
    );
}
