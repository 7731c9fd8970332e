//! What is in the folder, how much room it takes, and how it goes again.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::{Guard, Lock};
use crate::progress::Watch;
use crate::{Catalog, Entry, Error, Result, Store};

/// A model and its room on the disk.
#[derive(Debug, Clone)]
pub struct Installed<'a> {
    /// Its entry.
    pub entry: &'a Entry,
    /// Bytes of its folder; 0 when it is not there.
    pub disk: u64,
    /// Whether every file is there with its size; [`Store::verify`] reads the bytes.
    pub complete: bool,
}

impl Store {
    /// Every entry of the catalog with what the folder has of it.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Catalog`] for a broken lock file.
    pub fn installed<'a>(&self, catalog: &'a Catalog) -> Result<Vec<Installed<'a>>> {
        catalog
            .entries()
            .iter()
            .map(|entry| {
                let folder = self.model_folder(&entry.id);
                Ok(Installed {
                    entry,
                    disk: disk_usage(&folder)?,
                    complete: self.is_complete(entry)?,
                })
            })
            .collect()
    }

    /// Whether every file of the model is there with its size; [`Store::verify`] reads the bytes.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Catalog`] for a broken lock file.
    pub fn is_complete(&self, entry: &Entry) -> Result<bool> {
        let expected = match self.expectations(entry) {
            Ok(expected) => expected,
            Err(Error::Missing { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let folder = self.model_folder(&entry.id);
        Ok(!expected.is_empty()
            && expected.iter().all(|(name, expected)| {
                std::fs::metadata(folder.join(name))
                    .is_ok_and(|metadata| metadata.len() == expected.size)
            }))
    }

    /// Removes a model; says how many bytes that freed.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Missing`], [`Error::Io`].
    pub fn remove(&self, catalog: &Catalog, id: &str) -> Result<u64> {
        let entry = catalog.entry(id)?;
        let folder = self.model_folder(&entry.id);
        if !folder.exists() {
            return Err(Error::Missing {
                id: id.to_owned(),
                folder: self.folder().to_path_buf(),
            });
        }
        let watch = Watch {
            model: id,
            progress: &(),
            cancelled: &AtomicBool::new(false),
        };
        let _guard = Guard::acquire(self, id, watch)?;
        let freed = disk_usage(&folder)?;
        // Renamed first: a process that looks meanwhile sees all of it or nothing.
        let partial = self.partial_folder();
        std::fs::create_dir_all(&partial).map_err(Error::io(&partial))?;
        let doomed = partial.join(format!("{id}.removed"));
        remove_folder(&doomed)?;
        std::fs::rename(&folder, &doomed).map_err(Error::io(&folder))?;
        remove_folder(&doomed)?;
        let _guard = Guard::acquire(self, "locutor", watch)?;
        Lock::forget(self, id)?;
        Ok(freed)
    }
}

fn remove_folder(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(folder)(error)),
        _ => Ok(()),
    }
}

/// Bytes of all files below the folder.
fn disk_usage(folder: &Path) -> Result<u64> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(Error::io(folder)(error)),
    };
    let mut bytes = 0;
    for entry in entries {
        let entry = entry.map_err(Error::io(folder))?;
        let path = entry.path();
        let metadata = entry.metadata().map_err(Error::io(&path))?;
        bytes += if metadata.is_dir() {
            disk_usage(&path)?
        } else {
            metadata.len()
        };
    }
    Ok(bytes)
}
