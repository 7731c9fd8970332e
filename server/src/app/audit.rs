//! The audit log on the real clock and real chance.

use std::sync::Arc;

use crate::{
    adapters::{SystemClock, SystemRandomness},
    database::Database,
    features::audit::{AuditKey, AuditService},
    secrets::{Purpose, ServerSecret},
};

/// The audit log; its chain can be verified with the server's secret only.
pub fn audit_service(database: &Database, secret: &ServerSecret) -> AuditService {
    AuditService::new(
        database.clone(),
        AuditKey::new(secret.derive(Purpose::AuditChain, &[])),
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    )
}
