//! Under load: a client that leaves frees the engine, and a full queue says so.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use locutor_tests::{Form, Server, sound};
use serde_json::{Value, json};

const RUNNING: &str = "locutor_lane_running";

/// A request that keeps the language model busy for minutes unless it is stopped.
fn long_generation(stream: bool) -> Value {
    json!({
        "model": "smollm2-135m-instruct",
        "max_tokens": 1500,
        "temperature": 1.0,
        "stream": stream,
        "messages": [{"role": "user", "content": "Count from one to one thousand in words."}],
    })
}

/// Sends a request over a connection of its own and leaves the reply unread.
fn send(server: &Server, path: &str, content_type: &str, body: &[u8]) -> Result<TcpStream> {
    let host = server.address().trim_start_matches("http://");
    let mut connection = TcpStream::connect(host)?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        server.key(),
        body.len()
    );
    connection.write_all(head.as_bytes())?;
    connection.write_all(body)?;
    Ok(connection)
}

fn send_generation(server: &Server, stream: bool) -> Result<TcpStream> {
    let body = serde_json::to_vec(&long_generation(stream))?;
    send(server, "/v1/chat/completions", "application/json", &body)
}

/// Waits until the lane works on exactly that many jobs, and says how long it took.
fn wait_for(server: &Server, name: &str, lane: &str, jobs: f64) -> Result<Duration> {
    let started = Instant::now();
    while (server.metric(name, lane)? - jobs).abs() > 0.1 {
        ensure!(
            started.elapsed() < Duration::from_secs(30),
            "{name} of {lane} never became {jobs}"
        );
        thread::sleep(Duration::from_millis(10));
    }
    Ok(started.elapsed())
}

/// How long a lane may go on after its client left: loading a model is not cut short and takes
/// seconds on a machine that is busy with other tests. The work itself would take minutes.
const FREE_WITHIN: Duration = Duration::from_secs(10);

/// The lane must be free soon after `connection` closes.
fn leaving_frees(server: &Server, connection: TcpStream, lane: &str) -> Result<()> {
    wait_for(server, RUNNING, lane, 1.0)?;
    drop(connection);
    let stopped = wait_for(server, RUNNING, lane, 0.0)?;
    ensure!(stopped < FREE_WITHIN, "{lane} worked on for {stopped:?}");
    Ok(())
}

#[test]
fn leaving_stops_a_generation() -> Result<()> {
    let server = Server::builder()?.start()?;
    let connection = send_generation(&server, false)?;
    leaving_frees(&server, connection, "generate")
}

#[test]
fn leaving_stops_a_streamed_generation() -> Result<()> {
    let server = Server::builder()?.start()?;
    let mut connection = send_generation(&server, true)?;
    let mut start = [0; 512];
    let read = connection.read(&mut start)?;
    ensure!(start[..read].starts_with(b"HTTP/1.1 200"));
    leaving_frees(&server, connection, "generate")
}

#[test]
fn leaving_stops_a_transcription() -> Result<()> {
    let server = Server::builder()?.start()?;
    let sentence = "I would like to tell you about the weather in the mountains today. ";
    let audio = sound::spoken(&server, &sentence.repeat(50))?;
    let form = Form::new()
        .text("model", "whisper-1")
        .file("file", "long.wav", &audio);
    let path = "/v1/audio/transcriptions";
    let connection = send(&server, path, &Form::content_type(), &form.body())?;
    leaving_frees(&server, connection, "transcribe")
}

#[test]
fn leaving_stops_speech() -> Result<()> {
    let server = Server::builder()?.start()?;
    let text = "This is a rather long sentence that somebody has to read aloud. ".repeat(60);
    let body = json!({
        "model": "tts-1", "voice": "alloy", "response_format": "pcm", "input": text,
    });
    let body = serde_json::to_vec(&body)?;
    let connection = send(&server, "/v1/audio/speech", "application/json", &body)?;
    leaving_frees(&server, connection, "speak")
}

#[test]
fn a_full_queue_is_refused_with_a_time_to_come_back() -> Result<()> {
    let server = Server::builder()?
        .config("[engine]\nqueue = 2\nsequences = 1")
        .start()?;
    let mut connections = vec![send_generation(&server, true)?];
    wait_for(&server, RUNNING, "generate", 1.0)?;
    for waiting in [1.0, 2.0] {
        connections.push(send_generation(&server, true)?);
        wait_for(&server, "locutor_lane_waiting", "generate", waiting)?;
    }
    let refused = server.post("/v1/chat/completions", &long_generation(false))?;
    let refused = refused.expect(429)?;
    let seconds: u64 = refused
        .header("retry-after")
        .parse()
        .context("Retry-After")?;
    ensure!((1..=60).contains(&seconds), "{seconds}");
    let error = refused.json()?;
    ensure!(
        error["error"]["message"]
            .as_str()
            .is_some_and(|text| text.contains("full")),
        "{error}"
    );
    // Other work goes on beside it.
    let input = json!({"model": "text-embedding-3-small", "input": "Hello"});
    server.post("/v1/embeddings", &input)?.expect(200)?;
    // Those who wait and leave never run.
    drop(connections);
    wait_for(&server, RUNNING, "generate", 0.0)?;
    wait_for(&server, "locutor_lane_waiting", "generate", 0.0)?;
    let mut short = long_generation(false);
    short["max_tokens"] = json!(2);
    server.post("/v1/chat/completions", &short)?.expect(200)?;
    Ok(())
}

#[test]
fn many_texts_do_not_hold_up_a_short_one_and_leaving_stops_them() -> Result<()> {
    let server = Server::builder()?.start()?;
    let short = json!({"model": "text-embedding-3-small", "input": "Hello"});
    let path = "/v1/embeddings";
    // Loads the model.
    server.post(path, &short)?.expect(200)?;
    let texts = vec!["A long text about boats and islands. ".repeat(25); 1_000];
    let many = json!({"model": "text-embedding-3-small", "input": texts});
    let connection = send(
        &server,
        path,
        "application/json",
        &serde_json::to_vec(&many)?,
    )?;
    wait_for(&server, RUNNING, "embed", 1.0)?;
    for _ in 0..5 {
        server.post(path, &short)?.expect(200)?;
    }
    // The many take far longer than this, so they are still at it.
    leaving_frees(&server, connection, "embed")
}

#[test]
fn many_clients_at_once_each_get_their_own_answer() -> Result<()> {
    let server = Server::shared()?;
    let embed = |text: String| -> Result<Vec<f64>> {
        let input = json!({"model": "text-embedding-3-small", "input": text});
        let reply = server.post("/v1/embeddings", &input)?.expect(200)?.json()?;
        let vector = reply["data"][0]["embedding"]
            .as_array()
            .context("a vector")?;
        Ok(vector.iter().filter_map(Value::as_f64).collect())
    };
    let alone = (0..8).map(|number| embed(format!("Sentence {number}")));
    let alone = alone.collect::<Result<Vec<_>>>()?;
    thread::scope(|scope| {
        let asked = (0..24).map(|number| {
            let embed = &embed;
            scope.spawn(move || embed(format!("Sentence {}", number % 8)))
        });
        for (number, answer) in asked.collect::<Vec<_>>().into_iter().enumerate() {
            let answer = answer.join().map_err(|_| anyhow::anyhow!("panicked"))??;
            let difference = answer
                .iter()
                .zip(&alone[number % 8])
                .map(|(a, b)| (a - b).abs());
            ensure!(
                difference.fold(0.0, f64::max) < 1e-4,
                "answer {number} differs"
            );
        }
        Ok(())
    })
}
