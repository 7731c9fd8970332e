//! What administrators do with rules; each change is in the audit log, in the same transaction.

use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::{
    AlertError,
    definition::Definition,
    evaluate::turn,
    measure::Gauges,
    notice::{Notice, tell},
    request::AlertRuleChange,
    store,
    view::{AlertRule, AlertRuleDetails, AlertTrial, CreatedAlertRule},
    webhook::{Happening, secret_text},
};
use crate::{
    access::Requester,
    database,
    entity::alert_rule::{AlertState, Model},
    features::{jobs::JobService, usage::UsageService},
    foundation::Foundation,
    ports::{AuditCategory, AuditEvent},
};

/// Most rules: all of them are evaluated once a minute.
const MOST: u64 = 200;

/// The use cases of alert rules; clones share everything.
#[derive(Clone)]
pub struct AlertService {
    pub(super) foundation: Foundation,
    pub(super) gauges: Gauges,
}

impl AlertService {
    /// Rules about these requests and these jobs.
    pub fn new(foundation: Foundation, usage: UsageService, jobs: JobService) -> Self {
        Self {
            foundation,
            gauges: Gauges { usage, jobs },
        }
    }

    /// All rules, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self) -> Result<Vec<AlertRule>, AlertError> {
        let rows = store::list(self.foundation.database.reader()).await?;
        Ok(rows.into_iter().map(AlertRule::from).collect())
    }

    /// A rule with its history.
    ///
    /// # Errors
    /// When there is no such rule.
    pub async fn get(&self, id: Uuid) -> Result<AlertRuleDetails, AlertError> {
        let reader = self.foundation.database.reader();
        let row = store::find(reader, id).await?;
        let rule = row.ok_or(AlertError::Unknown(id))?.into();
        let firings = store::firings(reader, id).await?;
        let firings = firings.into_iter().map(Into::into).collect();
        Ok(AlertRuleDetails { rule, firings })
    }

    /// Makes a rule, and shows the secret of its web hooks for the only time.
    ///
    /// # Errors
    /// When there are too many, or there is no such organisation.
    pub async fn create(
        &self,
        new: Definition,
        requester: &Requester,
    ) -> Result<CreatedAlertRule, AlertError> {
        let foundation = &self.foundation;
        let by = requester.caller.actor.id();
        let row = new.into_row(foundation.identifier(), foundation.now(), by);
        let transaction = foundation.database.begin().await?;
        let others = store::count(&transaction).await?;
        if others >= MOST {
            return Err(AlertError::TooMany(others));
        }
        database::insert(&transaction, row.clone()).await?;
        let event = described("alert_rule.create", &row);
        self.commit(transaction, event, requester).await?;
        Ok(CreatedAlertRule {
            webhook_secret: secret_text(&foundation.secret, row.id),
            rule: row.into(),
        })
    }

    /// Changes a rule. What fires goes on firing until the next evaluation; switching a rule off ends it.
    ///
    /// # Errors
    /// When there is no such rule, somebody else changed it too, or there is no such organisation.
    pub async fn change(
        &self,
        id: Uuid,
        change: AlertRuleChange,
        requester: &Requester,
    ) -> Result<AlertRule, AlertError> {
        let foundation = &self.foundation;
        let transaction = foundation.database.begin().await?;
        let before = store::find(&transaction, id).await?;
        let before = before.ok_or(AlertError::Unknown(id))?;
        let mut row = before.clone();
        let mut definition = change.base(&before).ok_or(AlertError::Unreadable)?;
        change.apply(&mut definition);
        definition.write(&mut row);
        row.changed_at = foundation.now();
        if !store::change(&transaction, &row).await? {
            return Err(AlertError::Changed);
        }
        if !row.enabled && before.state == AlertState::Firing {
            turn(
                foundation,
                &transaction,
                &row,
                &switched_off(row.changed_at),
            )
            .await?;
        }
        let event = described("alert_rule.change", &row);
        self.commit(transaction, event, requester).await?;
        Ok(self.get(id).await?.rule)
    }

    /// Removes a rule with its history; if it fires, nobody is told.
    ///
    /// # Errors
    /// When there is no such rule.
    pub async fn remove(&self, id: Uuid, requester: &Requester) -> Result<(), AlertError> {
        let transaction = self.foundation.database.begin().await?;
        if !store::delete(&transaction, id).await? {
            return Err(AlertError::Unknown(id));
        }
        let event = AuditEvent::new(AuditCategory::System, "alert_rule.remove");
        self.commit(transaction, event.on("alert_rule", id), requester)
            .await
    }

    /// Tells everybody whom the rule tells that this is only a test.
    ///
    /// # Errors
    /// When there is no such rule, or it tells nobody.
    pub async fn test(&self, id: Uuid, requester: &Requester) -> Result<AlertTrial, AlertError> {
        let foundation = &self.foundation;
        let transaction = foundation.database.begin().await?;
        let row = store::find(&transaction, id).await?;
        let row = row.ok_or(AlertError::Unknown(id))?;
        let notice = Notice {
            happening: Happening::Test,
            text: "this is how messages of this rule arrive; nothing happened".to_owned(),
            measured: None,
            at: foundation.now(),
        };
        let trial = tell(foundation, &transaction, &row, &notice).await?;
        if trial.mails == 0 && !trial.webhook {
            return Err(AlertError::TellsNobody);
        }
        let event = described("alert_rule.test", &row);
        self.commit(transaction, event, requester).await?;
        Ok(trial)
    }

    /// Commits a change together with its record.
    async fn commit(
        &self,
        transaction: DatabaseTransaction,
        event: AuditEvent,
        requester: &Requester,
    ) -> Result<(), AlertError> {
        let event = event.asked_by(requester);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        self.foundation.jobs.wake();
        Ok(())
    }
}

fn switched_off(at: i64) -> Notice {
    Notice {
        happening: Happening::Resolved,
        text: "the rule was switched off".to_owned(),
        measured: None,
        at,
    }
}

/// What the audit log keeps of a rule: not the web hook's address, which may be a secret of the receiver's.
fn described(action: &'static str, row: &Model) -> AuditEvent {
    AuditEvent::new(AuditCategory::System, action)
        .on("alert_rule", row.id)
        .detail("name", row.name.clone())
        .detail("condition", row.condition.clone())
        .detail("window_minutes", row.window_minutes)
        .detail("enabled", row.enabled)
        .detail("webhook", row.webhook_url.is_some())
}
