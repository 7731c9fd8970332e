//! What the server, the worker and the commands stand on: the services of accounts, sessions,
//! organisations, keys and documents, on the configured backends.

use std::sync::Arc;

use super::{DataFolder, audit_service, secret::server_secret};
use crate::{
    access::CallerCache,
    adapters::{
        FileMailer, MemoryRateLimiter, MokaCache, RedisCache, RedisLink, RedisRateLimiter,
        SmtpMailer, SystemClock, SystemRandomness,
    },
    config::{Configuration, MailTransport},
    database::Database,
    features::{
        accounts::AccountService,
        api_keys::KeyService,
        audit::AuditService,
        documents::DocumentService,
        jobs::{JobQueue, JobService, WorkerTools},
        organisations::OrganisationService,
        sessions::{Authenticator, Families, Login, SessionState, SignedTokens},
    },
    foundation::Foundation,
    ports::{Cache, Mailer, RateLimiter},
};

/// The services that need no engine.
#[derive(Clone)]
pub struct Platform {
    /// Rows, time, chance, the secret, the audit log, the queue.
    pub foundation: Foundation,
    /// What workers work with.
    pub tools: WorkerTools,
    /// The audit log.
    pub audit: AuditService,
    /// Jobs, for administrators.
    pub jobs: JobService,
    /// API keys.
    pub keys: KeyService,
    /// Accounts.
    pub accounts: AccountService,
    /// Organisations.
    pub organisations: OrganisationService,
    /// Sessions.
    pub sessions: SessionState,
    /// Finds the caller of a request.
    pub authenticator: Authenticator,
    /// Documents.
    pub documents: DocumentService,
    /// Shared backends, where Redis is configured.
    pub redis: Option<RedisLink>,
}

impl Platform {
    /// Builds the services; call it where tokio runs.
    pub fn build(
        configuration: &Configuration,
        folder: &DataFolder,
        database: &Database,
    ) -> anyhow::Result<Self> {
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
        let secret = server_secret(&configuration.auth, folder, &SystemRandomness)?;
        let audit = audit_service(database, &secret);
        let queue = JobQueue::new(clock.clone(), randomness.clone());
        let foundation = Foundation {
            database: database.clone(),
            clock: clock.clone(),
            randomness: randomness.clone(),
            secret,
            audit: audit.log(),
            jobs: Arc::new(queue.clone()),
        };
        let tools = WorkerTools {
            database: database.clone(),
            clock: clock.clone(),
            randomness: randomness.clone(),
            queue: queue.clone(),
        };
        let jobs = JobService::new(database.clone(), clock.clone(), audit.log(), queue);
        let settings = Arc::new(configuration.auth.clone());
        let callers = CallerCache::default();
        let keys = KeyService::new(foundation.clone(), callers.clone());
        let organisations =
            OrganisationService::new(foundation.clone(), Arc::clone(&settings), keys.clone());
        let families = Families::new(foundation.clone(), Arc::clone(&settings), callers.clone());
        let accounts = AccountService::new(
            foundation.clone(),
            Arc::clone(&settings),
            families.clone(),
            organisations.clone(),
        );
        let tokens = SignedTokens::new(foundation.clone(), settings);
        let login = Login::new(
            foundation.clone(),
            accounts.clone(),
            organisations.clone(),
            families.clone(),
            tokens.clone(),
        );
        let authenticator = Authenticator::new(
            foundation.clone(),
            callers,
            tokens.clone(),
            accounts.clone(),
            (keys.clone(), organisations.clone()),
        );
        let documents = DocumentService::new(
            database.clone(),
            clock,
            randomness,
            configuration.limits.document_bytes,
        );
        Ok(Self {
            redis: RedisLink::open(&configuration.redis)?,
            sessions: SessionState {
                login,
                families,
                tokens,
                organisations: organisations.clone(),
            },
            foundation,
            tools,
            audit,
            jobs,
            keys,
            accounts,
            organisations,
            authenticator,
            documents,
        })
    }

    /// What counts requests: Redis where it is configured, else this process.
    pub fn rate_limiter(&self) -> Arc<dyn RateLimiter> {
        let clock = Arc::clone(&self.foundation.clock);
        match &self.redis {
            Some(redis) => Arc::new(RedisRateLimiter::new(redis.clone(), clock)),
            None => Arc::new(MemoryRateLimiter::new(clock)),
        }
    }

    /// What keeps replies: Redis where it is configured, else this process.
    pub fn cache(&self, configuration: &Configuration) -> Arc<dyn Cache> {
        let randomness = Arc::clone(&self.foundation.randomness);
        match &self.redis {
            Some(redis) => Arc::new(RedisCache::new(redis.clone(), randomness)),
            None => Arc::new(MokaCache::new(configuration.cache.bytes, randomness)),
        }
    }
}

/// What hands mail over.
pub fn mailer(
    configuration: &Configuration,
    folder: &DataFolder,
) -> anyhow::Result<Arc<dyn Mailer>> {
    let settings = &configuration.mail;
    let clock = Arc::new(SystemClock);
    Ok(match settings.transport {
        MailTransport::File => Arc::new(FileMailer::open(settings, &folder.outbox(), clock)?),
        MailTransport::Smtp => Arc::new(SmtpMailer::open(settings, clock)?),
    })
}
