//! The first start: an administrator's key, printed once and kept in the data folder.
//!
//! The file is begun before the key is stored and gets its name after it. A start that was killed
//! in between leaves the unfinished file, and the next one makes another key: the stored one of
//! the first was never seen by anybody.

use std::{fs::File, io::Write, path::Path};

use anyhow::Context;

use super::{DataFolder, data_folder::private_file};
use crate::features::api_keys::{KeyService, NewKey};

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
    let file = private_file(&unfinished).with_context(failed)?;
    let created = keys.create(NewKey::admin("first administrator")).await?;
    if let Err(error) = finish(file, &created.key, &unfinished, &path) {
        // Without its file the key would be lost; the next start makes another.
        keys.revoke(created.details.id, None, None).await?;
        return Err(error).with_context(failed);
    }
    Ok(Some(created.key))
}

/// Writes the text and gives the file its name.
fn finish(mut file: File, text: &str, unfinished: &Path, path: &Path) -> std::io::Result<()> {
    // A start that was killed may have left a text of its own.
    file.set_len(0)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    std::fs::rename(unfinished, path)
}

#[cfg(test)]
mod tests {
    use std::fs::{read_to_string, write};

    use super::*;
    use crate::{app::Platform, config::Configuration, database::testing::sqlite};

    #[tokio::test]
    async fn the_key_is_made_once_and_again_after_a_kill_in_between() {
        let test = sqlite().await;
        let folder = test.folder.clone();
        let configuration = Configuration::default();
        let platform = Platform::build(&configuration, &folder, &test.database).unwrap();
        let keys = platform.keys;
        let first = ensure_admin_key(&folder, &keys).await.unwrap().unwrap();
        let kept = || read_to_string(folder.admin_key()).unwrap();
        assert_eq!(kept().trim_end(), first);
        assert!(ensure_admin_key(&folder, &keys).await.unwrap().is_none());
        // The row is there, its file is not: as a kill between the two leaves it.
        let unfinished = folder.admin_key().with_extension("key.new");
        write(&unfinished, "x".repeat(200)).unwrap();
        let second = ensure_admin_key(&folder, &keys).await.unwrap().unwrap();
        assert_eq!(kept().trim_end(), second);
        assert!(keys.authenticate(&second).await.unwrap().is_some());
        assert!(!unfinished.exists());
        assert!(ensure_admin_key(&folder, &keys).await.unwrap().is_none());
    }
}
