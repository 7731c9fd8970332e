//! One file over HTTP into a `.part` file, resumed after every interruption.
//!
//! A range is asked for when an earlier try left bytes. A server that ignores it (200) starts
//! the file anew; one that has nothing beyond it (416) makes us start anew as well, unless
//! the file is complete. What is whole is decided by the digest, not here.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use ureq::http::{Response, StatusCode, header};

use crate::digest::CHUNK;
use crate::progress::{Stage, Watch};
use crate::store::{explain_full, require_space};
use crate::{Error, Result};

/// Tries that bring no new byte before the download is given up.
const TRIES: u32 = 5;
/// Pause after the first such try; doubled each time.
#[cfg(not(test))]
const PAUSE: Duration = Duration::from_millis(500);
#[cfg(test)]
const PAUSE: Duration = Duration::from_millis(5);
/// No package comes near this; it stops a server that sends without end.
const LARGEST: u64 = 1 << 36;

/// What to download.
pub(super) struct Download<'a> {
    pub(super) agent: &'a ureq::Agent,
    pub(super) url: &'a str,
    pub(super) token: Option<&'a str>,
    /// Shown to people; a URL may hold credentials.
    pub(super) name: &'a str,
    /// Its size, if known.
    pub(super) size: Option<u64>,
    pub(super) watch: Watch<'a>,
}

/// How one try ended.
enum Fault {
    /// Worth another try.
    Passing(String),
    /// Not worth one.
    Lasting(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Lasting(error)
    }
}

impl Download<'_> {
    /// Receives the whole file into `part`.
    pub(super) fn run(&self, part: &Path) -> Result<()> {
        let mut failures = 0;
        loop {
            let before = length(part);
            let reason = match self.attempt(part) {
                Ok(()) => return Ok(()),
                Err(Fault::Lasting(error)) => return Err(error),
                Err(Fault::Passing(reason)) => reason,
            };
            failures = if length(part) > before {
                1
            } else {
                failures + 1
            };
            if failures >= TRIES {
                return Err(self.refused(reason));
            }
            tracing::debug!(name = self.name, reason, "download interrupted, resuming");
            self.pause(PAUSE * 2_u32.pow(failures - 1))?;
        }
    }

    fn pause(&self, mut left: Duration) -> Result<()> {
        let step = Duration::from_millis(50);
        while !left.is_zero() {
            self.watch.check()?;
            std::thread::sleep(left.min(step));
            left = left.saturating_sub(step);
        }
        Ok(())
    }

    fn refused(&self, reason: impl Into<String>) -> Error {
        Error::Source {
            package: self.name.to_owned(),
            reason: reason.into(),
        }
    }

    fn attempt(&self, part: &Path) -> std::result::Result<(), Fault> {
        let have = length(part);
        self.watch
            .report(Stage::Download, self.name, have, self.size.unwrap_or(0))?;
        if self.size == Some(have) {
            return Ok(());
        }
        let mut request = self
            .agent
            .get(self.url)
            // A transfer encoding would make ranges count other bytes than ours.
            .header(header::ACCEPT_ENCODING, "identity");
        if let Some(token) = self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
        }
        let response = request.call().map_err(|error| self.fault(&error))?;
        let start = self.start(&response, have, part)?;
        self.receive(response, part, start)
    }

    fn fault(&self, error: &ureq::Error) -> Fault {
        match error {
            ureq::Error::Io(_)
            | ureq::Error::Timeout(_)
            | ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::Protocol(_) => Fault::Passing(error.to_string()),
            _ => Fault::Lasting(self.refused(error.to_string())),
        }
    }

    /// Where the bytes of this response belong.
    fn start(
        &self,
        response: &Response<ureq::Body>,
        have: u64,
        part: &Path,
    ) -> std::result::Result<u64, Fault> {
        let status = response.status();
        match status {
            StatusCode::OK => Ok(0),
            StatusCode::PARTIAL_CONTENT if range_start(response) == Some(have) => Ok(have),
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                std::fs::remove_file(part).map_err(Error::io(part))?;
                Err(Fault::Passing(format!(
                    "the server answered {status} to a range"
                )))
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                Err(Fault::Passing(format!("the server answered {status}")))
            }
            _ if status.is_server_error() => {
                Err(Fault::Passing(format!("the server answered {status}")))
            }
            _ => Err(Fault::Lasting(
                self.refused(format!("the server answered {status}")),
            )),
        }
    }

    fn receive(
        &self,
        response: Response<ureq::Body>,
        part: &Path,
        start: u64,
    ) -> std::result::Result<(), Fault> {
        let announced = response.body().content_length().map(|rest| start + rest);
        let total = announced.or(self.size);
        if let (Some(wanted), Some(announced)) = (self.size, announced)
            && wanted != announced
        {
            return Err(Fault::Lasting(Error::Mismatch {
                what: self.name.to_owned(),
                problem: format!("has {announced} bytes instead of {wanted}"),
            }));
        }
        let folder = part.parent().unwrap_or(part);
        require_space(folder, total.unwrap_or(0).saturating_sub(start))?;
        let mut file = open(part, start)?;
        let mut body = response.into_body().into_reader();
        let mut chunk = vec![0; CHUNK];
        let mut done = start;
        loop {
            let count = body
                .read(&mut chunk)
                .map_err(|error| Fault::Passing(error.to_string()))?;
            if count == 0 {
                break;
            }
            file.write_all(&chunk[..count])
                .map_err(Error::io(part))
                .map_err(|error| explain_full(error, folder, total.unwrap_or(done) - done))?;
            done += count as u64;
            if done > total.unwrap_or(LARGEST) {
                return Err(Fault::Lasting(self.refused("it never ends")));
            }
            self.watch
                .report(Stage::Download, self.name, done, total.unwrap_or(0))?;
        }
        match total {
            Some(total) if done < total => Err(Fault::Passing(format!(
                "the connection ended after {done} of {total} bytes"
            ))),
            _ => Ok(()),
        }
    }
}

fn length(part: &Path) -> u64 {
    std::fs::metadata(part).map_or(0, |metadata| metadata.len())
}

/// Opens the file for writing from `start` on; what lay behind it goes.
fn open(part: &Path, start: u64) -> Result<File> {
    let file = File::options()
        .create(true)
        .append(true)
        .open(part)
        .map_err(Error::io(part))?;
    file.set_len(start).map_err(Error::io(part))?;
    Ok(file)
}

/// First byte of a `Content-Range: bytes 5-9/10`.
fn range_start(response: &Response<ureq::Body>) -> Option<u64> {
    let range = response
        .headers()
        .get(header::CONTENT_RANGE)?
        .to_str()
        .ok()?;
    range
        .strip_prefix("bytes ")?
        .split('-')
        .next()?
        .parse()
        .ok()
}
