//! Other systems as long-lived child processes: JSON lines out, JSON lines in.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Where peers run.
#[derive(Debug, Clone)]
pub struct Peers {
    /// The Python that has them installed.
    pub python: PathBuf,
    /// Folder of the scripts.
    pub scripts: PathBuf,
}

/// A running peer; it ends when dropped.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    requests: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
    name: String,
}

impl Peers {
    /// Starts a script and waits until its model is loaded.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start<S: AsRef<OsStr>>(
        &self,
        script: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Peer> {
        let mut child = Command::new(&self.python)
            .arg(self.scripts.join(script))
            .args(arguments)
            .env("HF_HUB_OFFLINE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| self.python.display().to_string())?;
        let requests = child.stdin.take();
        let replies = BufReader::new(child.stdout.take().context("no output")?);
        let mut peer = Peer {
            child,
            requests,
            replies,
            name: String::new(),
        };
        let ready = peer.read().with_context(|| script.to_owned())?;
        ready["name"]
            .as_str()
            .unwrap_or(script)
            .clone_into(&mut peer.name);
        Ok(peer)
    }
}

impl Peer {
    /// Its name with its version.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Has one run done.
    ///
    /// # Errors
    /// When the peer fails.
    pub fn ask(&mut self, request: &Value) -> Result<Value> {
        let requests = self.requests.as_mut().context("the peer has ended")?;
        writeln!(requests, "{request}")?;
        self.read()
    }

    fn read(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.replies.read_line(&mut line)? == 0 {
            bail!("the peer ended; its own words are above");
        }
        let reply: Value = serde_json::from_str(&line).context(line)?;
        match reply["error"].as_str() {
            Some(error) => bail!("{}: {error}", self.name),
            None => Ok(reply),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The end of its input is its signal to stop.
        drop(self.requests.take());
        self.child.wait().ok();
    }
}

/// A number of a reply.
///
/// # Errors
/// When it is missing.
pub fn number(reply: &Value, name: &str) -> Result<f64> {
    reply[name]
        .as_f64()
        .with_context(|| format!("no {name} in {reply}"))
}

/// A path as text.
///
/// # Errors
/// When it is no UTF-8.
pub fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path in UTF-8")
}
