//! A PostgreSQL of one test, which may be stopped and started: `.ci/services` starts the one that
//! tests share, which has to stay up.
//!
//! It listens on a port of this machine, as one that a network cuts off would. Commits wait for the
//! log to be written, or a crash of the database itself would lose what it acknowledged.

use std::{
    fs::{self, File, Permissions},
    net::TcpListener,
    ops::Range,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU16, Ordering},
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// The user that Debian's packages bring: PostgreSQL refuses to run as root.
const USER: &str = "postgres";

/// Ports below those that the system gives to whoever asks for any: between two starts nobody gets it.
const PORTS: Range<u16> = 20_000..30_000;

/// A running PostgreSQL; gone when dropped.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    binaries: PathBuf,
    port: u16,
}

/// One that nobody listens on; different ones in tests that begin at the same time.
fn free_port() -> Option<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(PORTS.start);
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    PORTS
        .map(|_| NEXT.fetch_add(1, Ordering::Relaxed))
        .take_while(|port| PORTS.contains(port))
        .find(free)
}

impl Postgres {
    /// Makes and starts one; `None` where it is not installed.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start() -> Result<Option<Self>> {
        let Some(binaries) = binaries() else {
            return Ok(None);
        };
        let folder = TempDir::with_prefix("locutor-faults-")?;
        fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
        let port = free_port().context("no free port")?;
        let postgres = Self {
            folder,
            binaries,
            port,
        };
        postgres.make()?;
        postgres.resume()?;
        Ok(Some(postgres))
    }

    /// What a server needs to know to use it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let url = format!("postgres://locutor@127.0.0.1:{}/postgres", self.port);
        vec![
            ("LOCUTOR_DATABASE__URL".to_owned(), url),
            ("LOCUTOR_DATABASE__CONNECTIONS".to_owned(), "8".to_owned()),
        ]
    }

    /// Stops it at once, in the middle of everything: on the next start it recovers from its log.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(&self) -> Result<()> {
        self.run("pg_ctl", &["--mode=immediate", "--wait", "stop"])
    }

    /// Starts it again.
    ///
    /// # Errors
    /// When it does not start.
    pub fn resume(&self) -> Result<()> {
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off \
             -c max_connections=60 -c shared_buffers=32MB",
            self.port,
            self.data().display()
        );
        let log = self.data().join("log");
        let log = format!("--log={}", log.display());
        self.run(
            "pg_ctl",
            &["--wait", "--timeout=60", &log, "-o", &options, "start"],
        )
    }

    fn make(&self) -> Result<()> {
        let data = self.data();
        fs::create_dir(&data)?;
        if is_root()? {
            let done = Command::new("chown").arg(USER).arg(&data).status()?;
            ensure!(done.success(), "no user {USER}");
        }
        fs::set_permissions(&data, Permissions::from_mode(0o700))?;
        self.run(
            "initdb",
            &[
                "--username=locutor",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
        )
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What it says goes to a file: the database inherits the output, so a pipe would never end.
    fn run(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let said = self.folder.path().join("said");
        let output = File::create(&said)?;
        let program_path = self.binaries.join(program);
        let mut command = if is_root()? {
            let mut command = Command::new("runuser");
            command.args(["-u", USER, "--"]).arg(program_path);
            command
        } else {
            Command::new(program_path)
        };
        let status = command
            .arg(format!("--pgdata={}", self.data().display()))
            .args(arguments)
            .current_dir("/")
            .stdout(output.try_clone()?)
            .stderr(output)
            .status()
            .with_context(|| program.to_owned())?;
        let said = || fs::read_to_string(&said).unwrap_or_default();
        ensure!(status.success(), "{program}: {}", said());
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop().ok();
    }
}

/// Where Debian keeps the programs of the newest version.
fn binaries() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = versions.filter_map(|entry| Some(entry.ok()?.path()));
    let newest = versions.max_by_key(|path| version(path))?.join("bin");
    newest.join("initdb").is_file().then_some(newest)
}

/// Whether this process is root's.
pub fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}
