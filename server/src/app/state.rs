//! What the slices' handlers work with.

use std::{sync::Arc, time::Duration};

use axum::extract::FromRef;
use locutor::Engine;

use super::{DataFolder, vectors::vector_index};
use crate::{
    adapters::{SystemClock, SystemRandomness},
    config::Configuration,
    database::Database,
    features::{
        chat::ChatState,
        documents::{DocumentService, DocumentState, Indexer, PassageSearch},
        embedding::EmbeddingState,
        health::HealthState,
        keys::KeyService,
        models::ModelService,
        speech::SpeechState,
        transcription::TranscriptionState,
    },
    http::{Measurements, csrf::CsrfTokens},
    ports::Randomness,
};

/// All services; each slice takes its own out of it.
#[derive(Clone, FromRef)]
pub struct State {
    /// `/health`, `/metrics`.
    pub health: HealthState,
    /// `/admin/keys`, and the check of every request.
    pub keys: KeyService,
    /// `/v1/models`, and names of models in requests.
    pub models: ModelService,
    /// `/documents`.
    pub documents: DocumentState,
    /// `/v1/audio/transcriptions`, `/v1/audio/translations`.
    pub transcription: TranscriptionState,
    /// `/v1/audio/speech`.
    pub speech: SpeechState,
    /// `/v1/embeddings`.
    pub embedding: EmbeddingState,
    /// `/v1/chat/completions`.
    pub chat: ChatState,
    /// `/auth/csrf`, and the check of changes with a cookie.
    pub tokens: CsrfTokens,
}

/// API keys on the real clock and real chance.
pub fn key_service(database: &Database) -> KeyService {
    KeyService::new(
        database.clone(),
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    )
}

/// Tokens that are good for as long as this process runs.
fn csrf_tokens() -> CsrfTokens {
    let mut secret = [0; 32];
    SystemRandomness.fill(&mut secret);
    CsrfTokens::new(&secret)
}

/// Documents on the real clock and real chance.
pub fn document_service(database: &Database, configuration: &Configuration) -> DocumentService {
    let limit = configuration.limits.document_bytes;
    DocumentService::new(
        database.clone(),
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
        limit,
    )
}

/// All services, and the worker that must run beside them.
pub fn assemble(
    configuration: &Configuration,
    folder: &DataFolder,
    database: &Database,
    engine: &Engine,
    measurements: Measurements,
) -> (State, Indexer) {
    let documents = document_service(database, configuration);
    let index = vector_index(folder, engine);
    let indexer = Indexer::new(documents.clone(), engine.clone(), index.clone());
    let passages = PassageSearch::new(documents.clone(), index);
    let models = ModelService::new(engine.clone());
    let limits = || configuration.limits.clone();
    let stall = Duration::from_secs(configuration.server.stall_seconds);
    let state = State {
        health: HealthState {
            database: database.clone(),
            engine: engine.clone(),
            measurements,
        },
        keys: key_service(database),
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
        speech: SpeechState {
            engine: engine.clone(),
            models: models.clone(),
            limits: limits(),
            stall,
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
        tokens: csrf_tokens(),
    };
    (state, indexer)
}
