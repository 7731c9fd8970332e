//! The check that a model is what the catalog says.
//!
//! Hub models have no digest in the catalog; theirs is in the lock file that the first pull
//! wrote. Every byte is read: at some 1.5 GB/s this is the cheap part of loading.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::catalog::{Entry, Expected, platform};
use crate::digest;
use crate::progress::{Progress, Stage, Watch};
use crate::store::{Lock, LockedFile};
use crate::{Catalog, Error, Result, Store};

/// A model whose every file has the size and digest of the catalog. Only [`Store::verify`]
/// makes one.
#[derive(Debug, Clone)]
pub struct VerifiedModel {
    id: String,
    folder: PathBuf,
    bytes: u64,
}

impl VerifiedModel {
    /// Name of the model.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Path of one of its files, e.g. `model.onnx`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Folder that holds its files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Size of all files in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Store {
    /// Checks every file of the model against the catalog.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Missing`], [`Error::Damaged`], [`Error::Platform`],
    /// [`Error::Io`].
    pub fn verify(&self, catalog: &Catalog, id: &str) -> Result<VerifiedModel> {
        self.verify_with(catalog, id, &(), &AtomicBool::new(false))
    }

    /// The same with progress and a flag to stop it.
    ///
    /// # Errors
    /// As [`Store::verify`], and [`Error::Cancelled`].
    pub fn verify_with(
        &self,
        catalog: &Catalog,
        id: &str,
        progress: &dyn Progress,
        cancelled: &AtomicBool,
    ) -> Result<VerifiedModel> {
        let entry = catalog.entry(id)?;
        let watch = Watch {
            model: id,
            progress,
            cancelled,
        };
        self.verify_entry(entry, watch)
    }

    pub(crate) fn verify_entry(&self, entry: &Entry, watch: Watch<'_>) -> Result<VerifiedModel> {
        if entry.files.is_empty() {
            return Err(Error::Platform {
                id: entry.id.clone(),
                platform: platform(),
            });
        }
        let expected = self.expectations(entry)?;
        let folder = self.model_folder(&entry.id);
        for (name, expected) in &expected {
            self.verify_file(entry, name, expected, watch)?;
        }
        Ok(VerifiedModel {
            id: entry.id.clone(),
            folder,
            bytes: expected.iter().map(|(_, expected)| expected.size).sum(),
        })
    }

    /// Digest of every file, from the catalog or from the lock file.
    pub(crate) fn expectations<'a>(&self, entry: &'a Entry) -> Result<Vec<(&'a str, Expected)>> {
        let lock = if entry.files.iter().all(|file| file.expected.is_some()) {
            Lock::default()
        } else {
            Lock::read(self)?
        };
        entry
            .files
            .iter()
            .map(|file| {
                let locked = || lock.find(&entry.id, &file.name).map(LockedFile::expected);
                let expected = file.expected.clone().or_else(locked);
                expected
                    .map(|expected| (file.name.as_str(), expected))
                    .ok_or_else(|| self.missing(entry))
            })
            .collect()
    }

    /// Checks one file.
    pub(crate) fn verify_file(
        &self,
        entry: &Entry,
        name: &str,
        expected: &Expected,
        watch: Watch<'_>,
    ) -> Result<()> {
        let path = self.model_folder(&entry.id).join(name);
        let damaged = |problem: String| Error::Damaged {
            id: entry.id.clone(),
            path: path.clone(),
            problem,
        };
        let metadata = match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => metadata,
            Ok(_) => return Err(damaged("is not a file".to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                // A folder without its files is damage; no folder is a model not yet pulled.
                return Err(if self.model_folder(&entry.id).exists() {
                    damaged("does not exist".to_owned())
                } else {
                    self.missing(entry)
                });
            }
            Err(error) => return Err(Error::io(&path)(error)),
        };
        if metadata.len() != expected.size {
            let (found, wanted) = (metadata.len(), expected.size);
            return Err(damaged(format!("has {found} bytes instead of {wanted}")));
        }
        let mut done = 0;
        let found = digest::of_file(&path, &mut |count| {
            done += count;
            watch.report(Stage::Verify, name, done, expected.size)
        })?;
        match digest::difference(expected, &found) {
            None => Ok(()),
            Some(problem) => Err(damaged(problem)),
        }
    }

    fn missing(&self, entry: &Entry) -> Error {
        Error::Missing {
            id: entry.id.clone(),
            folder: self.folder().to_path_buf(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{catalog_of, digest_of};
    use crate::{Error, Store};

    #[test]
    fn a_flipped_byte_a_cut_and_a_lost_file_are_each_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let catalog = catalog_of("m", "unused.zip", &[("a.bin", b"hello")]);
        assert!(matches!(
            store.verify(&catalog, "m"),
            Err(Error::Missing { .. })
        ));
        let file = folder.path().join("m").join("a.bin");
        std::fs::create_dir(folder.path().join("m")).unwrap();
        std::fs::write(&file, b"hello").unwrap();
        let verified = store.verify(&catalog, "m").unwrap();
        assert_eq!(
            (verified.bytes(), verified.file("a.bin")),
            (5, file.clone())
        );

        std::fs::write(&file, b"hellp").unwrap();
        let message = store.verify(&catalog, "m").unwrap_err().to_string();
        assert!(message.contains(&digest_of(b"hello")) && message.contains("models pull m"));
        std::fs::write(&file, b"hell").unwrap();
        let message = store.verify(&catalog, "m").unwrap_err().to_string();
        assert!(message.contains("4 bytes instead of 5"), "{message}");
        std::fs::remove_file(&file).unwrap();
        let message = store.verify(&catalog, "m").unwrap_err().to_string();
        assert!(message.contains("does not exist"), "{message}");
        assert!(matches!(
            store.verify(&catalog, "other"),
            Err(Error::Unknown { .. })
        ));
    }
}
