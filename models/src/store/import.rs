//! Models from a folder, for machines without a connection.
//!
//! Files are recognised by size and digest, whatever they are called: final files, as a models
//! folder holds them, or packages, as pip and npm download them. A package whose digest differs
//! from machine to machine is recognised by its name; its members still must have the right one.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::Guard;
use crate::catalog::{Entry, Expected, Origin, Source};
use crate::digest;
use crate::install::Installation;
use crate::progress::{Progress, Stage, Watch};
use crate::store::require_space;
use crate::{Catalog, Error, Pulled, Result, Store};

/// Folders below the given one that are looked into.
const DEPTH: usize = 4;

impl Store {
    /// Installs every model that the folder has all of; each has its own result.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be read.
    pub fn import(
        &self,
        catalog: &Catalog,
        from: &Path,
        progress: &dyn Progress,
        cancelled: &AtomicBool,
    ) -> Result<Vec<Result<Pulled>>> {
        let mut found = Shelf::default();
        found.fill(from, DEPTH)?;
        let mut results = Vec::new();
        for entry in catalog.entries() {
            let watch = Watch {
                model: &entry.id,
                progress,
                cancelled,
            };
            match self.import_entry(entry, &mut found, watch) {
                Ok(None) => {}
                Ok(Some(pulled)) => results.push(Ok(pulled)),
                Err(error) => results.push(Err(error)),
            }
        }
        Ok(results)
    }

    fn import_entry(
        &self,
        entry: &Entry,
        found: &mut Shelf,
        watch: Watch<'_>,
    ) -> Result<Option<Pulled>> {
        let start = Instant::now();
        let mut finals = Vec::new();
        for file in &entry.files {
            if let Some(expected) = &file.expected
                && let Some(path) = found.find(expected, watch)?
            {
                finals.push((file.name.as_str(), path));
            }
        }
        let whole = !entry.files.is_empty() && finals.len() == entry.files.len();
        let packages = if whole {
            Vec::new()
        } else {
            match found.packages(entry, watch)? {
                Some(packages) => packages,
                None => return Ok(None),
            }
        };
        let _guard = Guard::acquire(self, &entry.id, watch)?;
        let installation = Installation::of(self, entry, watch)?;
        let fetched = installation.is_some();
        if let Some(installation) = installation {
            require_space(self.folder(), installation.room())?;
            installation.prepare()?;
            if whole {
                installation.copy_finals(&finals)?;
            } else {
                for (source, path) in &packages {
                    installation.unpack(source, path)?;
                }
                installation.finish()?;
            }
        }
        Ok(Some(Pulled {
            id: entry.id.clone(),
            fetched,
            bytes: entry.size(),
            elapsed: start.elapsed(),
        }))
    }
}

/// The files of the folder.
#[derive(Default)]
struct Shelf {
    by_size: HashMap<u64, Vec<PathBuf>>,
    digests: HashMap<PathBuf, String>,
}

impl Shelf {
    fn fill(&mut self, folder: &Path, depth: usize) -> Result<()> {
        for entry in std::fs::read_dir(folder).map_err(Error::io(folder))? {
            let path = entry.map_err(Error::io(folder))?.path();
            let metadata = std::fs::metadata(&path).map_err(Error::io(&path))?;
            if metadata.is_file() {
                self.by_size.entry(metadata.len()).or_default().push(path);
            } else if metadata.is_dir() && depth > 0 {
                self.fill(&path, depth - 1)?;
            }
        }
        Ok(())
    }

    /// A file of this size and digest.
    fn find(&mut self, expected: &Expected, watch: Watch<'_>) -> Result<Option<PathBuf>> {
        let Some(candidates) = self.by_size.get(&expected.size) else {
            return Ok(None);
        };
        for path in candidates {
            if !self.digests.contains_key(path) {
                let name = path.display().to_string();
                let mut done = 0;
                let found = digest::of_file(path, &mut |count| {
                    done += count;
                    watch.report(Stage::Verify, &name, done, expected.size)
                })?;
                self.digests.insert(path.clone(), found.sha256);
            }
            if self.digests.get(path) == Some(&expected.sha256) {
                return Ok(Some(path.clone()));
            }
        }
        Ok(None)
    }

    /// All packages of the entry, or none.
    fn packages(
        &mut self,
        entry: &Entry,
        watch: Watch<'_>,
    ) -> Result<Option<Vec<(String, PathBuf)>>> {
        let needed: HashSet<&str> = entry
            .files
            .iter()
            .flat_map(|file| file.recipe.members())
            .map(|member| member.source.as_str())
            .collect();
        let mut packages = Vec::new();
        for source in &entry.sources {
            if !needed.contains(source.name().as_str()) {
                continue;
            }
            let found = match &source.expected {
                Some(expected) => self.find(expected, watch)?,
                None => self.named(source),
            };
            match found {
                Some(path) => packages.push((source.name(), path)),
                None => return Ok(None),
            }
        }
        Ok((!packages.is_empty()).then_some(packages))
    }

    fn named(&self, source: &Source) -> Option<PathBuf> {
        let Origin::Pypi { package, version } = &source.origin else {
            return None;
        };
        let start = format!("{}-{version}-", package.replace('-', "_"));
        self.by_size.values().flatten().find_map(|path| {
            let name = path.file_name()?.to_str()?;
            let wheel = path.extension()?.eq_ignore_ascii_case("whl");
            (wheel && name.starts_with(&start)).then(|| path.clone())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::catalog_of;

    #[test]
    fn final_files_and_packages_are_recognised_by_their_digest() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::create_dir_all(from.join("deep")).unwrap();
        std::fs::create_dir(&to).unwrap();
        let catalog = catalog_of("m", "p.zip", &[("a", b"one"), ("b", b"two")]);
        let import = |store: &Store| {
            store
                .import(&catalog, &from, &(), &AtomicBool::new(false))
                .unwrap()
        };
        let store = Store::new(&to);
        std::fs::write(from.join("deep").join("renamed"), b"one").unwrap();
        std::fs::write(from.join("b"), b"twx").unwrap();
        assert!(import(&store).is_empty());
        std::fs::write(from.join("b"), b"two").unwrap();
        assert!(import(&store)[0].as_ref().unwrap().fetched);
        store.verify(&catalog, "m").unwrap();
        assert!(!import(&store)[0].as_ref().unwrap().fetched);
    }
}
