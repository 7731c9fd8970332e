//! Appending to the log: [`AuditLog`] is the server's [`Audit`].

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{DatabaseTransaction, DbErr};

use super::{AuditKey, redact, store};
use crate::{
    entity::{audit_event, audit_head},
    ports::{Audit, AuditEvent, Clock, Randomness},
};

/// Appends events to the chain.
pub struct AuditLog {
    key: AuditKey,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl AuditLog {
    /// Chains under this key, with the given time and chance.
    pub fn new(key: AuditKey, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self {
            key,
            clock,
            randomness,
        }
    }

    /// The event as the chain's next link.
    fn link(&self, head: &audit_head::Model, event: AuditEvent) -> audit_event::Model {
        let (target_kind, target_id) = event.target.unzip();
        let origin = event.origin.as_ref();
        let request = origin.map(|origin| origin.request.as_str());
        let mut row = audit_event::Model {
            sequence: head.sequence + 1,
            id: self.randomness.identifier(self.clock.as_ref()),
            at: self.clock.now().as_millisecond(),
            category: event.category.name().to_owned(),
            action: event.action.to_owned(),
            outcome: event.outcome.name().to_owned(),
            actor_kind: event.actor.map(|actor| actor.kind().to_owned()),
            actor_id: event.actor.map(crate::access::Actor::id),
            organisation: event.organisation,
            target_kind: target_kind.map(str::to_owned),
            target_id: target_id.map(|id| redact::text(&id)),
            address: origin.map(|origin| origin.address.to_string()),
            agent: origin.map(|origin| redact::text(&origin.agent)),
            request_id: request.filter(|id| !id.is_empty()).map(redact::text),
            details: redact::details(event.details),
            previous_hash: head.hash.clone(),
            hash: Vec::new(),
        };
        row.hash = self.key.event(&row.previous_hash, &row);
        row
    }

    /// The end after this event. One that somebody else has written stays without a seal for
    /// good: sealing it again would hide what was done to it.
    fn end(&self, head: &audit_head::Model, row: &audit_event::Model) -> audit_head::Model {
        let seal = if self.key.sealed_head(head) {
            self.key.head(row.sequence, &row.hash)
        } else {
            tracing::error!(
                sequence = head.sequence,
                "the end of the audit log was changed by somebody else; run `locutor audit verify`"
            );
            b"broken".to_vec()
        };
        audit_head::Model {
            id: head.id,
            sequence: row.sequence,
            hash: row.hash.clone(),
            seal,
        }
    }
}

#[async_trait]
impl Audit for AuditLog {
    async fn record(
        &self,
        transaction: &DatabaseTransaction,
        event: AuditEvent,
    ) -> Result<(), DbErr> {
        let head = store::locked_head(transaction).await?;
        let row = self.link(&head, event);
        let end = self.end(&head, &row);
        store::append(transaction, row, end).await
    }
}
