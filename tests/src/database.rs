//! Which database the servers under test keep their rows in.
//!
//! `LOCUTOR_TEST_DATABASE` (`sqlite`, the default, or `postgres`) -> [`Database`] -> settings that
//! [`DataFolder`](crate::DataFolder) hands to every server and command that works on it. On
//! PostgreSQL each folder has a schema of its own on the server that `.ci/services` started, and,
//! where that started Redis too, a prefix of its own there.

use std::{
    env, process,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Context, Result, bail, ensure};

/// Where rows are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file in the data folder.
    Sqlite,
    /// A schema of the server that `LOCUTOR_TEST_POSTGRES` names.
    Postgres,
}

impl Database {
    /// The one that `LOCUTOR_TEST_DATABASE` names.
    ///
    /// # Errors
    /// When it names none.
    pub fn from_environment() -> Result<Self> {
        match env::var("LOCUTOR_TEST_DATABASE").as_deref() {
            Err(_) | Ok("" | "sqlite") => Ok(Self::Sqlite),
            Ok("postgres") => Ok(Self::Postgres),
            Ok(other) => bail!("LOCUTOR_TEST_DATABASE is `{other}`; use `sqlite` or `postgres`"),
        }
    }

    /// Makes a fresh database and gives the environment variables that point a server to it.
    ///
    /// # Errors
    /// When the PostgreSQL server is not there.
    pub fn create(self) -> Result<Vec<(String, String)>> {
        match self {
            Self::Sqlite => Ok(Vec::new()),
            Self::Postgres => postgres(),
        }
    }
}

fn postgres() -> Result<Vec<(String, String)>> {
    let server = env::var("LOCUTOR_TEST_POSTGRES")
        .context("no PostgreSQL; run this with `.ci/services -- COMMAND`")?;
    let name = unique_name();
    statement(&server, &format!("CREATE SCHEMA {name}"))?;
    let separator = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{separator}options=-c%20search_path%3D{name}");
    let mut settings = vec![
        ("LOCUTOR_DATABASE__URL".to_owned(), url),
        // Many servers share one PostgreSQL.
        ("LOCUTOR_DATABASE__CONNECTIONS".to_owned(), "8".to_owned()),
    ];
    if let Ok(redis) = env::var("LOCUTOR_TEST_REDIS") {
        settings.push(("LOCUTOR_REDIS__URL".to_owned(), redis));
        settings.push(("LOCUTOR_REDIS__PREFIX".to_owned(), format!("{name}:")));
    }
    Ok(settings)
}

/// Unique among the tests that share a server: they are one process after the other.
fn unique_name() -> String {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    format!("black_box_{}_{number}", process::id())
}

/// Runs a statement with PostgreSQL's own client.
///
/// # Errors
/// When there is no client or the server refuses.
pub fn statement(server: &str, sql: &str) -> Result<String> {
    let output = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
        .args(["--set", "ON_ERROR_STOP=1", "--command", sql, server])
        .output()
        .context("`psql` is missing; Debian has it in postgresql-client")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{sql}: {complaint}");
    Ok(String::from_utf8(output.stdout)?)
}
