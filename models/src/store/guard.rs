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
        let folder = store.locks_folder();
        std::fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        let path = folder.join(format!("{name}.lock"));
        let file = open(&path)?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => {
                    watch.report(Stage::Wait, name, 0, 0)?;
                    std::thread::sleep(RETRY);
                }
                Err(TryLockError::Error(error)) => return Err(Error::io(&path)(error)),
            }
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
