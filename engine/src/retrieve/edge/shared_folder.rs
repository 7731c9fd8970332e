//! One store for each folder that this process has open.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, PoisonError, Weak},
};

use super::EdgeStore;
use crate::{Error, Result};

/// Stores that were opened, by their folder's whole path; some may be closed by now.
static OPENED: LazyLock<Mutex<HashMap<PathBuf, Weak<EdgeStore>>>> = LazyLock::new(Mutex::default);

impl EdgeStore {
    /// Like [`EdgeStore::open`], but a folder that this process opened here before and still has
    /// open gives the same store, as someone who runs a cell of a notebook twice expects. The
    /// store is closed with the last reference to it.
    ///
    /// # Errors
    /// As [`EdgeStore::open`], and [`Error::Store`] when the folder was deleted while it was open.
    pub fn open_shared(folder: impl AsRef<Path>, dimensions: usize) -> Result<Arc<Self>> {
        let folder = folder.as_ref();
        let failed = |source| Error::Io {
            path: folder.to_owned(),
            source,
        };
        fs::create_dir_all(folder).map_err(failed)?;
        // Whole, since a program may change its working folder while the store is open.
        let whole = fs::canonicalize(folder).map_err(failed)?;
        // Held while the folder is opened, so that two callers do not both find it closed.
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        opened.retain(|_, store| store.strong_count() > 0);
        let same = opened.get(&whole).and_then(Weak::upgrade);
        if let Some(store) = same.filter(|store| store.dimensions() == dimensions) {
            return store.still_there();
        }
        let store = Arc::new(Self::open(&whole, dimensions)?);
        opened.insert(whole, Arc::downgrade(&store));
        Ok(store)
    }

    /// Opening the folder anew would mix its files with those that the old store still writes.
    fn still_there(self: Arc<Self>) -> Result<Arc<Self>> {
        let folder = &self.shared.folder;
        if folder.is_there() {
            return Ok(self);
        }
        Err(Error::store(format!(
            "{} was deleted while it was open; close it, then open it again",
            folder.path().display()
        )))
    }

    /// Length of the vectors it holds.
    pub fn dimensions(&self) -> usize {
        self.shared.folder.dimensions()
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn the_same_folder_is_shared_until_nobody_has_it() {
        let folder = TempDir::new().unwrap();
        let first = EdgeStore::open_shared(folder.path(), 4).unwrap();
        let roundabout = folder.path().join(".").join("..");
        let roundabout = roundabout.join(folder.path().file_name().unwrap());
        let second = EdgeStore::open_shared(roundabout, 4).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        drop(first);
        assert!(EdgeStore::open(folder.path(), 4).is_err(), "still open");
        drop(second);
        drop(EdgeStore::open(folder.path(), 4).unwrap());
        EdgeStore::open_shared(folder.path(), 4).unwrap();
    }

    #[test]
    fn a_deleted_folder_must_be_closed_before_it_begins_anew() {
        let folder = TempDir::new().unwrap();
        let old = EdgeStore::open_shared(folder.path(), 4).unwrap();
        fs::remove_dir_all(folder.path()).unwrap();
        let refused = EdgeStore::open_shared(folder.path(), 4).err().unwrap();
        assert!(refused.to_string().contains("was deleted"), "{refused}");
        drop(old);
        EdgeStore::open_shared(folder.path(), 4).unwrap();
    }

    #[test]
    fn other_vectors_are_refused() {
        let folder = TempDir::new().unwrap();
        let _held = EdgeStore::open_shared(folder.path(), 4).unwrap();
        assert!(EdgeStore::open_shared(folder.path(), 5).is_err());
        let other = TempDir::new().unwrap();
        EdgeStore::open_shared(other.path(), 5).unwrap();
    }
}
