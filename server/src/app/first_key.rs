//! The first start: an administrator's key, printed once and kept in the data folder.

use std::{fs::OpenOptions, io::Write, path::Path};

use anyhow::Context;

use super::DataFolder;
use crate::features::keys::{KeyService, Role};

/// Creates the first administrator's key when there is none; gives its text to be printed.
pub async fn ensure_admin_key(
    folder: &DataFolder,
    keys: &KeyService,
) -> anyhow::Result<Option<String>> {
    if !keys.lacks_admin().await? {
        return Ok(None);
    }
    let created = keys
        .create("first administrator".into(), Role::Admin)
        .await?;
    let path = folder.admin_key();
    if let Err(error) = write_private(&path, &created.key) {
        // Without its file the key would be lost; the next start makes another.
        keys.revoke(created.details.id).await?;
        return Err(error).with_context(|| format!("cannot write {}", path.display()));
    }
    Ok(Some(created.key))
}

/// Replaces the file in one step, readable by its owner only from the first byte on.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let unfinished = path.with_extension("key.new");
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)
}
