//! Latency at a given rate.
//!
//! The time at which each request is due is fixed beforehand, and its latency counts from then.
//! A server that stalls thus also pays for the requests that had to wait, which a generator that
//! asks only after a reply would never send ("coordinated omission"). The generator's own timer is as exact as
//! a millisecond, and what it is late by counts against the server too.

use std::{cell::Cell, rc::Rc, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Builder,
    task::LocalSet,
    time::{Instant, sleep_until, timeout},
};

use super::wrk::Question;

/// Longest that a reply may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How fast, over how many connections, for how long.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Requests per second.
    pub rate: f64,
    /// Connections that take the requests in turn as they are free.
    pub connections: usize,
    /// How long requests are due.
    pub time: Duration,
}

/// Seconds from when each request was due until its whole reply was there, shortest first.
///
/// # Errors
/// When a reply is not 200, or a connection breaks.
pub fn latencies(question: &Question, pace: Pace) -> Result<Vec<f64>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    let mut latencies = local.block_on(&runtime, all(question, pace))?;
    latencies.sort_by(f64::total_cmp);
    Ok(latencies)
}

/// The value that so many of 100 do not exceed; the values must be sorted.
pub fn percentile(sorted: &[f64], percent: f64) -> f64 {
    let rank = (sorted.len() as f64 * percent / 100.0).ceil() as usize;
    let found = sorted.get(rank.saturating_sub(1)).or(sorted.last());
    found.copied().unwrap_or(f64::NAN)
}

async fn all(question: &Question, pace: Pace) -> Result<Vec<f64>> {
    let (host, request) = request(question)?;
    let requests = (pace.rate * pace.time.as_secs_f64()) as usize;
    let schedule = Rc::new(Schedule {
        begin: Instant::now() + Duration::from_millis(200),
        gap: 1.0 / pace.rate,
        next: Cell::new(0),
        requests,
    });
    let mut workers = Vec::new();
    for _ in 0..pace.connections {
        let connection = Connection::open(&host).await?;
        let work = work(connection, request.clone(), Rc::clone(&schedule));
        workers.push(tokio::task::spawn_local(work));
    }
    let mut latencies = Vec::with_capacity(requests);
    for worker in workers {
        latencies.extend(worker.await??);
    }
    Ok(latencies)
}

/// When the next request is due, whoever sends it.
struct Schedule {
    begin: Instant,
    gap: f64,
    next: Cell<usize>,
    requests: usize,
}

impl Schedule {
    fn next_due(&self) -> Option<Instant> {
        let number = self.next.get();
        self.next.set(number + 1);
        let after = Duration::from_secs_f64(number as f64 * self.gap);
        (number < self.requests).then(|| self.begin + after)
    }
}

async fn work(
    mut connection: Connection,
    request: Vec<u8>,
    schedule: Rc<Schedule>,
) -> Result<Vec<f64>> {
    let mut latencies = Vec::new();
    while let Some(due) = schedule.next_due() {
        sleep_until(due).await;
        let answered = timeout(PATIENCE, connection.ask(&request)).await;
        answered.with_context(|| format!("no reply within {PATIENCE:?}"))??;
        latencies.push(due.elapsed().as_secs_f64());
    }
    Ok(latencies)
}

/// The host with its port, and the bytes of the request.
fn request(question: &Question) -> Result<(String, Vec<u8>)> {
    let address = question
        .url
        .strip_prefix("http://")
        .context("an address with http://")?;
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    ensure!(question.body.is_none(), "only GET is paced");
    let mut head = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n");
    if let Some(authorization) = &question.authorization {
        head.push_str("Authorization: ");
        head.push_str(authorization);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    Ok((host.to_owned(), head.into_bytes()))
}

/// A kept connection that carries one request at a time.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(host: &str) -> Result<Self> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(16 << 10),
        })
    }

    /// Sends a request and reads its whole reply.
    async fn ask(&mut self, request: &[u8]) -> Result<()> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the server closed a connection");
            if let Some(length) = reply_length(&self.buffer)?
                && self.buffer.len() >= length
            {
                return Ok(());
            }
        }
    }
}

/// Bytes of the reply that begins here, head included, once its head is complete.
fn reply_length(bytes: &[u8]) -> Result<Option<usize>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    ensure!(
        head.starts_with("http/1.1 200"),
        "a reply was not 200: {head}"
    );
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let Some(length) = length else {
        bail!("a reply without a length: {head}");
    };
    Ok(Some(end + 4 + length.trim().parse::<usize>()?))
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread,
    };

    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        let found = [50.0, 99.0, 100.0].map(|percent| percentile(&values, percent) as u32);
        assert_eq!(found, [100, 198, 200]);
        assert!(percentile(&[], 99.0).is_nan());
    }

    #[test]
    fn a_reply_is_measured_by_its_head() {
        let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(reply_length(reply).unwrap(), Some(reply.len()));
        assert_eq!(reply_length(&reply[..20]).unwrap(), None);
        assert!(reply_length(b"HTTP/1.1 429 No\r\ncontent-length: 0\r\n\r\n").is_err());
    }

    /// One connection, and a server that stalls once: the requests that were due meanwhile count.
    #[test]
    fn a_stall_is_counted_for_every_request_that_waited() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut bytes = [0; 1024];
            let mut replies = 0;
            while stream.read(&mut bytes).is_ok_and(|read| read > 0) {
                if replies == 20 {
                    thread::sleep(Duration::from_millis(300));
                }
                replies += 1;
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                    .unwrap();
            }
        });
        let pace = Pace {
            rate: 100.0,
            connections: 1,
            time: Duration::from_secs(1),
        };
        let latencies = latencies(&Question::get(&url, None), pace).unwrap();
        assert_eq!(latencies.len(), 100);
        let late = latencies.iter().filter(|latency| **latency > 0.1).count();
        assert!((12..40).contains(&late), "{late} of 100 were late");
    }
}
