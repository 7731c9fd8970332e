//! A refusal leaves the connection usable, whatever of the body had arrived by then.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use locutor_tests::Server;

/// Longer than the server takes to refuse.
const PAUSE: Duration = Duration::from_millis(300);

/// One connection, with replies read off it one by one.
struct Connection {
    host: String,
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn open(server: &Server) -> Result<Self> {
        let host = server.address().trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&host)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self {
            stream: BufReader::new(stream),
            host,
        })
    }

    fn send(&mut self, method_and_path: &str, headers: &str) -> Result<()> {
        let head = format!(
            "{method_and_path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n",
            self.host
        );
        Ok(self.stream.get_mut().write_all(head.as_bytes())?)
    }

    /// The status and the headers in small letters; the body is read and left.
    fn receive(&mut self) -> Result<(u16, String)> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = self.stream.read_line(&mut head)?;
            ensure!(read > 0, "the connection closed after {head:?}");
        }
        let head = head.to_lowercase();
        let status = head.split(' ').nth(1).context("a status")?.parse()?;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.context("a length")?.parse()?];
        self.stream.read_exact(&mut body)?;
        Ok((status, head))
    }
}

#[test]
fn a_body_that_arrives_after_its_refusal() -> Result<()> {
    let server = Server::shared()?;
    let mut connection = Connection::open(&server)?;
    for _ in 0..3 {
        connection.send("POST /v1/embeddings", "Content-Length: 200000\r\n")?;
        thread::sleep(PAUSE);
        connection
            .stream
            .get_mut()
            .write_all(&vec![b' '; 200_000])?;
        ensure!(connection.receive()?.0 == 401);
        connection.send("GET /health/live", "")?;
        ensure!(connection.receive()?.0 == 200);
    }
    Ok(())
}

#[test]
fn who_asks_before_sending_is_answered_without_the_body() -> Result<()> {
    let server = Server::shared()?;
    let mut connection = Connection::open(&server)?;
    let asks = "Content-Length: 200000\r\nExpect: 100-continue\r\n";
    connection.send("POST /v1/embeddings", asks)?;
    let (status, head) = connection.receive()?;
    ensure!(
        status == 401 && head.contains("connection: close"),
        "{head}"
    );
    Ok(())
}
