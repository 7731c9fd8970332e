//! The audit log on the real clock and real chance, and its key.

use std::{io::Write, sync::Arc};

use anyhow::Context;

use super::{DataFolder, data_folder::private_file};
use crate::{
    adapters::{SystemClock, SystemRandomness},
    database::Database,
    features::audit::{AuditKey, AuditService},
    ports::Randomness,
};

/// The audit log.
pub fn audit_service(database: &Database, key: AuditKey) -> AuditService {
    AuditService::new(
        database.clone(),
        key,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    )
}

/// The key of the chain, kept in the data folder and made when it is missing.
pub fn audit_key(folder: &DataFolder) -> anyhow::Result<AuditKey> {
    let path = folder.audit_key();
    let failed = || format!("the key of the audit log, {}", path.display());
    if !path.exists() {
        let mut bytes = [0; 32];
        SystemRandomness.fill(&mut bytes);
        let unfinished = path.with_extension("new");
        let mut file = private_file(&unfinished).with_context(failed)?;
        file.set_len(0)
            .and_then(|()| file.write_all(&bytes))
            .and_then(|()| file.sync_all())
            .with_context(failed)?;
        std::fs::rename(&unfinished, &path).with_context(failed)?;
    }
    let bytes = std::fs::read(&path).with_context(failed)?;
    let bytes = bytes.try_into().ok();
    let bytes = bytes.with_context(|| {
        format!(
            "{} has not 32 bytes; bring it back from a backup",
            path.display()
        )
    })?;
    Ok(AuditKey::new(bytes))
}
