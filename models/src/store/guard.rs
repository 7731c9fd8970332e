//! One process at a time per model or package, held by the system's file lock, which ends with
//! the process however that ends.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use crate::progress::{Stage, Watch};
use crate::{Error, Result, Store};

/// Often enough that a released lock is taken at once, as people see it.
const RETRY: Duration = Duration::from_millis(50);

/// Holds a lock until dropped.
#[derive(Debug)]
pub(crate) struct Guard {
    _file: File,
}

impl Guard {
    /// Waits for the lock of that name; reports [`Stage::Wait`] meanwhile.
    pub(crate) fn acquire(store: &Store, name: &str, watch: Watch<'_>) -> Result<Self> {
        loop {
            if let Some(guard) = Self::try_acquire(store, name)? {
                return Ok(guard);
            }
            watch.report(Stage::Wait, name, 0, 0)?;
            std::thread::sleep(RETRY);
        }
    }

    /// Takes the lock of that name if nobody holds it.
    pub(crate) fn try_acquire(store: &Store, name: &str) -> Result<Option<Self>> {
        let folder = store.locks_folder();
        std::fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        let path = folder.join(format!("{name}.lock"));
        let file = open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Error::io(&path)(error)),
        }
    }
}

fn open(path: &Path) -> Result<File> {
    File::options()
        .create(true)
        .write(true)
        .truncate(false)
        .open(path)
        .map_err(Error::io(path))
}
