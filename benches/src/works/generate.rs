//! Text generation: reading 256 tokens and writing 64, against llama.cpp on the same file. Nothing
//! is guessed ahead here, as it is not there: a story that repeats itself is guessed too well.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use locutor::{
    Cancellation,
    generate::{Generator, Message, Options, Piece, Role},
};
use serde_json::json;

use super::Context;
use crate::{
    comparison::{Comparison, Part, Row},
    peer,
};

const PREFILL: usize = 256;
const DECODE: usize = 64;

/// Words to fill the prompt with, and to make the model write on for long.
const STORY: &str = "Once upon a time a ship left the harbour and nobody knew where it would go. \
    The captain had drawn a map of islands that no other sailor had ever seen. ";

/// Times every language model that is installed.
pub fn measure(context: &Context) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for id in ["smollm2-135m-instruct", "qwen2.5-coder-0.5b-instruct"] {
        let model = context.engine.store().folder().join(id).join("model.gguf");
        if !model.is_file() {
            eprintln!("{id} is not installed and is left out");
            continue;
        }
        for format in [None, Some("q4_0")] {
            rows.extend(comparison(context, id, format)?.measure(context.repeats)?);
        }
    }
    Ok(rows)
}

/// Against llama.cpp on the same file, or on one that it makes of it in another format: it has its
/// fastest kernels for `q4_0`.
fn comparison<'a>(
    context: &'a Context,
    id: &'a str,
    format: Option<&'a str>,
) -> Result<Comparison<'a>> {
    let model = context.engine.store().folder().join(id).join("model.gguf");
    let threads = context.threads.to_string();
    let mut arguments = vec![peer::text(&model)?, threads.as_str()];
    arguments.extend(format);
    let mut llama = context.peers.start("llama_cpp_peer.py", arguments)?;
    let ours = context.engine.generator(Some(id))?;
    Ok(Comparison {
        parts: vec![
            Part::new(format!("Read a prompt of {PREFILL} tokens"))
                .rate(PREFILL as f64, "tokens/s"),
            Part::new(format!("Write {DECODE} tokens")).rate(DECODE as f64, "tokens/s"),
        ],
        subject: match format {
            Some(format) => format!("{id}, theirs {format}"),
            None => id.to_owned(),
        },
        peer: llama.name().to_owned(),
        ours: Box::new(move |run| {
            let (prefill, decode) = generate(&*ours, &format!("{run}{}", format.unwrap_or("")))?;
            Ok(vec![prefill, decode])
        }),
        theirs: Box::new(move |run| {
            let text = format!("{run} {}", STORY.repeat(20));
            let request = json!({"text": text, "prefill": PREFILL, "decode": DECODE});
            let reply = llama.ask(&request)?;
            let part = |name: &str| peer::number(&reply, name);
            Ok(vec![part("prefill_seconds")?, part("decode_seconds")?])
        }),
    })
}

/// Seconds to the first text and from there to the last, scaled to the counts that are promised:
/// the chat template decides a few tokens of the prompt, and the model may end early.
fn generate(model: &dyn Generator, run: &str) -> Result<(f64, f64)> {
    // The run's name comes first, so that nothing kept from another one can stand in for reading.
    let text = format!("{run} {}", prompt(model)?);
    let message = Message {
        role: Role::User,
        content: text,
    };
    let options = Options {
        max_tokens: DECODE,
        guess: false,
        ..Options::default()
    };
    let started = Instant::now();
    let mut first = None;
    let mut on_piece = |_: Piece<'_>| {
        first.get_or_insert_with(Instant::now);
        std::ops::ControlFlow::Continue(())
    };
    let written = model.generate(&[message], &options, &mut on_piece, &Cancellation::new())?;
    let ended = Instant::now();
    let first = first.context("nothing was written")?;
    ensure!(
        written.completion_tokens > DECODE / 2,
        "too short: {}",
        written.text
    );
    // The template's own beginning is the same each time and is not read again.
    let read = written.prompt_tokens - written.cached_tokens;
    let prefill = (first - started).as_secs_f64() * PREFILL as f64 / read as f64;
    let decode = (ended - first).as_secs_f64();
    let decode = decode * DECODE as f64 / (written.completion_tokens - 1) as f64;
    Ok((prefill, decode))
}

/// A text that makes the whole prompt about as long as promised.
fn prompt(model: &dyn Generator) -> Result<String> {
    const TEMPLATE: usize = 40;
    let mut text = "Continue this story, and make it long. ".to_owned();
    for word in STORY.split_whitespace().cycle() {
        if model.count_tokens(&text)? + TEMPLATE >= PREFILL {
            return Ok(text);
        }
        text.push_str(word);
        text.push(' ');
    }
    Ok(text)
}
