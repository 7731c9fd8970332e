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
        let api = ApiBuilder::from_env()
            .with_progress(false)
            .build()
            .map_err(|error| refused(error.to_string()))?;
        let revision = match revision {
            Some(revision) => revision,
            None => {
                api.model(repository.to_owned())
                    .info()
                    .map_err(|error| refused(error.to_string()))?
                    .sha
            }
        };
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
