//! The data folder: made when it is missing, checked for write permission, locked against a
//! second process.
//!
//! What is made inside is readable by its owner only, whatever the folder itself allows: the
//! folder may be older than us, with a mode of its own.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
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
        let file = private_file(&path)
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

    /// The database file, made empty when it is missing: SQLite would let everybody read a file
    /// that it makes itself, and gives its companions (`-wal`, `-shm`) the mode of this one.
    pub fn database(&self) -> std::io::Result<PathBuf> {
        let path = self.0.join("locutor.db");
        private_file(&path)?;
        Ok(path)
    }

    /// The first administrator's key.
    pub fn admin_key(&self) -> PathBuf {
        self.0.join("admin.key")
    }

    /// Folder of the mails that are not sent by SMTP.
    pub fn outbox(&self) -> PathBuf {
        self.0.join("outbox")
    }

    /// Folder of the vectors that this embedding model made: vectors of two models never mix.
    pub fn vectors(&self, embedder: &str) -> PathBuf {
        self.0.join("vectors").join(embedder)
    }
}

/// Opens a file for writing; one that is missing is made so that only its owner can read it.
pub(super) fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder that is missing so that only its owner can enter it.
pub(super) fn make_private(path: &Path) -> std::io::Result<()> {
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
    use crate::{app::open_database, config::Configuration};

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

    #[cfg(unix)]
    #[tokio::test]
    async fn in_an_open_folder_every_file_is_private() {
        use std::os::unix::fs::PermissionsExt;

        let parent = tempfile::tempdir().unwrap();
        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let folder = DataFolder::prepare(parent.path()).unwrap();
        let _lock = folder.lock().unwrap();
        let database = open_database(&Configuration::default(), &folder)
            .await
            .unwrap();
        database.ping().await.unwrap();
        let files: Vec<_> = fs::read_dir(parent.path())
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert!(files.len() > 2, "{files:?}");
        for file in files {
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{file:?}");
        }
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = DataFolder::prepare(&file.path().join("data")).unwrap_err();
        assert!(format!("{error:#}").contains("--data-dir"), "{error:#}");
    }
}
