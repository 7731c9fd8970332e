//! Cache, rate limits and mail, as configured: in this process or in Redis, into a folder or to a mail server.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;

use super::{DataFolder, data_folder::make_private};
use crate::{
    adapters::{
        FileMailer, MemoryRateLimiter, MokaCache, RedisCache, RedisLink, RedisRateLimiter,
        SmtpMailer, SystemClock, SystemRandomness,
    },
    config::{Configuration, MailSettings, MailTransport},
    ports::{Cache, Clock, Mailer, Randomness, RateLimiter, SingleFlight},
};

/// What the slices share beside the database; clones share it too.
#[derive(Clone)]
pub struct Backends {
    /// Redis, where it is configured: readiness asks it.
    pub redis: Option<RedisLink>,
    /// The cache.
    pub cache: SingleFlight,
    /// Rate limits.
    pub rate_limiter: Arc<dyn RateLimiter>,
    /// Mail.
    pub mailer: Arc<dyn Mailer>,
}

impl Backends {
    /// Picks them. It must be called where tokio runs; none of the servers need be up.
    ///
    /// # Errors
    /// When settings are wrong, or the folder for mail cannot be made.
    pub fn open(configuration: &Configuration, folder: &DataFolder) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let randomness: Arc<dyn Randomness> = Arc::new(SystemRandomness);
        let redis = RedisLink::open(&configuration.redis)?;
        let cache: Arc<dyn Cache> = match &redis {
            Some(link) => Arc::new(RedisCache::new(link.clone(), randomness)),
            None => Arc::new(MokaCache::new(configuration.cache.bytes, randomness)),
        };
        let rate_limiter: Arc<dyn RateLimiter> = match &redis {
            Some(link) => Arc::new(RedisRateLimiter::new(link.clone(), clock.clone())),
            None => Arc::new(MemoryRateLimiter::new(clock.clone())),
        };
        Ok(Self {
            redis,
            cache: SingleFlight::new(cache),
            rate_limiter,
            mailer: mailer(&configuration.mail, folder, clock)?,
        })
    }
}

fn mailer(
    settings: &MailSettings,
    folder: &DataFolder,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Arc<dyn Mailer>> {
    Ok(match settings.transport {
        MailTransport::File => Arc::new(FileMailer::open(
            outbox(settings, folder)?,
            settings,
            clock,
        )?),
        MailTransport::Smtp => Arc::new(SmtpMailer::open(settings, clock)?),
    })
}

fn outbox(settings: &MailSettings, folder: &DataFolder) -> anyhow::Result<PathBuf> {
    let path = settings.folder.clone().unwrap_or_else(|| folder.outbox());
    make_private(&path).with_context(|| {
        format!(
            "cannot use the folder {} for mail; choose another one as `mail.folder` or give this \
             user permission to write there",
            path.display()
        )
    })?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use uuid::Uuid;

    use super::*;
    use crate::ports::{Mail, Quota};

    fn folder() -> (tempfile::TempDir, DataFolder) {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::prepare(parent.path()).unwrap();
        (parent, folder)
    }

    #[tokio::test]
    async fn without_settings_everything_works_in_this_process() {
        let (_parent, folder) = folder();
        let backends = Backends::open(&Configuration::default(), &folder).unwrap();
        assert!(backends.redis.is_none());
        let period = Duration::from_mins(1);
        let quota = Quota { permits: 1, period };
        assert!(backends.rate_limiter.take("key", quota).await.granted);
        assert!(!backends.rate_limiter.take("key", quota).await.granted);
        let mail = Mail {
            to: "grete@example.org".into(),
            subject: "Hello".into(),
            text: "Hello".into(),
            html: "<p>Hello</p>".into(),
            id: Uuid::now_v7(),
        };
        backends.mailer.send(&mail).await.unwrap();
        assert_eq!(fs::read_dir(folder.outbox()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn servers_need_not_be_up() {
        let (_parent, folder) = folder();
        let mut configuration = Configuration::default();
        configuration.redis.url = Some("redis://127.0.0.1:1".to_owned().into());
        configuration.mail.transport = MailTransport::Smtp;
        let backends = Backends::open(&configuration, &folder).unwrap();
        assert!(!backends.redis.unwrap().ping().await);
        assert!(backends.cache.cache().get("key").await.is_none());
        let period = Duration::from_mins(1);
        let quota = Quota { permits: 1, period };
        assert!(backends.rate_limiter.take("key", quota).await.granted);
        assert!(!backends.rate_limiter.take("key", quota).await.granted);
    }

    #[tokio::test]
    async fn a_file_in_the_way_is_named() {
        let (_parent, folder) = folder();
        fs::write(folder.outbox(), "").unwrap();
        let error = Backends::open(&Configuration::default(), &folder).err();
        assert!(format!("{:#}", error.unwrap()).contains("mail.folder"));
    }
}
