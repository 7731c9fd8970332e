//! Mail into a folder, one `.eml` file per message, for those who have no mail server or another way to send.
//!
//! A file appears whole or not at all, is readable by its owner only, and is on the disk when the mail counts as
//! handed over. Names begin with the time and end with the mail's id: they sort by time, and a mail
//! that is handed over again replaces itself.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use jiff::Timestamp;
use lettre::message::Mailbox;
use tempfile::NamedTempFile;

use super::mail_message::{message, sender};
use crate::{
    config::MailSettings,
    ports::{Clock, Mail, MailError, Mailer},
};

/// Puts messages into a folder.
pub struct FileMailer {
    folder: PathBuf,
    from: Mailbox,
    clock: Arc<dyn Clock>,
}

impl FileMailer {
    /// A mailer into a folder that exists and that only we can enter.
    ///
    /// # Errors
    /// When the configured sender is none.
    pub fn open(
        folder: PathBuf,
        settings: &MailSettings,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let from = sender(&settings.from)?;
        Ok(Self {
            folder,
            from,
            clock,
        })
    }
}

#[async_trait]
impl Mailer for FileMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let now = self.clock.now();
        let bytes = message(mail, &self.from, now)?.formatted();
        let (folder, name) = (self.folder.clone(), file_name(mail, now));
        let writing = tokio::task::spawn_blocking(move || write(&folder, &name, &bytes));
        let outcome = writing.await.map_err(io::Error::other);
        outcome.flatten().map_err(|error| {
            let folder = self.folder.display();
            MailError::Passing(format!("cannot write to the folder {folder}: {error}"))
        })
    }
}

/// The time is that of the id where it has one, so that it is the same at every attempt.
fn file_name(mail: &Mail, now: Timestamp) -> String {
    let made = mail.id.get_timestamp().and_then(|time| {
        let (seconds, nanoseconds) = time.to_unix();
        let (seconds, nanoseconds) = (seconds.try_into().ok()?, nanoseconds.try_into().ok()?);
        Timestamp::new(seconds, nanoseconds).ok()
    });
    let time = made.unwrap_or(now).strftime("%Y%m%dT%H%M%S.%3fZ");
    format!("{time}-{}.eml", mail.id)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    // Made with mode 0600; when anything fails it is removed.
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name))?;
    // The name is on the disk when the folder is.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::adapters::{FixedClock, SeededRandomness, mail_message::tests::mail};
    use crate::ports::Randomness;

    fn mailer(folder: &Path) -> FileMailer {
        let clock = Arc::new(FixedClock::default());
        FileMailer::open(folder.to_path_buf(), &MailSettings::default(), clock).unwrap()
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
    }

    #[tokio::test]
    async fn a_message_is_one_whole_private_file() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path();
        mailer(folder).send(&mail()).await.unwrap();
        let files = files(folder);
        let name = "20260101T000000.000Z-019b76da-a800-7000-8000-000000000001.eml";
        assert_eq!(files, [folder.join(name)]);
        let text = fs::read_to_string(&files[0]).unwrap();
        assert!(
            text.starts_with("From: ") && text.contains("Hallo Grete"),
            "{text}"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&files[0]).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn names_sort_by_time_and_a_second_attempt_replaces_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = mailer(folder.path());
        let randomness = SeededRandomness::default();
        let mut ids = Vec::new();
        for _ in 0..5 {
            let id = randomness.identifier(mailer.clock.as_ref());
            ids.push(id.to_string());
            for _ in 0..2 {
                mailer.send(&Mail { id, ..mail() }).await.unwrap();
            }
        }
        let files = files(folder.path());
        assert_eq!(files.len(), 5);
        for (file, id) in files.iter().zip(ids) {
            assert!(
                file.to_str().unwrap().ends_with(&format!("{id}.eml")),
                "{file:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_folder_that_is_gone_is_a_passing_failure() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = mailer(folder.path());
        folder.close().unwrap();
        let error = mailer.send(&mail()).await.unwrap_err();
        assert!(matches!(error, MailError::Passing(_)), "{error}");
    }
}
