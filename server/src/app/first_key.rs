//! The first start: an administrator's key, printed once and kept in the data folder.
//!
//! The file is begun before the key is stored and gets its name after it. A start that was killed
//! in between leaves the unfinished file, and the next one makes another key: the stored one of
//! the first was never seen by anybody.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
};

use anyhow::Context;

use super::DataFolder;
use crate::features::keys::{KeyService, Role};

/// Creates the first administrator's key when there is none; gives its text to be printed.
pub async fn ensure_admin_key(
    folder: &DataFolder,
    keys: &KeyService,
) -> anyhow::Result<Option<String>> {
    let path = folder.admin_key();
    let unfinished = path.with_extension("key.new");
    if !keys.lacks_admin().await? && !unfinished.exists() {
        return Ok(None);
    }
    let failed = || format!("cannot write {}", path.display());
    let file = private(&unfinished).with_context(failed)?;
    let created = keys
        .create("first administrator".into(), Role::Admin)
        .await?;
    if let Err(error) = finish(file, &created.key, &unfinished, &path) {
        // Without its file the key would be lost; the next start makes another.
        keys.revoke(created.details.id).await?;
        return Err(error).with_context(failed);
    }
    Ok(Some(created.key))
}

/// An empty file that only its owner can read.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes the text and gives the file its name.
fn finish(mut file: File, text: &str, unfinished: &Path, path: &Path) -> std::io::Result<()> {
    writeln!(file, "{text}")?;
    file.sync_all()?;
    std::fs::rename(unfinished, path)
}
