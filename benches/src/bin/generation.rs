//! Generation by itself: the floor that the memory sets, guesses against none on a prompt of
//! passages, and several texts against one.

use std::{
    hint::black_box,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use locutor::{
    Cancellation, Engine,
    converse::shipped_documents,
    generate::{Generation, Generator, Message, Options, Piece, Role},
};

/// Measures generation without a peer.
#[derive(Debug, Parser)]
struct Arguments {
    /// The language model.
    #[arg(long, default_value = "smollm2-135m-instruct")]
    model: String,
    /// Timed runs; medians are printed.
    #[arg(long, default_value_t = 5)]
    repeats: usize,
    /// Texts that are written at the same time.
    #[arg(long, default_value_t = 4)]
    texts: usize,
}

/// Tokens to write.
const TOKENS: usize = 96;
/// Tokens of the prompt of passages.
const PASSAGES: usize = 1_000;
/// Numbers that are read to measure the memory: 1 GiB, far more than any cache.
const NUMBERS: usize = 1 << 27;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let engine = Engine::builder().threads(threads).build()?;
    let model = engine.generator(Some(&arguments.model))?;
    let median = |measure: &dyn Fn(usize) -> Result<f64>| -> Result<f64> {
        let mut found = (0..=arguments.repeats)
            .map(measure)
            .skip(1)
            .collect::<Result<Vec<f64>>>()?;
        found.sort_by(f64::total_cmp);
        Ok(found[found.len() / 2])
    };
    println!(
        "| {} | median of {} |\n| --- | --- |",
        arguments.model, arguments.repeats
    );
    let memory = vec![1_u64; NUMBERS];
    let bandwidth = median(&|_| Ok(bandwidth(&memory, threads)))?;
    drop(memory);
    println!(
        "| Memory, read by {threads} threads | {:.1} GB/s |",
        bandwidth / 1e9
    );

    let first = median(&|run| Ok(write(&*model, &passages(&*model, run)?, false)?.first))?;
    println!("| First token after {PASSAGES} tokens of passages | {first:.3} s |");
    let again = median(&|_| Ok(write(&*model, &passages(&*model, 0)?, false)?.first))?;
    println!("| The same prompt again | {again:.3} s |");
    let rate = |guess: bool| {
        median(&|run| {
            let prompt = passages(&*model, run)?;
            let plain = write(&*model, &prompt, false)?;
            let chosen = if guess {
                write(&*model, &prompt, true)?
            } else {
                plain.clone()
            };
            ensure!(
                plain.generation.text == chosen.generation.text,
                "guesses changed the text"
            );
            Ok(chosen.rate())
        })
    };
    let (plain, guessed) = (rate(false)?, rate(true)?);
    println!("| Written after it, nothing guessed | {plain:.1} tokens/s |");
    println!(
        "| Written after it, guessed ahead, same text | {guessed:.1} tokens/s ({:.2} x) |",
        guessed / plain
    );

    let one = median(&|run| together(&*model, 1, run))?;
    let several = median(&|run| together(&*model, arguments.texts, run))?;
    println!("| One short text | {one:.1} tokens/s |");
    println!(
        "| {} short texts together | {several:.1} tokens/s ({:.2} x) |",
        arguments.texts,
        several / one
    );
    Ok(())
}

/// Bytes per second that all threads read together.
fn bandwidth(memory: &[u64], threads: usize) -> f64 {
    let started = Instant::now();
    thread::scope(|scope| {
        for part in memory.chunks(memory.len().div_ceil(threads)) {
            scope.spawn(move || {
                let (lanes, _) = part.as_chunks::<16>();
                let mut sums = [0_u64; 16];
                for lane in lanes {
                    for (sum, number) in sums.iter_mut().zip(lane) {
                        *sum = sum.wrapping_add(*number);
                    }
                }
                black_box(sums)
            });
        }
    });
    size_of_val(memory) as f64 / started.elapsed().as_secs_f64()
}

/// A text, and when its pieces came.
#[derive(Clone)]
struct Written {
    generation: Generation,
    /// Seconds to the first piece.
    first: f64,
    /// Seconds from there to the end.
    rest: f64,
    times: Vec<Instant>,
}

impl Written {
    fn rate(&self) -> f64 {
        (self.generation.completion_tokens - 1) as f64 / self.rest
    }
}

fn write(model: &dyn Generator, prompt: &str, guess: bool) -> Result<Written> {
    let message = Message {
        role: Role::User,
        content: prompt.to_owned(),
    };
    let options = Options {
        max_tokens: TOKENS,
        guess,
        ..Options::default()
    };
    let started = Instant::now();
    let mut times = Vec::new();
    let mut on_piece = |_: Piece<'_>| {
        times.push(Instant::now());
        std::ops::ControlFlow::Continue(())
    };
    let generation = model.generate(&[message], &options, &mut on_piece, &Cancellation::new())?;
    let first = *times.first().context("nothing was written")?;
    Ok(Written {
        generation,
        first: (first - started).as_secs_f64(),
        rest: first.elapsed().as_secs_f64(),
        times,
    })
}

/// Passages of the shipped documents and a request to repeat some of them, another beginning for
/// each run so that nothing is remembered.
fn passages(model: &dyn Generator, run: usize) -> Result<String> {
    let documents = shipped_documents();
    let request = "Repeat the passage about answers word for word.";
    let mut text = format!("Reader {run} has these passages.\n\n");
    for line in documents.iter().flat_map(|document| document.text.lines()) {
        if model.count_tokens(&text)? + 60 >= PASSAGES {
            break;
        }
        text.push_str(line);
        text.push('\n');
    }
    Ok(format!("{text}\n{request}"))
}

/// Tokens per second of so many texts, while all of them are being written.
fn together(model: &dyn Generator, texts: usize, run: usize) -> Result<f64> {
    let barrier = Barrier::new(texts);
    let written = thread::scope(|scope| {
        let threads: Vec<_> = (0..texts)
            .map(|text| {
                let barrier = &barrier;
                scope.spawn(move || {
                    let prompt = format!("Write a long story about {run} ships and {text} storms.");
                    barrier.wait();
                    write(model, &prompt, false)
                })
            })
            .collect();
        let joined = threads.into_iter().map(|thread| {
            thread
                .join()
                .map_err(|_| anyhow::anyhow!("a text panicked"))?
        });
        joined.collect::<Result<Vec<Written>>>()
    })?;
    let begins = written.iter().filter_map(|text| text.times.first());
    let ends = written.iter().filter_map(|text| text.times.last());
    let (from, to) = (
        begins.max().context("no text")?,
        ends.min().context("no text")?,
    );
    let window = to.saturating_duration_since(*from);
    ensure!(
        window > Duration::from_millis(50),
        "the texts hardly overlap"
    );
    let times = written.iter().flat_map(|text| &text.times);
    let pieces = times.filter(|time| *time > from && *time <= to).count();
    Ok(pieces as f64 / window.as_secs_f64())
}
