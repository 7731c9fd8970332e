//! Files of a model hub's repository, at the hub crate's own address (`HF_ENDPOINT`, `HF_HOME`
//! and the saved token count as usual).
//!
//! The first pull asks for the newest revision and keeps it in the lock file; later pulls fetch
//! exactly that revision. Never run against the real hub by those who wrote it: none could be
//! reached; the tests use a server of their own.

use std::path::PathBuf;

use hf_hub::api::sync::ApiBuilder;
use hf_hub::{Cache, Repo, RepoType};

use super::http::Download;
use super::{Fetcher, client};
use crate::progress::{Stage, Watch};
use crate::{Error, Result};

impl Fetcher<'_> {
    /// Fetches files of the repository to the given paths; gives the revision.
    pub(crate) fn hub(
        &self,
        repository: &str,
        revision: Option<String>,
        files: &[(&str, PathBuf)],
        watch: Watch<'_>,
    ) -> Result<String> {
        let package = format!("hub repository {repository}");
        let refused = |reason: String| Error::Source {
            package: package.clone(),
            reason,
        };
        watch.report(Stage::Resolve, repository, 0, 0)?;
        let mut builder = ApiBuilder::from_env().with_progress(false);
        if let Some(address) = &self.tools.hub {
            builder = builder.with_endpoint(address.clone());
        }
        let api = builder
            .build()
            .map_err(|error| refused(error.to_string()))?;
        let revision = match revision.or_else(|| begun(files)) {
            Some(revision) => revision,
            None => {
                api.model(repository.to_owned())
                    .info()
                    .map_err(|error| refused(error.to_string()))?
                    .sha
            }
        };
        begin(files, &revision)?;
        let repo = Repo::with_revision(repository.to_owned(), RepoType::Model, revision.clone());
        let pinned = api.repo(repo);
        let token = Cache::from_env().token();
        for (file, path) in files {
            Download {
                agent: self.agent.get_or_init(client::agent),
                url: &pinned.url(file),
                token: token.as_deref(),
                name: &format!("{file} of {package}"),
                size: None,
                watch,
            }
            .run(path)?;
        }
        Ok(revision)
    }
}

/// Beside the files lies the revision that they belong to, so that an interrupted first pull
/// never continues a file with bytes of a newer revision.
fn marker(files: &[(&str, PathBuf)]) -> Option<PathBuf> {
    files
        .first()
        .map(|(_, path)| path.with_file_name("revision"))
}

fn begun(files: &[(&str, PathBuf)]) -> Option<String> {
    let revision = std::fs::read_to_string(marker(files)?).ok()?;
    let plain = |symbol: char| symbol.is_ascii_alphanumeric();
    (!revision.is_empty() && revision.chars().all(plain)).then_some(revision)
}

fn begin(files: &[(&str, PathBuf)], revision: &str) -> Result<()> {
    let Some(marker) = marker(files) else {
        return Ok(());
    };
    if begun(files).as_deref() == Some(revision) {
        return Ok(());
    }
    for (_, path) in files {
        super::remove(path);
    }
    std::fs::write(&marker, revision).map_err(Error::io(&marker))
}
