//! `locutor.lock`: revision, size and digest of files whose digest the catalog cannot know.
//!
//! The first pull of a hub model writes them; every later pull and check goes by them.

use serde::{Deserialize, Serialize};

use crate::catalog::{Expected, is_digest};
use crate::{Error, Result, Store};

/// One resolved file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockedFile {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) repository: String,
    pub(crate) revision: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

impl LockedFile {
    pub(crate) fn expected(&self) -> Expected {
        Expected {
            size: self.size,
            sha256: self.sha256.clone(),
        }
    }
}

/// The whole file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lock {
    #[serde(default)]
    file: Vec<LockedFile>,
}

impl Lock {
    /// Reads it; an absent file is empty.
    pub(crate) fn read(store: &Store) -> Result<Self> {
        let path = store.folder().join("locutor.lock");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(Error::io(&path)(error)),
        };
        let broken = |reason: String| Error::Catalog {
            reason: format!("{}: {reason}", path.display()),
        };
        let lock: Self = toml::from_str(&text).map_err(|error| broken(error.to_string()))?;
        match lock.file.iter().find(|file| !is_digest(&file.sha256)) {
            Some(file) => Err(broken(format!("{} has no SHA-256", file.id))),
            None => Ok(lock),
        }
    }

    pub(crate) fn find(&self, id: &str, name: &str) -> Option<&LockedFile> {
        self.file
            .iter()
            .find(|file| file.id == id && file.name == name)
    }

    /// Adds or replaces one file and writes the lock whole. The caller holds its guard.
    pub(crate) fn record(store: &Store, resolved: LockedFile) -> Result<()> {
        let mut lock = Self::read(store)?;
        lock.file
            .retain(|file| file.id != resolved.id || file.name != resolved.name);
        lock.file.push(resolved);
        lock.write(store)
    }

    /// Forgets a model, so that its next pull resolves it anew. The caller holds the guard.
    pub(crate) fn forget(store: &Store, id: &str) -> Result<()> {
        let mut lock = Self::read(store)?;
        let before = lock.file.len();
        lock.file.retain(|file| file.id != id);
        if lock.file.len() == before {
            return Ok(());
        }
        lock.write(store)
    }

    fn write(&self, store: &Store) -> Result<()> {
        let path = store.folder().join("locutor.lock");
        let text = toml::to_string(self).map_err(|error| Error::Catalog {
            reason: error.to_string(),
        })?;
        let mut temporary =
            tempfile::NamedTempFile::new_in(store.folder()).map_err(Error::io(store.folder()))?;
        std::io::Write::write_all(&mut temporary, text.as_bytes()).map_err(Error::io(&path))?;
        temporary.as_file().sync_all().map_err(Error::io(&path))?;
        temporary
            .persist(&path)
            .map_err(|error| Error::io(&path)(error.error))?;
        Ok(())
    }
}
