//! The data folder: made when it is missing, checked for write permission, locked against a
//! second process.

use std::{
    fs::{self, File, TryLockError},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

/// A data folder that exists.
#[derive(Debug, Clone)]
pub struct DataFolder(PathBuf);

/// Held while a process works on the vectors; the system releases it when the process ends,
/// however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl DataFolder {
    /// Makes the folder when it is missing, readable by its owner only.
    pub fn prepare(path: &Path) -> anyhow::Result<Self> {
        make_private(path).with_context(|| {
            format!(
                "cannot use the data folder {}; choose another one with --data-dir or give this \
                 user permission to write there",
                path.display()
            )
        })?;
        Ok(Self(path.to_path_buf()))
    }

    /// Takes the lock, or says that another process has it.
    pub fn lock(&self) -> anyhow::Result<Lock> {
        let path = self.0.join("locutor.lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("cannot write to the data folder: {}; give this user permission to write there or choose another one with --data-dir", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => bail!(
                "the data folder {} is in use by another locutor process; stop it, or use its HTTP \
                 interface, or choose another folder with --data-dir",
                self.0.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", path.display()))
            }
        }
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.0.join("locutor.db")
    }

    /// The first administrator's key.
    pub fn admin_key(&self) -> PathBuf {
        self.0.join("admin.key")
    }

    /// Folder of the vectors that this embedding model made: vectors of two models never mix.
    pub fn vectors(&self, embedder: &str) -> PathBuf {
        self.0.join("vectors").join(embedder)
    }
}

fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    if !path.is_dir() {
        return Err(ErrorKind::NotADirectory.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_is_refused_until_the_first_is_gone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::prepare(&parent.path().join("data")).unwrap();
        let first = folder.lock().unwrap();
        let refused = folder.lock().unwrap_err().to_string();
        assert!(
            refused.contains("in use by another locutor process"),
            "{refused}"
        );
        drop(first);
        folder.lock().unwrap();
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = DataFolder::prepare(&file.path().join("data")).unwrap_err();
        assert!(format!("{error:#}").contains("--data-dir"), "{error:#}");
    }
}
