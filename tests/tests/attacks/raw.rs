//! Requests written byte by byte, as no client library would.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context, Result};
use locutor_tests::Server;

/// Longest wait for a reply.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longest wait for more of it: a server may keep the connection open for a body that never comes.
const SILENCE: Duration = Duration::from_secs(2);

/// A connection.
///
/// # Errors
/// When the server takes none.
pub fn connect(server: &Server) -> Result<TcpStream> {
    let host = server.address().trim_start_matches("http://");
    let stream = TcpStream::connect(host).context("connecting")?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Sends the bytes and gives all that comes back until the server closes or falls silent. A server
/// may answer and close before it has read everything, so a failure to write is none.
///
/// # Errors
/// When the server takes no connection.
pub fn exchange(server: &Server, bytes: &[u8]) -> Result<String> {
    let mut stream = connect(server)?;
    stream.write_all(bytes).ok();
    let mut reply = Vec::new();
    let mut piece = [0; 16_384];
    loop {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(count) => reply.extend_from_slice(&piece[..count]),
        }
        if reply.windows(4).any(|end| end == b"\r\n\r\n") {
            stream.set_read_timeout(Some(SILENCE))?;
        }
    }
    Ok(String::from_utf8_lossy(&reply).into_owned())
}

/// A request's head that asks the server to close afterwards, and its body.
pub fn request(line: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n{body}")
        .into_bytes()
}

/// The status of a raw reply, 0 where there is none.
pub fn status(reply: &str) -> u16 {
    let status = reply.split(' ').nth(1).map(str::parse);
    status.and_then(Result::ok).unwrap_or_default()
}
