//! `locutor ingest`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;
use locutor::text;
use serde::Serialize;

use super::{
    Settings,
    library::{Library, with_library},
    output, task,
};
use crate::features::{
    documents::{Document, NewDocument, Outcome, Seen, format_of_name},
    organisations::FIRST,
};

/// Add documents from files and folders; a file that was added before is replaced.
#[derive(Debug, Args)]
pub struct Ingest {
    /// Text, Markdown and HTML files, or folders of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Label to filter by; repeat it for several.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
}

/// What became of a file.
#[derive(Debug, Serialize)]
struct Ingested {
    path: PathBuf,
    outcome: &'static str,
    #[serde(flatten)]
    document: Document,
}

impl Ingest {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let configuration = settings.load()?;
        let mut files = Vec::new();
        for path in &self.paths {
            collect(path, true, &mut files)?;
        }
        anyhow::ensure!(
            !files.is_empty(),
            "no .txt, .md or .html file was found in these folders"
        );
        let ingested = with_library(&configuration, async |library| {
            let ingested = self.store(library, &files).await?;
            index(library, ingested.len()).await?;
            refreshed(library, ingested).await
        })?;
        if settings.json {
            return output::json(&ingested);
        }
        for Ingested {
            path,
            outcome,
            document,
        } in ingested
        {
            let (id, chunks) = (document.id, document.chunks);
            output::line(format!(
                "{id}  {outcome:<9}  {chunks:>4} passages  {}",
                path.display()
            ))?;
        }
        Ok(())
    }

    async fn store(&self, library: &Library, files: &[PathBuf]) -> anyhow::Result<Vec<Ingested>> {
        let bar = task::bar(files.len() as u64, "files stored");
        let mut ingested = Vec::with_capacity(files.len());
        for path in files {
            let named = || path.display().to_string();
            let new = self.document(path).with_context(named)?;
            let added = library.documents.add(new, None).await;
            let (document, outcome) = added.with_context(named)?;
            let outcome = match outcome {
                Outcome::Created => "created",
                Outcome::Replaced => "replaced",
                Outcome::Unchanged => "unchanged",
            };
            ingested.push(Ingested {
                path: path.clone(),
                outcome,
                document,
            });
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(ingested)
    }

    fn document(&self, path: &Path) -> anyhow::Result<NewDocument> {
        let bytes = fs::read(path)?;
        let whole = fs::canonicalize(path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(NewDocument {
            seen: Seen::Unknown,
            organisation: FIRST,
            id: None,
            external_id: Some(whole.display().to_string()),
            title: None,
            format: format_of_name(&name).unwrap_or_default().into(),
            text: text::decode(&bytes)?,
            tags: self.tags.clone(),
        })
    }
}

/// Files that were named are taken as they are; in folders only those whose name tells a format.
fn collect(path: &Path, named: bool, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let unreadable = || format!("cannot read {}", path.display());
    if !fs::metadata(path).with_context(unreadable)?.is_dir() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if named || format_of_name(&name).is_some() {
            files.push(path.to_path_buf());
        }
        return Ok(());
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).with_context(unreadable)? {
        entries.push(entry.with_context(unreadable)?.path());
    }
    entries.sort();
    // Hidden files and folders, such as a version control system's, are nobody's documents.
    entries.retain(|entry| {
        !entry
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .starts_with('.')
    });
    entries
        .iter()
        .try_for_each(|entry| collect(entry, false, files))
}

async fn index(library: &Library, documents: usize) -> anyhow::Result<()> {
    let bar = task::bar(documents as u64, "documents indexed");
    let mut indexer = library.indexer();
    let mut progress = indexer.progress();
    let follow = async {
        while progress.changed().await.is_ok() {
            bar.set_position(*progress.borrow_and_update());
        }
        // The indexer is gone only when the other branch is done.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        outcome = indexer.drain() => outcome?,
        () = follow => {}
    }
    bar.finish_and_clear();
    Ok(())
}

async fn refreshed(library: &Library, ingested: Vec<Ingested>) -> anyhow::Result<Vec<Ingested>> {
    let mut fresh = Vec::with_capacity(ingested.len());
    for item in ingested {
        let now = library.documents.get(FIRST, item.document.id).await?;
        let document = now.map_or(item.document, |(document, _)| document);
        fresh.push(Ingested { document, ..item });
    }
    Ok(fresh)
}
