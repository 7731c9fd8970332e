//! The engine's tasks on the command line.

use std::fs;

use anyhow::{Context, Result, ensure};
use locutor_tests::{DataFolder, command};

const SENTENCE: &str = "The quick brown fox jumps over the lazy dog.";

#[test]
fn what_is_spoken_is_heard() -> Result<()> {
    let folder = DataFolder::new()?;
    let path = folder.scratch().join("spoken.wav");
    let path = path.to_str().context("a path in UTF-8")?;
    command::text(["speak", SENTENCE, "--output", path])?;
    ensure!(fs::read(path)?.starts_with(b"RIFF"));
    let transcript = command::json(["transcribe", path, "--json"])?;
    heard(transcript["text"].as_str().context("a text")?)?;
    ensure!(transcript["language"] == "en", "{transcript}");
    heard(&command::text(["transcribe", path])?)
}

/// That nearly all words of the sentence are in the text: the voice has another rhythm each time,
/// and now and then one of its words is misheard.
fn heard(text: &str) -> Result<()> {
    let text = text.to_lowercase();
    let words = SENTENCE.trim_end_matches('.').split(' ');
    let missing = words.filter(|word| !text.contains(&word.to_lowercase()));
    ensure!(missing.count() <= 2, "{text}");
    Ok(())
}

#[test]
fn a_language_is_detected() -> Result<()> {
    let detected = command::json(["detect", "--json", "Guten Morgen, wie geht es Ihnen heute?"])?;
    ensure!(detected.to_string().contains("\"de\""), "{detected}");
    Ok(())
}

#[test]
fn texts_are_embedded() -> Result<()> {
    let embedded = command::json(["embed", "--json", "A cat sits on the mat."])?;
    let numbers = embedded.to_string().matches(',').count();
    ensure!(numbers >= 383, "{embedded}");
    Ok(())
}

#[test]
fn a_file_that_is_missing_is_named() -> Result<()> {
    let output = command::run(["transcribe", "/no/such/file.wav"])?;
    ensure!(output.status.code() == Some(1));
    let said = command::complaint(&output);
    ensure!(
        said.contains("/no/such/file.wav") && !said.contains("panicked"),
        "{said}"
    );
    Ok(())
}

#[test]
fn the_openapi_document_describes_every_route() -> Result<()> {
    let document = command::json(["openapi"])?;
    let paths = document["paths"].as_object().context("paths")?;
    for path in [
        "/health/live",
        "/health/ready",
        "/v1/models",
        "/v1/audio/transcriptions",
        "/v1/audio/translations",
        "/v1/audio/speech",
        "/v1/embeddings",
        "/v1/chat/completions",
        "/documents",
        "/documents/{id}",
    ] {
        ensure!(paths.contains_key(path), "{path} is not described");
    }
    Ok(())
}
