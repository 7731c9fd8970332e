//! The mail that a server wrote into its file outbox, read as a mail program would.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::Server;

/// Mail is sent by a job, which a busy machine may do late.
const DELIVERY: Duration = Duration::from_secs(30);

/// A message.
#[derive(Debug)]
pub struct Message {
    /// Its headers, as they are, with folded lines joined.
    pub headers: Vec<(String, String)>,
    /// Its text part, decoded.
    pub text: String,
}

impl Message {
    /// Reads a message as it went over the wire.
    pub fn parse(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let (headers, body) = split(&text);
        let text = text_part(&headers, body).unwrap_or_default();
        Self { headers, text }
    }

    /// The value of a header, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        let found = self
            .headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// The token of the link (`...?token=...`) or line (`token: ...`) in it.
    pub fn token(&self) -> Option<&str> {
        let start = ["token=", "token: ", "Token: "]
            .iter()
            .find_map(|mark| Some(self.text.find(mark)? + mark.len()))?;
        let rest = &self.text[start..];
        let end = rest.find(|character: char| {
            !(character.is_ascii_alphanumeric() || "-_.~".contains(character))
        });
        Some(&rest[..end.unwrap_or(rest.len())]).filter(|token| !token.is_empty())
    }
}

/// Every message so far, the oldest first.
///
/// # Errors
/// When a message cannot be read.
pub fn all(server: &Server) -> Result<Vec<Message>> {
    let folder = server.folder().path().join("outbox");
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| Ok(Message::parse(&fs::read_to_string(path)?)))
        .collect()
}

/// The messages to an address, the oldest first.
///
/// # Errors
/// When a message cannot be read.
pub fn messages(server: &Server, email: &str) -> Result<Vec<Message>> {
    let mut messages = all(server)?;
    messages.retain(|message| message.header("to").contains(email));
    Ok(messages)
}

/// Waits for a message with a token beyond the `seen` that are there, and gives its token.
///
/// # Errors
/// When none comes.
pub fn token(server: &Server, email: &str, seen: usize) -> Result<String> {
    let started = Instant::now();
    while started.elapsed() < DELIVERY {
        let messages = messages(server, email)?;
        let mut tokens = messages.iter().skip(seen).filter_map(Message::token);
        if let Some(token) = tokens.next_back() {
            return Ok(token.to_owned());
        }
        thread::sleep(Duration::from_millis(50));
    }
    bail!("no mail with a token for {email} within {DELIVERY:?}")
}

/// Waits for a message that contains one of the words.
///
/// # Errors
/// When none comes.
pub fn mentions(server: &Server, email: &str, words: &[&str]) -> Result<()> {
    let started = Instant::now();
    while started.elapsed() < DELIVERY {
        for message in messages(server, email)? {
            let text = format!("{} {}", message.header("subject"), message.text).to_lowercase();
            if words.iter().any(|word| text.contains(word)) {
                return Ok(());
            }
        }
        thread::sleep(Duration::from_millis(100));
    }
    bail!("no mail for {email} with one of {words:?}")
}

fn split(part: &str) -> (Vec<(String, String)>, &str) {
    let part = part.strip_prefix('\n').unwrap_or(part);
    let (head, body) = part.split_once("\n\n").unwrap_or((part, ""));
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let headers = head.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    });
    (headers.collect(), body)
}

/// The first `text/plain` part, however deep.
fn text_part(headers: &[(String, String)], body: &str) -> Option<String> {
    let header = |wanted: &str| {
        let found = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map_or("", |(_, value)| value.as_str())
    };
    let kind = header("content-type");
    if kind.to_lowercase().starts_with("multipart/") {
        let boundary = format!("--{}", boundary(kind)?);
        return body.split(&boundary).skip(1).find_map(|part| {
            let (headers, body) = split(part);
            text_part(&headers, body)
        });
    }
    let plain = kind.is_empty() || kind.to_lowercase().starts_with("text/plain");
    plain.then(|| decode(header("content-transfer-encoding"), body))?
}

fn boundary(kind: &str) -> Option<&str> {
    let rest = kind.split_once("boundary=")?.1;
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split([';', ' ']).next(),
    }
}

fn decode(encoding: &str, body: &str) -> Option<String> {
    match encoding.to_lowercase().as_str() {
        "quoted-printable" => quoted_printable(body).ok(),
        "base64" => {
            let packed: String = body.split_whitespace().collect();
            String::from_utf8(STANDARD.decode(packed).ok()?).ok()
        }
        _ => Some(body.to_owned()),
    }
}

fn quoted_printable(body: &str) -> Result<String> {
    let joined = body.replace("=\n", "");
    let mut pieces = joined.split('=');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (code, rest) = piece.split_at_checked(2).context("a cut escape")?;
        bytes.push(u8::from_str_radix(code, 16)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    Ok(String::from_utf8(bytes)?)
}
