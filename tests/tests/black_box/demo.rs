//! The main job, end to end: a spoken question, an answer from the documents, spoken.

use std::fs;

use anyhow::{Context, Result, ensure};
use locutor_tests::{DataFolder, command};
use serde_json::Value;

/// The smaller language model, so that the test is as short where another one is installed too.
const SETTINGS: &str = "[engine]\ngenerator = \"smollm2-135m-instruct\"\n";

fn demo(arguments: &[&str]) -> Result<(Value, Vec<u8>)> {
    let folder = DataFolder::new()?;
    let answer = folder.scratch().join("answer.wav");
    let settings = folder.scratch().join("settings.toml");
    fs::write(&settings, SETTINGS)?;
    let path = |path: &std::path::Path| path.to_str().map(ToOwned::to_owned);
    let answer_path = path(&answer).context("a path in UTF-8")?;
    let settings = path(&settings).context("a path in UTF-8")?;
    let common = [
        "demo",
        "--json",
        "--output",
        &answer_path,
        "--config",
        &settings,
    ];
    let report = command::json([&common, arguments].concat())?;
    Ok((report, fs::read(answer)?))
}

fn check(report: &Value, answer: &[u8]) -> Result<()> {
    let words = report["transcript"]["segments"][0]["words"].as_array();
    let words = words.context("words")?;
    ensure!(words.len() > 2, "{report}");
    for word in words {
        let time = |name: &str| word[name].as_f64().unwrap_or(-1.0);
        ensure!(
            0.0 <= time("start") && time("start") <= time("end"),
            "{word}"
        );
    }
    ensure!(report["language"]["language"] == "en", "{report}");
    let passages = report["answer"]["passages"].as_array();
    ensure!(passages.is_some_and(|passages| !passages.is_empty()));
    ensure!(report["answer"]["grounding"]["verdict"].is_string());
    let stages = report["stages"].as_array().context("stages")?;
    for stage in ["index documents", "transcribe", "retrieve", "speak"] {
        let timed = stages.iter().any(|entry| entry["stage"] == stage);
        ensure!(timed, "no time for `{stage}` in {stages:?}");
    }
    // Half a second of 16-bit samples.
    ensure!(
        answer.starts_with(b"RIFF") && answer.len() > 22_050,
        "no speech"
    );
    Ok(())
}

/// As `make run` shows it: with the demo's own question.
#[test]
fn its_question_is_spoken_heard_and_answered() -> Result<()> {
    let (report, answer) = demo(&[])?;
    check(&report, &answer)?;
    let text = report["answer"]["text"].as_str().context("a text")?;
    ensure!(text.contains("429"), "{report}");
    Ok(())
}

#[test]
fn a_recording_is_heard_and_answered() -> Result<()> {
    let recording = locutor_tests::folder()?.join("fixtures/audio/jfk.flac");
    let recording = recording.to_str().context("a path in UTF-8")?;
    let (report, answer) = demo(&["--audio", recording])?;
    check(&report, &answer)?;
    let heard = report["transcript"]["text"].as_str().context("a text")?;
    ensure!(heard.contains("your country"), "{heard}");
    ensure!(
        report["answer"]["grounding"]["verdict"] == "not_answered",
        "{report}"
    );
    Ok(())
}
