//! The use cases.

use std::{sync::Arc, time::Duration};

use sea_orm::{DatabaseTransaction, DbErr};
use tokio::{
    sync::Mutex,
    time::{MissedTickBehavior, interval},
};
use uuid::Uuid;

use super::{
    AccessRuleError, Gate, Mode, Rule, RuleSet, Subject, store,
    view::{AccessRule, AccessRuleList, rule_of_row},
};
use crate::{
    access::Requester,
    database::Database,
    entity::access_rule,
    ports::{Audit, AuditCategory, AuditEvent, Clock, Randomness},
};

/// How soon a change of another process arrives here.
const REREAD: Duration = Duration::from_secs(10);
/// Most rows; each request is compared with all of its groups.
const MOST: usize = 1000;
/// A path that the administrator of the rules must be able to reach.
const OWN_PATH: &str = "/admin/access-rules";

/// What the use cases work with.
pub struct Parts {
    /// The database.
    pub database: Database,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub randomness: Arc<dyn Randomness>,
    /// The record of changes.
    pub audit: Arc<dyn Audit>,
    /// The rules in force.
    pub gate: Gate,
}

/// The use cases of access rules; clones share everything.
#[derive(Clone)]
pub struct AccessRuleService {
    parts: Arc<Parts>,
    /// Held while rows become the rules in force, so that older rows never replace newer ones.
    reading: Arc<Mutex<()>>,
}

/// Who wants a change, and how badly.
#[derive(Debug, Clone)]
pub struct Demand {
    /// Who, and from where.
    pub requester: Requester,
    /// Whether the rules may refuse that address afterwards.
    pub force: bool,
}

/// A change.
#[derive(Debug, Clone)]
enum Change {
    Add(access_rule::Model),
    Remove(access_rule::Model),
    Mode(Mode),
}

impl AccessRuleService {
    /// Works with these parts.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            reading: Arc::default(),
        }
    }

    /// The rules in force.
    pub fn gate(&self) -> &Gate {
        &self.parts.gate
    }

    /// All rules and their mode, as the database has them.
    pub async fn list(&self) -> Result<AccessRuleList, AccessRuleError> {
        let database = self.parts.database.reader();
        let rows = store::list(database).await?;
        let mode = stored_mode(store::mode(database).await?);
        let file = self.parts.gate.file_rules().iter().copied();
        let file = file.map(AccessRule::from);
        Ok(AccessRuleList {
            mode: self.parts.gate.combine(mode, []).mode,
            data: file
                .chain(rows.into_iter().filter_map(AccessRule::of_row))
                .collect(),
        })
    }

    /// Adds a rule.
    pub async fn add(
        &self,
        rule: Rule,
        note: String,
        demand: &Demand,
    ) -> Result<AccessRule, AccessRuleError> {
        let parts = &self.parts;
        let about_country = matches!(rule.subject, Subject::Country(_));
        if about_country && !parts.gate.knows_countries() {
            return Err(AccessRuleError::NoCountries);
        }
        let row = access_rule::Model {
            id: parts.randomness.identifier(parts.clock.as_ref()),
            route_group: rule.group.name().to_owned(),
            effect: rule.effect.name().to_owned(),
            subject: rule.subject.to_string(),
            note,
            created_at: parts.clock.now().as_millisecond(),
            created_by: demand.requester.caller.actor.id(),
        };
        let (transaction, rows) = self.begin().await?;
        if rows.len() >= MOST {
            return Err(AccessRuleError::TooMany(rows.len()));
        }
        if rows.iter().any(|old| rule_of_row(old) == Some(rule)) {
            return Err(AccessRuleError::Exists);
        }
        let shown = AccessRule::of_row(row.clone());
        self.change(transaction, rows, Change::Add(row), demand)
            .await?;
        Ok(shown.unwrap_or_else(|| rule.into()))
    }

    /// Removes a rule of the database.
    pub async fn remove(&self, id: Uuid, demand: &Demand) -> Result<(), AccessRuleError> {
        let (transaction, rows) = self.begin().await?;
        let row = rows.iter().find(|row| row.id == id).cloned();
        let row = row.ok_or(AccessRuleError::Unknown(id))?;
        self.change(transaction, rows, Change::Remove(row), demand)
            .await
    }

    /// Sets the mode, from now on in place of the configuration's.
    pub async fn set_mode(&self, mode: Mode, demand: &Demand) -> Result<(), AccessRuleError> {
        let (transaction, rows) = self.begin().await?;
        self.change(transaction, rows, Change::Mode(mode), demand)
            .await
    }

    /// Puts in force what the database says now.
    pub async fn refresh(&self) -> Result<(), DbErr> {
        let _reading = self.reading.lock().await;
        let database = self.parts.database.reader();
        let rows = store::list(database).await?;
        let mode = stored_mode(store::mode(database).await?);
        let rules = rows.iter().filter_map(rule_of_row);
        let set = self.parts.gate.combine(mode, rules);
        self.parts.gate.replace(set);
        Ok(())
    }

    /// Refreshes for as long as it runs. While the database is away, the rules stay as they are.
    pub async fn keep_current(self) {
        let mut ticks = interval(REREAD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            ticks.tick().await;
            let outcome = self.refresh().await;
            match &outcome {
                // Once per outage is enough.
                Err(error) if !failing => {
                    tracing::warn!(%error, "cannot read the access rules; keeping those in force");
                }
                Ok(()) if failing => tracing::info!("the access rules can be read again"),
                _ => {}
            }
            failing = outcome.is_err();
        }
    }

    /// Begins a change: alone, and with the rows as they are.
    async fn begin(&self) -> Result<(DatabaseTransaction, Vec<access_rule::Model>), DbErr> {
        let transaction = self.parts.database.begin().await?;
        let now = self.parts.clock.now().as_millisecond();
        store::lock(&transaction, now).await?;
        let rows = store::list(&transaction).await?;
        Ok((transaction, rows))
    }

    /// Makes a change together with its record, unless it locks the requester out.
    async fn change(
        &self,
        transaction: DatabaseTransaction,
        rows: Vec<access_rule::Model>,
        change: Change,
        demand: &Demand,
    ) -> Result<(), AccessRuleError> {
        let mode = stored_mode(store::mode(&transaction).await?);
        let after = self.after(rows, mode, &change);
        if !demand.force && self.locks_out(&after, &demand.requester) {
            return Err(AccessRuleError::LocksOut);
        }
        let event = event(&change, demand);
        match change {
            Change::Add(row) => drop(store::insert(&transaction, row).await?),
            Change::Remove(row) => store::delete(&transaction, row.id).await?,
            Change::Mode(mode) => store::set_mode(&transaction, mode.name()).await?,
        }
        self.parts.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        if let Err(error) = self.refresh().await {
            tracing::warn!(%error, "the changed access rules are in force within seconds");
        }
        Ok(())
    }

    /// The rules as they would be.
    fn after(&self, rows: Vec<access_rule::Model>, mode: Option<Mode>, change: &Change) -> RuleSet {
        let (mut rows, mut mode) = (rows, mode);
        match change {
            Change::Add(row) => rows.push(row.clone()),
            Change::Remove(row) => rows.retain(|old| old.id != row.id),
            Change::Mode(new) => mode = Some(*new),
        }
        let rules = rows.iter().filter_map(rule_of_row);
        self.parts.gate.combine(mode, rules)
    }

    fn locks_out(&self, after: &RuleSet, requester: &Requester) -> bool {
        let address = requester.origin.address;
        let refusal = self.parts.gate.refusal(after, address, OWN_PATH);
        after.mode == Mode::Enforce && refusal.is_some()
    }
}

fn stored_mode(name: Option<String>) -> Option<Mode> {
    Mode::parse(&name?)
}

fn event(change: &Change, demand: &Demand) -> AuditEvent {
    let event = |action| AuditEvent::new(AuditCategory::System, action);
    let about = |event: AuditEvent, row: &access_rule::Model| {
        event
            .on("access_rule", row.id)
            .detail("group", row.route_group.clone())
            .detail("effect", row.effect.clone())
            .detail("subject", row.subject.clone())
    };
    let event = match change {
        Change::Add(row) => about(event("access_rule.add"), row),
        Change::Remove(row) => about(event("access_rule.remove"), row),
        Change::Mode(mode) => event("access_rules.set_mode").detail("mode", mode.name()),
    };
    event
        .asked_by(&demand.requester)
        .detail("forced", demand.force)
}
