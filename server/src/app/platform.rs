//! What the server, the worker and the commands stand on: the services of accounts, sessions,
//! organisations, keys and documents, on the configured backends.

use std::sync::Arc;

use super::{Backends, DataFolder, Identity, audit_service, secret::server_secret};
use crate::{
    adapters::{SystemClock, SystemRandomness},
    config::Configuration,
    database::Database,
    features::{
        accounts::AccountService,
        alerts::AlertService,
        api_keys::KeyService,
        audit::AuditService,
        documents::DocumentService,
        jobs::{JobQueue, JobService, WorkerTools},
        organisations::OrganisationService,
        sessions::{Authenticator, SessionState},
        usage::UsageService,
    },
    foundation::{Foundation, Parts},
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
    /// Who used what.
    pub usage: UsageService,
    /// Alert rules.
    pub alerts: AlertService,
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
    /// Cache, rate limits and mail.
    pub backends: Backends,
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
        let foundation = Foundation::from(Parts {
            database: database.clone(),
            clock: clock.clone(),
            randomness: randomness.clone(),
            secret,
            audit: audit.log(),
            jobs: Arc::new(queue.clone()),
        });
        let tools = WorkerTools {
            database: database.clone(),
            clock: clock.clone(),
            randomness: randomness.clone(),
            queue: queue.clone(),
        };
        let jobs = JobService::new(database.clone(), clock.clone(), audit.log(), queue);
        let usage = UsageService::new(database.clone(), Arc::new(SystemClock));
        let alerts = AlertService::new(foundation.clone(), usage.clone(), jobs.clone());
        let settings = Arc::new(configuration.auth.clone());
        let Identity {
            keys,
            organisations,
            families,
            accounts,
            tokens,
            login,
            authenticator,
        } = Identity::new(&foundation, &settings);
        let limit = configuration.limits.document_bytes;
        let documents = DocumentService::new(foundation.clone(), limit);
        Ok(Self {
            backends: Backends::open(configuration, folder)?,
            sessions: SessionState {
                login,
                families,
                tokens,
                organisations: organisations.clone(),
            },
            foundation,
            tools,
            usage,
            alerts,
            audit,
            jobs,
            keys,
            accounts,
            organisations,
            authenticator,
            documents,
        })
    }
}
