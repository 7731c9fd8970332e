//! The server's secret: configured, or made at the first start and kept in the data folder.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
};

use anyhow::{Context, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{DataFolder, data_folder::private_file};
use crate::{config::Auth, ports::Randomness, secrets::ServerSecret};

/// Least characters of a configured secret.
const LEAST: usize = 32;

/// The secret that everything signed and mailed is derived from.
pub fn server_secret(
    settings: &Auth,
    folder: &DataFolder,
    randomness: &dyn Randomness,
) -> anyhow::Result<ServerSecret> {
    check_secret(settings)?;
    if let Some(secret) = &settings.secret {
        return Ok(ServerSecret::new(secret.reveal().as_bytes()));
    }
    let path = folder.server_secret();
    let kept = kept(&path, randomness)
        .with_context(|| format!("cannot keep the server's secret in {}", path.display()))?;
    ensure!(
        kept.len() >= LEAST,
        "{} is damaged; put it back from a backup, or remove it: then everybody must log in again and set up second factors anew",
        path.display()
    );
    Ok(ServerSecret::new(kept.as_bytes()))
}

/// Refuses a configured secret that could be guessed.
///
/// # Errors
/// Says how long it must be.
pub fn check_secret(settings: &Auth) -> anyhow::Result<()> {
    let length = settings.secret.as_ref().map(|secret| secret.reveal().len());
    ensure!(
        length.is_none_or(|length| length >= LEAST),
        "auth.secret has {} characters; take at least {LEAST} random ones, e.g. from `openssl rand -base64 33`",
        length.unwrap_or_default()
    );
    Ok(())
}

/// What the file holds; a missing one is written whole before it gets its name, so that no crash
/// leaves half of one. Of two processes that write at the same time one wins, and both read it.
fn kept(path: &Path, randomness: &dyn Randomness) -> std::io::Result<String> {
    match fs::read_to_string(path) {
        Ok(text) => return Ok(text.trim().to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut secret = [0; 32];
    randomness.fill(&mut secret);
    let mut name = [0; 8];
    randomness.fill(&mut name);
    let unfinished = path.with_extension(format!("secret.{}", URL_SAFE_NO_PAD.encode(name)));
    let mut file = private_file(&unfinished)?;
    writeln!(file, "{}", URL_SAFE_NO_PAD.encode(secret))?;
    file.sync_all()?;
    let linked = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    fs::read_to_string(path).map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{adapters::SystemRandomness, secrets::Purpose};

    #[test]
    fn it_is_made_once_and_kept_or_taken_from_the_settings() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::prepare(parent.path()).unwrap();
        let value = |settings: &Auth| {
            server_secret(settings, &folder, &SystemRandomness)
                .map(|secret| secret.derive(Purpose::Device, &[]))
        };
        let made = value(&Auth::default()).unwrap();
        assert_eq!(value(&Auth::default()).unwrap(), made);
        let configured = |secret: &str| Auth {
            secret: Some(secret.to_owned().into()),
            ..Auth::default()
        };
        assert!(
            value(&configured("too short"))
                .unwrap_err()
                .to_string()
                .contains("32")
        );
        assert_ne!(value(&configured(&"x".repeat(32))).unwrap(), made);
        fs::write(folder.server_secret(), "half").unwrap();
        assert!(
            value(&Auth::default())
                .unwrap_err()
                .to_string()
                .contains("damaged")
        );
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }
}
