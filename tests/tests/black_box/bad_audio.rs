//! Uploads that are no usable audio each get a precise refusal, and the server stays up.

use anyhow::{Context, Result, ensure};
use locutor_tests::{Form, Reply, Server, sound};
use serde_json::Value;

const PATH: &str = "/v1/audio/transcriptions";

fn upload(server: &Server, name: &str, bytes: &[u8]) -> Result<Reply> {
    let form = Form::new()
        .text("model", "whisper-1")
        .file("file", name, bytes);
    server.post_form(PATH, form)
}

/// The reply is a refusal with the status, about the parameter, whose message has the fragments.
pub fn refused(reply: Reply, status: u16, parameter: &str, fragments: &[&str]) -> Result<()> {
    let body = reply.expect(status)?.json()?;
    let error = &body["error"];
    let message = error["message"].as_str().context("a message")?;
    for fragment in fragments {
        let found = message.to_lowercase().contains(&fragment.to_lowercase());
        ensure!(found, "no `{fragment}` in: {message}");
    }
    if !parameter.is_empty() {
        ensure!(error["param"] == *parameter, "{body}");
    }
    ensure!(error["type"].is_string(), "{body}");
    Ok(())
}

fn still_up(server: &Server) -> Result<()> {
    server.get("/health/ready")?.expect(200)?;
    ensure!(!server.log()?.contains("panicked"), "{}", server.log()?);
    Ok(())
}

#[test]
fn an_empty_file() -> Result<()> {
    let server = Server::shared()?;
    refused(upload(&server, "empty.wav", b"")?, 400, "file", &["empty"])?;
    still_up(&server)
}

#[test]
fn a_file_that_is_no_audio() -> Result<()> {
    let server = Server::shared()?;
    let text = "This is a letter, not a recording. ".repeat(100);
    for name in ["letter.txt", "letter.wav", "letter.mp3"] {
        refused(
            upload(&server, name, text.as_bytes())?,
            400,
            "file",
            &["audio"],
        )?;
    }
    let noise = (0..50_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8);
    let noise: Vec<u8> = noise.collect();
    let reply = upload(&server, "noise.bin", &noise)?;
    ensure!(reply.status == 400, "{}", reply.text());
    still_up(&server)
}

#[test]
fn a_truncated_file_is_refused_or_heard_as_far_as_it_goes() -> Result<()> {
    let server = Server::shared()?;
    let whole = sound::spoken(&server, "One two three four five six seven eight.")?;
    for length in [4, 11, 12, 20, 36, 43, 44] {
        let reply = upload(&server, "cut.wav", &whole[..length])?;
        ensure!(
            reply.status == 400,
            "{length} bytes: {} {}",
            reply.status,
            reply.text()
        );
    }
    let reply = upload(&server, "cut.wav", &whole[..whole.len() / 2])?;
    ensure!([200, 400].contains(&reply.status), "{}", reply.text());
    still_up(&server)
}

#[test]
fn a_file_without_samples() -> Result<()> {
    let server = Server::shared()?;
    refused(
        upload(&server, "none.wav", &sound::wav(&[]))?,
        400,
        "file",
        &["sample"],
    )?;
    still_up(&server)
}

#[test]
fn silence_and_a_tone_give_no_words() -> Result<()> {
    let server = Server::shared()?;
    let silence = upload(&server, "silence.wav", &sound::silence(4))?
        .expect(200)?
        .json()?;
    ensure!(silence["text"] == "", "{silence}");
    upload(&server, "tone.wav", &sound::tone(2))?.expect(200)?;
    let blink = upload(&server, "blink.wav", &sound::wav(&[1000]))?;
    ensure!([200, 400].contains(&blink.status), "{}", blink.text());
    still_up(&server)
}

/// Two hours in the smallest form: 8-bit samples at 8 kHz.
#[test]
fn two_hours() -> Result<()> {
    let server = Server::shared()?;
    let seconds = 2 * 3600;
    let samples = vec![128_u8; seconds * 8_000];
    let length = u32::try_from(samples.len())?;
    let mut file = b"RIFF".to_vec();
    file.extend_from_slice(&(length + 36).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&8_000_u32.to_le_bytes());
    file.extend_from_slice(&8_000_u32.to_le_bytes());
    file.extend_from_slice(b"\x01\0\x08\0data");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(&samples);
    refused(upload(&server, "long.wav", &file)?, 400, "file", &["3600"])?;
    still_up(&server)
}

#[test]
fn two_hundred_megabytes() -> Result<()> {
    let server = Server::shared()?;
    let file = sound::wav(&vec![0; 100 << 20]);
    // A server may answer and close before it has read everything.
    match upload(&server, "large.wav", &file) {
        Ok(reply) => refused(reply, 413, "", &["limit", "upload_bytes"])?,
        Err(error) => {
            let reason = format!("{error:#}").to_lowercase();
            let closed = ["reset", "broken pipe", "closed", "aborted"];
            ensure!(closed.iter().any(|word| reason.contains(word)), "{reason}");
        }
    }
    still_up(&server)
}

#[test]
fn names_that_are_unknown() -> Result<()> {
    let server = Server::shared()?;
    let form = || Form::new().file("file", "tone.wav", &sound::tone(1));
    let send = |form: Form| server.post_form(PATH, form);
    refused(
        send(form().text("model", "whisper-9"))?,
        404,
        "model",
        &["whisper-9", "whisper-base"],
    )?;
    let known = || form().text("model", "whisper-1");
    refused(
        send(known().text("language", "xx"))?,
        400,
        "language",
        &["xx"],
    )?;
    refused(
        send(known().text("response_format", "docx"))?,
        400,
        "response_format",
        &["docx", "srt"],
    )?;
    refused(
        send(known().text("temperature", "hot"))?,
        400,
        "temperature",
        &["hot"],
    )?;
    refused(
        send(known().text("temperature", "7"))?,
        400,
        "temperature",
        &["7"],
    )?;
    let granularity = "timestamp_granularities[]";
    let send_granularity = known()
        .text("response_format", "verbose_json")
        .text(granularity, "letter");
    refused(
        send(send_granularity)?,
        400,
        "timestamp_granularities",
        &["letter", "word"],
    )
}

#[test]
fn a_form_that_is_none() -> Result<()> {
    let server = Server::shared()?;
    let multipart = Form::content_type();
    let send = |kind: &str, body: Vec<u8>| server.request("POST", PATH, kind, body);
    refused(
        send("application/json", b"{}".into())?,
        400,
        "",
        &["multipart"],
    )
    .or_else(|_| {
        refused(
            send("application/json", b"{}".into())?,
            415,
            "",
            &["multipart"],
        )
    })?;
    refused(
        send(&multipart, b"not a form".into())?,
        400,
        "",
        &["multipart"],
    )?;
    refused(
        send("multipart/form-data", b"no boundary".into())?,
        400,
        "",
        &["boundary"],
    )?;
    let cut = Form::new()
        .text("model", "whisper-1")
        .file("file", "tone.wav", &sound::tone(1));
    refused(
        send(&multipart, cut.unclosed_body())?,
        400,
        "",
        &["multipart"],
    )?;
    refused(
        send(&multipart, Form::new().text("model", "whisper-1").body())?,
        400,
        "file",
        &["file"],
    )?;
    let no_model = Form::new().file("file", "tone.wav", &sound::tone(1));
    refused(send(&multipart, no_model.body())?, 400, "model", &["model"])?;
    let broken = Form::new()
        .text("model", [0xff, 0xfe])
        .file("file", "tone.wav", &sound::tone(1));
    refused(send(&multipart, broken.body())?, 400, "model", &["UTF-8"])?;
    still_up(&server)
}

#[test]
fn translations_refuse_alike() -> Result<()> {
    let server = Server::shared()?;
    let form = Form::new()
        .text("model", "whisper-1")
        .file("file", "x.wav", b"");
    refused(
        server.post_form("/v1/audio/translations", form)?,
        400,
        "file",
        &["empty"],
    )?;
    let english_only =
        Form::new()
            .text("model", "whisper-tiny.en")
            .file("file", "tone.wav", &sound::tone(1));
    let reply = server.post_form("/v1/audio/translations", english_only)?;
    let body: Value = reply.expect(400)?.json()?;
    ensure!(
        body["error"]["message"]
            .as_str()
            .is_some_and(|text| text.contains("whisper-base")),
        "{body}"
    );
    Ok(())
}
