//! Mail into a folder, one `.eml` file per message, for those who have no mail server or another way to send.
//!
//! A file appears whole or not at all, is readable by its owner only, and is on the disk when the mail counts as
//! handed over. Names begin with the time and end with the mail's id: they sort by time, and a mail
//! that is handed over again replaces itself.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
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
    /// A mailer into the configured folder, or else the one given; made when it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made or the sender is none.
    pub fn open(
        settings: &MailSettings,
        default_folder: &Path,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let folder = settings.folder.as_deref().unwrap_or(default_folder);
        make_private(folder).with_context(|| {
            format!(
                "cannot use the folder {} for mail; choose another one as `mail.folder` or give \
                 this user permission to write there",
                folder.display()
            )
        })?;
        Ok(Self {
            folder: folder.to_path_buf(),
            from: sender(&settings.from)?,
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

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    fs::read_dir(folder).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::{FixedClock, SeededRandomness, mail_message::tests::mail};
    use crate::ports::Randomness;

    fn mailer(folder: &Path) -> FileMailer {
        let clock = Arc::new(FixedClock::default());
        FileMailer::open(&MailSettings::default(), folder, clock).unwrap()
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
        let folder = parent.path().join("outbox");
        mailer(&folder).send(&mail()).await.unwrap();
        let files = files(&folder);
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
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&files[0]), mode(&folder)), (0o600, 0o700));
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

    #[test]
    fn a_file_in_the_way_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let clock = Arc::new(FixedClock::default());
        let error = FileMailer::open(&MailSettings::default(), file.path(), clock).err();
        assert!(format!("{:#}", error.unwrap()).contains("mail.folder"));
    }
}
