//! The real server as a child process.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak, mpsc},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{DataFolder, Database, http, process};

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Mutex<Child>,
    address: String,
    key: String,
    folder: Arc<DataFolder>,
    agent: ureq::Agent,
}

/// How to start a server.
#[derive(Debug)]
pub struct Builder {
    folder: Arc<DataFolder>,
    listen: String,
    config: String,
    environment: Vec<(String, String)>,
}

/// Long enough for a cold disk and two busy cores.
const START: Duration = Duration::from_mins(1);

/// A server prefers the best language model that is installed; tests mean the same one everywhere.
const GENERATOR: (&str, &str) = ("LOCUTOR_ENGINE__GENERATOR", "smollm2-135m-instruct");

/// All tests come from one address: limits of addresses are for the tests of limits to switch on.
const UNLIMITED: [&str; 11] = [
    "LOCUTOR_RATE_LIMITS__ANONYMOUS",
    "LOCUTOR_RATE_LIMITS__ASSISTANT",
    "LOCUTOR_RATE_LIMITS__INVITATION",
    "LOCUTOR_RATE_LIMITS__INVITATION_ADDRESS",
    "LOCUTOR_RATE_LIMITS__LOGIN",
    "LOCUTOR_RATE_LIMITS__PROOF",
    "LOCUTOR_RATE_LIMITS__RECOVERY",
    "LOCUTOR_RATE_LIMITS__RECOVERY_ACCOUNT",
    "LOCUTOR_RATE_LIMITS__REFRESH",
    "LOCUTOR_RATE_LIMITS__REGISTER",
    "LOCUTOR_RATE_LIMITS__TOKEN",
];

impl Server {
    /// The server that tests share which only ask. It ends with its last user.
    ///
    /// # Errors
    /// When it does not start.
    pub fn shared() -> Result<Arc<Self>> {
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return Ok(server);
        }
        let server = Arc::new(Self::builder()?.start()?);
        *shared = Arc::downgrade(&server);
        Ok(server)
    }

    /// Settings of a server of one's own.
    ///
    /// # Errors
    /// When no temporary folder can be made.
    pub fn builder() -> Result<Builder> {
        Ok(Builder {
            folder: Arc::new(DataFolder::new()?),
            listen: "127.0.0.1:0".to_owned(),
            config: String::new(),
            environment: std::iter::once(GENERATOR)
                .chain(UNLIMITED.iter().map(|name| (*name, "off")))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        })
    }

    /// Where it listens, e.g. `http://127.0.0.1:41234`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The admin key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its data folder.
    pub fn folder(&self) -> &Arc<DataFolder> {
        &self.folder
    }

    pub(crate) fn agent(&self) -> &ureq::Agent {
        &self.agent
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it is gone.
    pub fn signal(&self, name: &str) -> Result<()> {
        process::signal(self.child().id(), name)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it still runs after `limit`.
    pub fn wait(&self, limit: Duration) -> Result<ExitStatus> {
        wait_for_end(&mut self.child(), limit)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child().id()
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn is_running(&self) -> Result<bool> {
        Ok(self.child().try_wait()?.is_none())
    }

    /// Everything it wrote to its log so far.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(log_path(&self.folder))?)
    }

    /// The sum of a metric over all its labels that contain `label`, 0 when it is absent.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn metric(&self, name: &str, label: &str) -> Result<f64> {
        let page = self.get("/metrics")?.expect(200)?.text();
        let lines = page.lines().filter(|line| !line.starts_with('#'));
        let values = lines.filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            let (found, labels) = series.split_once('{').unwrap_or((series, ""));
            let wanted = found == name && labels.contains(label);
            wanted.then(|| value.parse::<f64>().ok()).flatten()
        });
        Ok(values.sum())
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut child = self.child();
        child.kill().ok();
        child.wait().ok();
    }
}

impl Builder {
    /// Starts on a data folder that another server used before.
    #[must_use]
    pub fn folder(mut self, folder: &Arc<DataFolder>) -> Self {
        self.folder = Arc::clone(folder);
        self
    }

    /// Keeps its rows there, whatever the environment says; on a data folder of its own.
    ///
    /// # Errors
    /// When the database is not there.
    pub fn database(mut self, database: Database) -> Result<Self> {
        self.folder = Arc::new(DataFolder::on(database)?);
        Ok(self)
    }

    /// Listens there instead of on a free port.
    #[must_use]
    pub fn listen(mut self, address: &str) -> Self {
        address.clone_into(&mut self.listen);
        self
    }

    /// Its data folder.
    pub fn data_folder(&self) -> &Arc<DataFolder> {
        &self.folder
    }

    /// Adds lines to its configuration file.
    #[must_use]
    pub fn config(mut self, toml: &str) -> Self {
        self.config.push_str(toml);
        self.config.push('\n');
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The command that would start it.
    ///
    /// # Errors
    /// When the binary was not built, or the disk is full.
    pub fn command(&self) -> Result<Command> {
        let mut command = Command::new(process::binary()?);
        command
            .args(["serve", "--listen", &self.listen, "--data-dir"])
            .arg(self.folder.path())
            .stdin(Stdio::null());
        if !self.config.is_empty() {
            let path = self.folder.scratch().join("config.toml");
            fs::write(&path, &self.config)?;
            command.arg("--config").arg(path);
        }
        let settings = self.folder.environment().iter().chain(&self.environment);
        command.envs(settings.map(|(name, value)| (name, value)));
        Ok(command)
    }

    /// Starts it, which must fail by itself, and gives what it wrote to its error output.
    ///
    /// # Errors
    /// When it starts all the same.
    pub fn fail(self) -> Result<String> {
        let mut command = self.command()?;
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        if wait_for_end(&mut child, START).is_err() {
            child.kill()?;
            bail!("the server started");
        }
        let output = child.wait_with_output()?;
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(!output.status.success(), "no error: {complaint}");
        ensure!(!complaint.contains("panicked"), "{complaint}");
        Ok(complaint)
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// When it ends or is not ready in time, with its log in the message.
    pub fn start(self) -> Result<Server> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(log_path(&self.folder))?;
        let mut command = self.command()?;
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn()?;
        let lines = child.stdout.take().map(BufReader::new);
        let address = match lines.context("no output").and_then(read_address) {
            Ok(address) => address,
            Err(error) => {
                child.kill().ok();
                child.wait().ok();
                let log = fs::read_to_string(log_path(&self.folder)).unwrap_or_default();
                return Err(error.context(log));
            }
        };
        let server = Server {
            child: Mutex::new(child),
            address,
            key: self.folder.admin_key()?,
            folder: self.folder,
            agent: http::agent(),
        };
        server.wait_until_ready()?;
        Ok(server)
    }
}

impl Server {
    fn wait_until_ready(&self) -> Result<()> {
        let started = Instant::now();
        loop {
            let reply = self.request_as(None, "GET", "/health/ready", "", Vec::new());
            match reply {
                Ok(reply) if reply.status == 200 => return Ok(()),
                other if started.elapsed() > START => {
                    bail!("not ready after {START:?}: {other:?}\n{}", self.log()?)
                }
                _ => thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}

/// Waits for a process to end.
///
/// # Errors
/// When it still runs after `limit`.
pub fn wait_for_end(child: &mut Child, limit: Duration) -> Result<ExitStatus> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if started.elapsed() > limit {
            bail!("still running after {limit:?}");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Finds the line that says where the server listens, and keeps reading so that the server never
/// waits for its reader.
fn read_address(lines: BufReader<std::process::ChildStdout>) -> Result<String> {
    let (found, address) = mpsc::channel();
    thread::spawn(move || {
        for line in lines.lines().map_while(Result::ok) {
            if let Some((_, rest)) = line.split_once("listening on ") {
                found.send(rest.trim().to_owned()).ok();
            }
        }
    });
    address
        .recv_timeout(START)
        .context("the server did not say where it listens")
}

fn log_path(folder: &DataFolder) -> PathBuf {
    folder.scratch().join("server.log")
}
