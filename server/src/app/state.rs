//! What the slices' handlers work with.

use std::{ops::Deref, sync::Arc, time::Duration};

use axum::extract::FromRef;
use locutor::Engine;

use super::{DataFolder, Platform, vectors::vector_index};
use crate::{
    adapters::{SystemClock, SystemRandomness},
    config::Configuration,
    features::{
        access_rules::AccessRuleService,
        accounts::AccountService,
        alerts::AlertService,
        api_keys::KeyService,
        audit::AuditService,
        chat::ChatState,
        documents::{DocumentState, Indexer, PassageSearch},
        embedding::EmbeddingState,
        health::HealthState,
        jobs::JobService,
        languages::LanguageState,
        listen::ListenState,
        live::{Live, Places},
        models::ModelService,
        organisations::OrganisationService,
        realtime::RealtimeState,
        sessions::SessionState,
        speech::SpeechState,
        transcription::TranscriptionState,
        usage::UsageService,
    },
    http::{
        AccessState, Measurements, RateLimiting, Stopping, caching::ResponseCache, csrf::CsrfTokens,
    },
};

/// All services; each slice takes its own out of it. Clones share them: every request makes some.
#[derive(Clone)]
pub struct State(Arc<Services>);

/// All services.
pub struct Services {
    /// `/health`, `/metrics`.
    pub health: HealthState,
    /// `/auth/api-keys`, `/admin/keys`.
    pub keys: KeyService,
    /// `/auth/register`, `/auth/me` and the like.
    pub accounts: AccountService,
    /// `/organisations`.
    pub organisations: OrganisationService,
    /// `/auth/login` and the like.
    pub sessions: SessionState,
    /// `/admin/audit`.
    pub audit: AuditService,
    /// `/admin/usage`, `/admin/errors`.
    pub usage: UsageService,
    /// `/admin/alerts`.
    pub alerts: AlertService,
    /// `/admin/jobs`.
    pub jobs: JobService,
    /// The check of every request.
    pub access: AccessState,
    /// How often requests may come.
    pub limiting: RateLimiting,
    /// Replies that are kept.
    pub replies: ResponseCache,
    /// `/v1/models`, and names of models in requests.
    pub models: ModelService,
    /// `/documents`.
    pub documents: DocumentState,
    /// `/v1/audio/transcriptions`, `/v1/audio/translations`.
    pub transcription: TranscriptionState,
    /// `/v1/listen`.
    pub listen: ListenState,
    /// `/v1/realtime`.
    pub realtime: RealtimeState,
    /// `/v1/audio/speech`.
    pub speech: SpeechState,
    /// `/v1/detect-language`.
    pub languages: LanguageState,
    /// `/v1/embeddings`.
    pub embedding: EmbeddingState,
    /// `/v1/chat/completions`.
    pub chat: ChatState,
    /// `/auth/csrf`, and the check of changes with a cookie.
    pub tokens: CsrfTokens,
    /// `/admin/access-rules`.
    pub access_rules: AccessRuleService,
}

impl Deref for State {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

macro_rules! slices {
    ($($field:ident: $state:ty),+ $(,)?) => {
        $(impl FromRef<State> for $state {
            fn from_ref(state: &State) -> Self {
                state.$field.clone()
            }
        })+
    };
}

slices! {
    health: HealthState,
    keys: KeyService,
    accounts: AccountService,
    organisations: OrganisationService,
    sessions: SessionState,
    audit: AuditService,
    usage: UsageService,
    alerts: AlertService,
    jobs: JobService,
    access: AccessState,
    limiting: RateLimiting,
    replies: ResponseCache,
    models: ModelService,
    documents: DocumentState,
    transcription: TranscriptionState,
    listen: ListenState,
    realtime: RealtimeState,
    speech: SpeechState,
    languages: LanguageState,
    embedding: EmbeddingState,
    chat: ChatState,
    tokens: CsrfTokens,
    access_rules: AccessRuleService,
}

/// All services, and the worker that must run beside them.
pub fn assemble(
    configuration: &Configuration,
    folder: &DataFolder,
    platform: &Platform,
    engine: &Engine,
    (measurements, access_rules, stopping): (Measurements, AccessRuleService, Stopping),
) -> (State, Indexer) {
    let documents = platform.documents.clone();
    let index = vector_index(folder, engine);
    let replies = ResponseCache::new(platform.backends.cache.clone());
    let indexer =
        Indexer::new(documents.clone(), engine.clone(), index.clone()).announcing(replies.clone());
    let passages = PassageSearch::new(documents.clone(), index);
    let models = ModelService::new(engine.clone());
    let limiting = RateLimiting::new(
        Arc::clone(&platform.backends.rate_limiter),
        Arc::new(configuration.rate_limits.clone()),
    );
    let limits = || configuration.limits.clone();
    let stall = Duration::from_secs(configuration.server.stall_seconds);
    let live = Live {
        places: Places::for_streams(&configuration.limits),
        authenticator: platform.authenticator.clone(),
        gate: access_rules.gate().clone(),
        every: Duration::from_secs(configuration.auth.stream_check_seconds.max(1).into()),
        stopping,
        stall,
    };
    let services = Services {
        health: HealthState {
            database: platform.foundation.database.clone(),
            engine: engine.clone(),
            measurements,
            redis: platform.backends.redis.clone(),
        },
        keys: platform.keys.clone(),
        accounts: platform.accounts.clone(),
        organisations: platform.organisations.clone(),
        sessions: platform.sessions.clone(),
        audit: platform.audit.clone(),
        jobs: platform.jobs.clone(),
        usage: platform.usage.clone(),
        alerts: platform.alerts.clone(),
        access: AccessState {
            authenticator: platform.authenticator.clone(),
            limiting: limiting.clone(),
        },
        limiting,
        replies,
        documents: DocumentState {
            documents,
            progress: indexer.progress(),
        },
        transcription: TranscriptionState {
            engine: engine.clone(),
            models: models.clone(),
            limits: limits(),
            stall,
        },
        listen: ListenState {
            engine: engine.clone(),
            models: models.clone(),
            live: live.clone(),
        },
        realtime: RealtimeState {
            engine: engine.clone(),
            models: models.clone(),
            live,
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            secret: platform.foundation.secret.clone(),
        },
        speech: SpeechState {
            engine: engine.clone(),
            models: models.clone(),
            limits: limits(),
            stall,
        },
        languages: LanguageState {
            engine: engine.clone(),
            models: models.clone(),
            limits: limits(),
        },
        embedding: EmbeddingState {
            engine: engine.clone(),
            models: models.clone(),
            limits: limits(),
        },
        chat: ChatState {
            engine: engine.clone(),
            models: models.clone(),
            passages,
            limits: limits(),
            stall,
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        },
        models,
        access_rules,
        tokens: CsrfTokens::new(platform.foundation.secret.clone()),
    };
    (State(Arc::new(services)), indexer)
}
