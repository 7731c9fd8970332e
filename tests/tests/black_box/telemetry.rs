//! Traces in OpenTelemetry's protocol, as a collector receives them.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use locutor_tests::{Server, client::Client, folder, process};
use serde_json::{Value, json};

/// Whose trace a request goes on with.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SENDER: &str = "b7ad6b7169203331";

/// Longest that the server may take to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// A collector; it ends with its standard input.
struct Collector {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
    endpoint: String,
}

impl Collector {
    fn start() -> Result<Self> {
        let mut child = Command::new(process::python()?)
            .arg(folder()?.join("clients/telemetry_collector.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("no output")?);
        let mut port = String::new();
        output.read_line(&mut port)?;
        Ok(Self {
            child,
            output,
            endpoint: format!("http://127.0.0.1:{}", port.trim()),
        })
    }

    /// All spans that arrived.
    fn spans(mut self) -> Result<Vec<Value>> {
        drop(self.child.stdin.take());
        let lines = self.output.lines();
        let spans: Result<_> = lines
            .map(|line| Ok(serde_json::from_str(&line?)?))
            .collect();
        ensure!(self.child.wait()?.success(), "the collector failed");
        spans
    }
}

fn named<'a>(spans: &'a [Value], name: &str) -> Result<&'a Value> {
    let mut found = spans.iter().filter(|span| span["name"] == name);
    let span = found
        .next()
        .with_context(|| format!("no {name} in {spans:#?}"))?;
    ensure!(found.next().is_none(), "more than one {name}");
    Ok(span)
}

#[test]
fn requests_and_the_work_for_them_are_spans() -> Result<()> {
    let collector = Collector::start()?;
    let server = Server::builder()?
        .environment("LOCUTOR_TELEMETRY__OTLP_ENDPOINT", &collector.endpoint)
        .environment("LOCUTOR_TELEMETRY__OTLP_HEADERS", "x-key=of the collector")
        .environment("LOCUTOR_TELEMETRY__SERVICE_NAME", "voices")
        .environment("LOCUTOR_TELEMETRY__FOLLOW_SENDERS", "true")
        // Traces are no part of the log.
        .environment("LOCUTOR_LOG__FILTER", "error")
        .start()?;
    let client = Client::new(&server)
        .bearer(server.key())
        .header("traceparent", &format!("00-{TRACE}-{SENDER}-01"));
    let body =
        json!({"model": "text-embedding-3-small", "input": "a text that nobody else shall see"});
    client.post("/v1/embeddings", &body)?.expect(200)?;
    // Whose sender keeps no trace.
    let client = Client::new(&server)
        .bearer(server.key())
        .header("traceparent", &format!("00-{TRACE}-{SENDER}-00"));
    client.get("/v1/models")?.expect(200)?;
    Client::new(&server)
        .bearer(server.key())
        .get("/documents/none?a=secret")?;
    server.signal("TERM")?;
    server.wait(PATIENCE)?;

    let spans = collector.spans()?;
    let request = named(&spans, "POST /v1/embeddings")?;
    ensure!(
        request["trace"] == TRACE && request["parent"] == SENDER,
        "{request}"
    );
    ensure!(request["kind"] == 2, "no server: {request}");
    ensure!(request["failed"] == false, "{request}");
    let attributes = &request["attributes"];
    ensure!(attributes["http.request.method"] == "POST", "{request}");
    ensure!(attributes["http.route"] == "/v1/embeddings", "{request}");
    ensure!(attributes["http.response.status_code"] == 200, "{request}");
    ensure!(request["resource"]["service.name"] == "voices", "{request}");
    ensure!(request["key"] == "of the collector", "{request}");
    let work = spans.iter().find(|span| {
        let below = span["trace"] == TRACE && span["parent"] == request["id"];
        below && span["name"] == "engine"
    });
    let work = work.with_context(|| format!("no work of the engine in {spans:#?}"))?;
    ensure!(work["attributes"]["lane"] == "Embed", "{work}");
    // It may end a moment after the reply that it gave, where threads wait for a processor.
    let seconds = |span: &Value| span["seconds"].as_f64().unwrap_or(f64::NAN);
    ensure!(seconds(work) <= seconds(request) + 0.5, "{work} {request}");
    let other = named(&spans, "GET /documents/{id}")?;
    ensure!(other["trace"] != TRACE, "{other}");
    ensure!(
        other["attributes"]["url.path"] == "/documents/none",
        "{other}"
    );
    ensure!(!spans.iter().any(|span| span["name"] == "GET /v1/models"));
    let told = serde_json::to_string(&spans)?;
    for secret in ["nobody else", "secret", server.key()] {
        ensure!(!told.contains(secret), "{secret} in {told}");
    }
    Ok(())
}

#[test]
fn a_collector_that_is_away_holds_nobody_up() -> Result<()> {
    let server = Server::builder()?
        .environment("LOCUTOR_TELEMETRY__OTLP_ENDPOINT", "http://127.0.0.1:9")
        .start()?;
    let client = Client::new(&server).bearer(server.key());
    for _ in 0..20 {
        client.get("/v1/models")?.expect(200)?;
    }
    let started = Instant::now();
    server.signal("TERM")?;
    ensure!(server.wait(PATIENCE)?.success());
    ensure!(started.elapsed() < Duration::from_secs(10));
    ensure!(
        server.log()?.contains("BatchSpanProcessor"),
        "{}",
        server.log()?
    );
    Ok(())
}
