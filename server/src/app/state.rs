//! What the slices' handlers work with.

use std::sync::Arc;

use axum::extract::FromRef;
use sea_orm::DatabaseConnection;

use crate::{
    adapters::{SystemClock, SystemRandomness},
    features::{health::HealthState, keys::KeyService, models::ModelService},
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
}

/// API keys on the real clock and real chance.
pub fn key_service(database: &DatabaseConnection) -> KeyService {
    KeyService::new(
        database.clone(),
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    )
}
