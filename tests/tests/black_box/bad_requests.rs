//! JSON requests that cannot be served each get a precise refusal, and the server stays up.

use anyhow::{Result, ensure};
use locutor_tests::{Reply, Server};
use serde_json::{Value, json};

use crate::bad_audio::refused;

const CHAT: &str = "/v1/chat/completions";
const SPEECH: &str = "/v1/audio/speech";
const EMBEDDINGS: &str = "/v1/embeddings";

fn raw(server: &Server, path: &str, body: &[u8]) -> Result<Reply> {
    server.request("POST", path, "application/json", body.into())
}

#[test]
fn bodies_that_are_no_json() -> Result<()> {
    let server = Server::shared()?;
    for path in [CHAT, SPEECH, EMBEDDINGS] {
        refused(raw(&server, path, b"")?, 400, "", &["JSON"])?;
        refused(raw(&server, path, b"{\"model\": ")?, 400, "", &["JSON"])?;
        refused(
            raw(&server, path, b"{\"model\": \"\xff\xfe\"}")?,
            400,
            "",
            &["UTF-8"],
        )?;
        refused(raw(&server, path, b"[1, 2]")?, 400, "", &[])?;
        refused(
            raw(&server, path, &b"[".repeat(100_000))?,
            400,
            "",
            &["JSON"],
        )?;
    }
    let documents = raw(&server, "/documents", b"{\"title\": ")?.expect(400)?;
    ensure!(
        documents
            .header("content-type")
            .starts_with("application/problem+json")
    );
    ensure!(
        documents.json()?["detail"]
            .as_str()
            .is_some_and(|text| text.contains("JSON"))
    );
    Ok(())
}

#[test]
fn fields_of_the_wrong_type_are_named() -> Result<()> {
    let server = Server::shared()?;
    let post = |path: &str, body: Value| server.post(path, &body);
    refused(
        post(CHAT, json!({"model": 7, "messages": []}))?,
        400,
        "model",
        &["model"],
    )?;
    refused(
        post(CHAT, json!({"model": "gpt-4o-mini"}))?,
        400,
        "messages",
        &["messages"],
    )?;
    refused(
        post(EMBEDDINGS, json!({"model": "all-minilm-l6-v2"}))?,
        400,
        "input",
        &["input"],
    )?;
    refused(
        post(SPEECH, json!({"model": "tts-1", "voice": "alloy"}))?,
        400,
        "input",
        &["input"],
    )
}

#[test]
fn chat() -> Result<()> {
    let server = Server::shared()?;
    let ask = |changes: Value| {
        let mut body = json!({
            "model": "gpt-4o-mini", "max_tokens": 4,
            "messages": [{"role": "user", "content": "Hello"}],
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        server.post(CHAT, &body)
    };
    refused(
        ask(json!({"model": "gpt-99"}))?,
        404,
        "model",
        &["gpt-99", "smollm2"],
    )?;
    refused(ask(json!({"messages": []}))?, 400, "messages", &["message"])?;
    let message = |role: &str| json!({"messages": [{"role": role, "content": "x"}]});
    refused(ask(message("wizard"))?, 400, "", &["wizard"])?;
    refused(ask(json!({"temperature": -1}))?, 400, "temperature", &["0"])?;
    refused(ask(json!({"top_p": 1.5}))?, 400, "top_p", &["1"])?;
    refused(ask(json!({"max_tokens": 0}))?, 400, "max_tokens", &["1"])?;
    for (setting, value, range) in [
        ("top_k", json!(-2), "-1"),
        ("min_p", json!(1.5), "1"),
        ("repetition_penalty", json!(0), "0.1"),
        ("presence_penalty", json!(2.5), "-2"),
        ("frequency_penalty", json!(-2.5), "2"),
        ("logit_bias", json!({"7": 101}), "100"),
        ("logit_bias", json!({"cat": 1}), "cat"),
        ("logit_bias", json!({"10000000": 1}), "10000000"),
        ("top_logprobs", json!(2), "logprobs"),
    ] {
        let mut changes = json!({});
        changes[setting] = value;
        refused(ask(changes)?, 400, setting, &[range])?;
    }
    let many = json!({"logprobs": true, "top_logprobs": 21});
    refused(ask(many)?, 400, "top_logprobs", &["20"])?;
    let checked = json!({"logprobs": true, "retrieval": {}});
    refused(ask(checked)?, 400, "logprobs", &["retrieval"])?;
    let long = "word ".repeat(60_000);
    let long = json!({"messages": [{"role": "user", "content": long}]});
    refused(ask(long)?, 400, "messages", &["token"])?;
    ask(json!({}))?.expect(200)?;
    Ok(())
}

#[test]
fn speech() -> Result<()> {
    let server = Server::shared()?;
    let say = |changes: Value| {
        let mut body = json!({"model": "tts-1", "voice": "alloy", "input": "Hello"});
        for (name, value) in changes.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        server.post(SPEECH, &body)
    };
    refused(
        say(json!({"model": "tts-99"}))?,
        404,
        "model",
        &["tts-99", "piper"],
    )?;
    refused(say(json!({"voice": "nobody"}))?, 400, "voice", &["nobody"])?;
    refused(
        say(json!({"response_format": "midi"}))?,
        400,
        "response_format",
        &["midi", "wav"],
    )?;
    refused(say(json!({"speed": 9}))?, 400, "speed", &["0.25", "4"])?;
    refused(say(json!({"input": ""}))?, 400, "input", &[])?;
    refused(
        say(json!({"input": "a".repeat(5_000)}))?,
        400,
        "input",
        &["4096"],
    )?;
    say(json!({}))?.expect(200)?;
    Ok(())
}

#[test]
fn embeddings() -> Result<()> {
    let server = Server::shared()?;
    let embed = |changes: Value| {
        let mut body = json!({"model": "text-embedding-3-small", "input": "Hello"});
        for (name, value) in changes.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        server.post(EMBEDDINGS, &body)
    };
    refused(
        embed(json!({"model": "ada-99"}))?,
        404,
        "model",
        &["ada-99", "all-minilm"],
    )?;
    refused(embed(json!({"input": []}))?, 400, "input", &[])?;
    refused(embed(json!({"input": ""}))?, 400, "input", &["empty"])?;
    refused(embed(json!({"input": ["fine", 7]}))?, 400, "input", &[])?;
    refused(embed(json!({"input": [-1]}))?, 400, "input", &[])?;
    refused(
        embed(json!({"input": vec!["x"; 2_049]}))?,
        400,
        "input",
        &["2048"],
    )?;
    refused(
        embed(json!({"encoding_format": "hex"}))?,
        400,
        "encoding_format",
        &["hex", "base64"],
    )?;
    refused(
        embed(json!({"dimensions": 7}))?,
        400,
        "dimensions",
        &["384"],
    )?;
    embed(json!({}))?.expect(200)?;
    Ok(())
}

#[test]
fn a_body_over_the_limit() -> Result<()> {
    let server = Server::shared()?;
    let large = json!({"model": "tts-1", "voice": "alloy", "input": "a".repeat(5 << 20)});
    refused(
        server.post(SPEECH, &large)?,
        413,
        "",
        &["limit", "json_bytes"],
    )
}

#[test]
fn documents_list_every_invalid_field() -> Result<()> {
    let server = Server::shared()?;
    let reply = server
        .post("/documents", &json!({"title": "", "text": ""}))?
        .expect(400)?;
    let problem = reply.json()?;
    let fields = problem["errors"].as_array().map_or(&[][..], Vec::as_slice);
    let named = |field: &str| fields.iter().any(|error| error["field"] == *field);
    ensure!(named("title") && named("text"), "{problem}");
    ensure!(
        problem["status"] == 400 && problem["title"].is_string(),
        "{problem}"
    );
    Ok(())
}

#[test]
fn routes_that_do_not_exist() -> Result<()> {
    let server = Server::shared()?;
    refused(server.get("/v1/no-such-route")?, 404, "", &["route"])?;
    let page = server.get("/no-such-route")?.expect(404)?;
    ensure!(
        page.header("content-type")
            .starts_with("application/problem+json")
    );
    let method = server.delete("/v1/models")?;
    refused(method, 405, "", &["method"])?;
    server.get("/documents/not-an-id")?.expect(400)?;
    server
        .get("/documents/01890a5d-ac96-774b-bcce-b302099a8057")?
        .expect(404)?;
    Ok(())
}
