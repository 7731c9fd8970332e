//! `/v1/listen` with a WebSocket client of others, `/v1/realtime` with OpenAI's own, and `transcribe --live`.

use std::{
    io::Write,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use locutor_tests::{
    Server, folder, process,
    python::{client_case, ending_case},
};

const WORDS: &str = "and so my fellow americans ask not what your country can do for you ask what you can do for your country";

/// Runs a case of a client against a server with two places for streams, both of them for anybody, or one.
fn case(script: &str, name: &str) -> Result<()> {
    let of_one = if name == "greedy" { "0" } else { "2" };
    let server = Server::builder()?
        .environment("LOCUTOR_LIMITS__LIVE_STREAMS", "2")
        .environment("LOCUTOR_LIMITS__LIVE_STREAMS_PER_CALLER", of_one)
        .environment("LOCUTOR_AUTH__STREAM_CHECK_SECONDS", "1")
        .start()?;
    run(&server, script, name)
}

fn run(server: &Server, script: &str, name: &str) -> Result<()> {
    let speech = folder()?.join("fixtures/audio/jfk.wav");
    let environment = [
        ("LOCUTOR_SPEECH", speech.into()),
        ("LOCUTOR_PID", server.id().to_string().into()),
    ];
    match name {
        "stopping" => ending_case(server, script, name, &environment),
        _ => client_case(server, script, name, &environment),
    }
}

macro_rules! cases {
    ($script:literal: $($case:ident)*) => {
        $(#[test]
        fn $case() -> Result<()> {
            super::case($script, stringify!($case))
        })*
    };
}

mod plain {
    use anyhow::Result;

    cases! {
        "listen_client.py":
        speech
        odd_messages
        silence
        refused
        places
        sentences
        endurance
        stopping
        revoked
        greedy
    }
}

mod realtime {
    use anyhow::Result;

    cases! {
        "realtime_client.py":
        spoken
        by_hand
        refused
        browser
        secrets
        stopping
        revoked
    }
}

/// The sums tell of every stream, not only of those that their clients finished.
#[test]
fn a_stream_whose_client_vanishes_is_counted() -> Result<()> {
    let server = Server::builder()?.start()?;
    run(&server, "listen_client.py", "vanishing")?;
    let begun = Instant::now();
    while server.metric("locutor_live_streams_total", "")? < 1.0 {
        ensure!(begun.elapsed() < Duration::from_secs(30), "not counted");
        sleep(Duration::from_millis(100));
    }
    let seconds = server.metric("locutor_live_seconds_total", "")?;
    ensure!((seconds - 4.0).abs() < 1e-9, "{seconds}");
    Ok(())
}

#[test]
fn whoever_asks_for_no_web_socket_is_told() -> Result<()> {
    let server = Server::shared()?;
    let reply = server.get("/v1/listen")?;
    ensure!(reply.status == 426, "{}: {}", reply.status, reply.text());
    Ok(())
}

/// As from a microphone's pipe, but faster.
fn piped(arguments: &[&str], samples: &[u8]) -> Result<String> {
    let mut child = Command::new(process::binary()?)
        .args(["transcribe", "--live", "--language", "en"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().context("a pipe")?;
    let samples = samples.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&samples));
    let output = child.wait_with_output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    writer.join().ok().context("the writer panicked")??;
    Ok(String::from_utf8(output.stdout)?)
}

/// The samples of the recording, without the file's head.
fn recording() -> Result<Vec<u8>> {
    let file = std::fs::read(folder()?.join("fixtures/audio/jfk.wav"))?;
    Ok(file[file.len() - 2 * 176_000..].to_vec())
}

fn plain(text: &str) -> String {
    let letters = text.to_lowercase();
    let letters = letters.split_whitespace().map(|word| {
        let letters = word.chars().filter(|letter| letter.is_alphanumeric());
        letters.collect::<String>()
    });
    letters.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_command_line_writes_each_utterance_as_a_line() -> Result<()> {
    let text = piped(&[], &recording()?)?;
    ensure!(text.lines().count() > 1, "{text}");
    // One or two may differ: how well a machine hears live depends on its load.
    let (heard, said) = (plain(&text), WORDS.split(' '));
    let heard: Vec<_> = heard.split(' ').collect();
    let found = said.clone().filter(|word| heard.contains(word)).count();
    ensure!(found + 2 >= said.count() && heard.len() < 25, "{text}");
    Ok(())
}

#[test]
fn the_command_line_gives_events_as_lines_of_json() -> Result<()> {
    let text = piped(&["--json"], &recording()?)?;
    let events = text.lines().map(serde_json::from_str::<serde_json::Value>);
    let events = events.collect::<Result<Vec<_>, _>>()?;
    ensure!(events[0]["type"] == "speech_started", "{text}");
    ensure!(
        events.iter().any(|event| event["type"] == "tentative"),
        "{text}"
    );
    Ok(())
}

#[test]
fn silence_on_the_command_line_is_no_text() -> Result<()> {
    let text = piped(&[], &vec![0; 32_000 * 5])?;
    ensure!(text.is_empty(), "{text}");
    Ok(())
}
