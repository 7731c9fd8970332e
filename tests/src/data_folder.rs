//! A temporary data folder, with its database, that outlives the servers started on it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::Database;

/// A temporary folder; removed when dropped.
#[derive(Debug)]
pub struct DataFolder {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl DataFolder {
    /// An empty folder, with the database that the environment asks for.
    ///
    /// # Errors
    /// When the system has no room for it, or the database is not there.
    pub fn new() -> Result<Self> {
        Self::on(Database::from_environment()?)
    }

    /// An empty folder with a fresh database of that kind.
    ///
    /// # Errors
    /// When the system has no room for it, or the database is not there.
    pub fn on(database: Database) -> Result<Self> {
        Self::with(database.create()?)
    }

    /// An empty folder whose database these variables name.
    ///
    /// # Errors
    /// When the system has no room for it.
    pub fn with(environment: Vec<(String, String)>) -> Result<Self> {
        Ok(Self {
            folder: TempDir::with_prefix("locutor-test-").context("a temporary folder")?,
            environment,
        })
    }

    /// The folder of another machine that works on the same database, with a copy of the admin key.
    ///
    /// # Errors
    /// When no server ever started on this one.
    pub fn beside(&self) -> Result<Self> {
        let other = Self::with(self.environment.clone())?;
        fs::create_dir(other.path())?;
        fs::copy(
            self.path().join("admin.key"),
            other.path().join("admin.key"),
        )?;
        Ok(other)
    }

    /// The folder handed to `--data-dir`. It does not exist before the first start.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A folder for what the test itself keeps.
    pub fn scratch(&self) -> &Path {
        self.folder.path()
    }

    /// The variables that a server or command on this folder needs to find its database.
    pub fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// The admin key that the first start wrote.
    ///
    /// # Errors
    /// When no server ever started here.
    pub fn admin_key(&self) -> Result<String> {
        let path = self.path().join("admin.key");
        let key = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(key.trim().to_owned())
    }
}
