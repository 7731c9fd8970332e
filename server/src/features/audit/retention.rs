//! Removing the oldest events without breaking the chain: a sealed checkpoint takes their place.

use jiff::Timestamp;
use sea_orm::DatabaseTransaction;

use super::{AuditError, AuditService, store, verify::Walk};
use crate::{
    entity::audit_checkpoint,
    ports::{Audit, AuditCategory, AuditEvent},
};

/// Events removed in one transaction: others who want to write wait meanwhile.
const BATCH: u64 = 1_000;

impl AuditService {
    /// Removes the events before this time, up to the first one that is not; tells how many. A
    /// fault among them is not removed with them: it stays to be found.
    ///
    /// # Errors
    /// When the database fails, or the chain is broken before that time.
    pub async fn purge(&self, before: Timestamp) -> Result<u64, AuditError> {
        // Not the event that this writes itself, or it would never come to an end.
        let before = before.min(self.clock.now());
        let mut total = 0;
        loop {
            let transaction = self.database.begin().await?;
            let removed = self.remove_batch(&transaction, before).await?;
            if removed == 0 {
                return Ok(total);
            }
            transaction.commit().await?;
            total += removed;
        }
    }

    async fn remove_batch(
        &self,
        transaction: &DatabaseTransaction,
        before: Timestamp,
    ) -> Result<u64, AuditError> {
        // Others who remove or append wait here.
        store::locked_head(transaction).await?;
        let checkpoint = store::checkpoint(transaction).await?;
        let mut walk = Walk::begin(&self.key, checkpoint, None).map_err(AuditError::Broken)?;
        let before = before.as_millisecond();
        let rows = store::following(transaction, i64::MIN, BATCH).await?;
        let mut removed = 0;
        for row in rows.iter().take_while(|row| row.at < before) {
            walk.step(row).map_err(AuditError::Broken)?;
            removed += 1;
        }
        if removed > 0 {
            self.checkpoint(transaction, &walk, removed).await?;
        }
        Ok(removed)
    }

    async fn checkpoint(
        &self,
        transaction: &DatabaseTransaction,
        walk: &Walk<'_>,
        removed: u64,
    ) -> Result<(), AuditError> {
        let at = self.clock.now().as_millisecond();
        let checkpoint = audit_checkpoint::Model {
            sequence: walk.sequence,
            hash: walk.hash.clone(),
            at,
            seal: self.key.checkpoint(walk.sequence, &walk.hash, at),
        };
        store::cut(transaction, checkpoint).await?;
        let event = AuditEvent::new(AuditCategory::System, "audit.purge")
            .detail("events", removed)
            .detail("through", walk.sequence);
        Ok(self.log.record(transaction, event).await?)
    }
}
