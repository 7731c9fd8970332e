//! Packages onto the disk, from wherever the catalog says they are.
//!
//! The ordinary client (pip, npm) is asked where a package lies, so that the user's own mirror
//! and credentials count; `http` then receives it, resuming what an earlier try left. When that
//! fails, the client itself downloads. A package keeps a name of ours in `.partial`, never one
//! that a server chose.

#[cfg(feature = "network")]
mod certificates;
#[cfg(feature = "network")]
mod client;
#[cfg(feature = "network")]
mod command;
#[cfg(feature = "network")]
mod http;
#[cfg(feature = "network")]
mod hub;
#[cfg(feature = "network")]
mod registry;
#[cfg(all(test, unix, feature = "network"))]
mod tests;

use std::path::{Path, PathBuf};

#[cfg(feature = "network")]
pub use certificates::system_certificates;

use crate::catalog::{Expected, Origin, Source};
use crate::digest;
use crate::progress::{Stage, Watch};
use crate::store::Guard;
use crate::{Error, Result, Store};

/// The package clients.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Python with pip.
    pub python: PathBuf,
    /// npm.
    pub npm: PathBuf,
    /// Address of the model hub; none for the hub crate's own (or `HF_ENDPOINT`).
    pub hub: Option<String>,
}

impl Default for Tools {
    fn default() -> Self {
        Self {
            python: "python3".into(),
            npm: "npm".into(),
            hub: None,
        }
    }
}

/// Fetches packages into the store's `.partial` folder.
pub(crate) struct Fetcher<'a> {
    store: &'a Store,
    #[cfg_attr(
        not(feature = "network"),
        expect(dead_code, reason = "only registries need clients")
    )]
    tools: &'a Tools,
    #[cfg(feature = "network")]
    agent: std::sync::OnceLock<ureq::Agent>,
}

/// File name of ours for a package.
fn slug(kind: &str, package: &str, version: &str) -> String {
    let plain: String = package
        .chars()
        .map(|symbol| if symbol == '/' { '+' } else { symbol })
        .collect();
    format!("{kind}-{plain}-{version}.package")
}

impl<'a> Fetcher<'a> {
    pub(crate) fn new(store: &'a Store, tools: &'a Tools) -> Self {
        Self {
            store,
            tools,
            #[cfg(feature = "network")]
            agent: std::sync::OnceLock::new(),
        }
    }

    /// Where a fetched package is kept; none for hub files and for files of the user's own.
    pub(crate) fn local(&self, source: &Source) -> Option<PathBuf> {
        let name = match &source.origin {
            Origin::Pypi { package, version } => slug("pypi", package, version),
            Origin::Npm { package, version } => slug("npm", package, version),
            Origin::Hub { .. } | Origin::File { .. } => return None,
        };
        Some(self.store.partial_folder().join(name))
    }

    /// The package as a file whose digest is right, with the guard that protects it.
    pub(crate) fn package(
        &self,
        source: &Source,
        watch: Watch<'_>,
    ) -> Result<(PathBuf, Option<Guard>)> {
        if let Origin::File { path } = &source.origin {
            if !path.is_file() {
                return Err(refused(source, "it does not exist"));
            }
            check(path, source, watch)?;
            return Ok((path.clone(), None));
        }
        let Some(local) = self.local(source) else {
            return Err(refused(source, "it is not a package"));
        };
        let guard = Guard::acquire(self.store, &file_name(&local), watch)?;
        if local.exists() {
            if check(&local, source, watch).is_ok() {
                return Ok((local, Some(guard)));
            }
            watch.check()?;
            remove(&local);
        }
        let folder = self.store.partial_folder();
        std::fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        self.receive(source, &local, watch)?;
        Ok((local, Some(guard)))
    }

    /// Removes a package whose guard the caller holds.
    pub(crate) fn discard(&self, source: &Source) {
        if let Some(local) = self.local(source) {
            remove(&local);
        }
    }

    /// Removes a package, unless another pull is at work on it: that one then removes it.
    pub(crate) fn discard_unguarded(&self, source: &Source) -> Result<()> {
        let Some(local) = self.local(source) else {
            return Ok(());
        };
        if let Some(_guard) = Guard::try_acquire(self.store, &file_name(&local))? {
            remove(&local);
        }
        Ok(())
    }

    #[cfg(not(feature = "network"))]
    #[expect(clippy::unused_self, reason = "same signature as with the network")]
    fn receive(&self, source: &Source, _local: &Path, _watch: Watch<'_>) -> Result<()> {
        Err(refused(
            source,
            "this program was built without the network",
        ))
    }

    /// Fetches files of a hub repository to the given paths; gives the revision.
    #[cfg(not(feature = "network"))]
    #[expect(clippy::unused_self, reason = "same signature as with the network")]
    pub(crate) fn hub(
        &self,
        repository: &str,
        _revision: Option<String>,
        _files: &[(&str, PathBuf)],
        _watch: Watch<'_>,
    ) -> Result<String> {
        Err(Error::Source {
            package: format!("hub repository {repository}"),
            reason: "this program was built without the network".to_owned(),
        })
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn refused(source: &Source, reason: impl Into<String>) -> Error {
    Error::Source {
        package: source.describe(),
        reason: reason.into(),
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(path = %path.display(), %error, "a package could not be removed");
    }
}

/// Compares a package with the catalog, where that has its digest.
fn check(path: &Path, source: &Source, watch: Watch<'_>) -> Result<()> {
    match &source.expected {
        Some(expected) => check_digest(path, &source.describe(), expected, watch),
        None => Ok(()),
    }
}

fn check_digest(path: &Path, what: &str, expected: &Expected, watch: Watch<'_>) -> Result<()> {
    let mut done = 0;
    let found = digest::of_file(path, &mut |count| {
        done += count;
        watch.report(Stage::Verify, what, done, expected.size)
    })?;
    match digest::difference(expected, &found) {
        None => Ok(()),
        Some(problem) => Err(Error::Mismatch {
            what: what.to_owned(),
            problem,
        }),
    }
}
