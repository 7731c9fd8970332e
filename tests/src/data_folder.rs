//! A temporary data folder that outlives the servers started on it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use tempfile::TempDir;

/// A temporary folder; removed when dropped.
#[derive(Debug)]
pub struct DataFolder(TempDir);

impl DataFolder {
    /// An empty folder.
    ///
    /// # Errors
    /// When the system has no room for it.
    pub fn new() -> Result<Self> {
        Ok(Self(
            TempDir::with_prefix("locutor-test-").context("a temporary folder")?,
        ))
    }

    /// The folder handed to `--data-dir`. It does not exist before the first start.
    pub fn path(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// A folder for what the test itself keeps.
    pub fn scratch(&self) -> &Path {
        self.0.path()
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
