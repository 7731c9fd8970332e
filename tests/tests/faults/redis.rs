//! A Redis of one test, which may be stopped, frozen and started.

use std::{
    io::ErrorKind,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use locutor_tests::process;
use tempfile::TempDir;

/// Long enough for two busy cores.
const START: Duration = Duration::from_secs(20);

/// A Redis; gone when dropped.
#[derive(Debug)]
pub struct Redis {
    folder: TempDir,
    child: Child,
}

impl Redis {
    /// Starts one; `None` where it is not installed.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start() -> Result<Option<Self>> {
        let folder = TempDir::with_prefix("locutor-faults-")?;
        let child = match command(&folder).spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            child => child?,
        };
        let redis = Self { folder, child };
        redis.wait_until_up()?;
        Ok(Some(redis))
    }

    /// What a server needs to know to use it.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Kills it.
    ///
    /// # Errors
    /// When that fails.
    pub fn stop(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        // A killed server leaves its socket, at which nobody answers.
        Ok(())
    }

    /// Starts it again, empty.
    ///
    /// # Errors
    /// When it does not start.
    pub fn resume(&mut self) -> Result<()> {
        std::fs::remove_file(self.socket()).ok();
        self.child = command(&self.folder).spawn()?;
        self.wait_until_up()
    }

    /// Lets it hang: connections are taken, but nothing is answered.
    ///
    /// # Errors
    /// When it is gone.
    pub fn freeze(&self) -> Result<()> {
        process::signal(self.child.id(), "STOP")
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When it is gone.
    pub fn thaw(&self) -> Result<()> {
        process::signal(self.child.id(), "CONT")
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    fn wait_until_up(&self) -> Result<()> {
        let started = Instant::now();
        while !self.socket().exists() {
            ensure!(started.elapsed() < START, "Redis does not start");
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop().ok();
    }
}

fn command(folder: &TempDir) -> Command {
    let mut command = Command::new("redis-server");
    command
        .args(["--port", "0", "--save", "", "--appendonly", "no"])
        .arg("--unixsocket")
        .arg(folder.path().join("redis.sock"))
        .arg("--dir")
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}
