//! The job that evaluates all rules, once a minute.

use async_trait::async_trait;
use sea_orm::{DatabaseTransaction, DbErr};

use super::{
    AlertService,
    condition::Condition,
    definition::Definition,
    measure::{Gauges, absence_counts_from},
    notice::{Notice, tell},
    store::{self, Evaluation},
    webhook::Happening,
};
use crate::{
    entity::{
        alert_firing,
        alert_rule::{AlertState, Model},
    },
    foundation::Foundation,
    ports::{Effects, JobError, JobHandler, RunningJob},
};

/// Evaluates all rules. What it finds is written, and told, in the transaction that marks it as done.
pub struct EvaluateJob {
    alerts: AlertService,
}

impl EvaluateJob {
    /// Kind of the job, and name of its schedule.
    pub const KIND: &'static str = "alerts.evaluate";

    /// Evaluates the rules of this service.
    pub fn new(alerts: AlertService) -> Self {
        Self { alerts }
    }
}

#[async_trait]
impl JobHandler for EvaluateJob {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    async fn work(&self, _job: &RunningJob) -> Result<Effects, JobError> {
        let foundation = self.alerts.foundation.clone();
        let now = foundation.now();
        let rules = store::enabled(foundation.database.reader()).await?;
        let mut findings = Vec::with_capacity(rules.len());
        for rule in rules {
            findings.push(look(&self.alerts.gauges, rule, now).await);
        }
        Ok(Effects::new(move |transaction| {
            Box::pin(async move {
                for finding in findings {
                    finding.record(&foundation, transaction).await?;
                }
                Ok(())
            })
        }))
    }
}

/// What an evaluation found.
struct Finding {
    /// The rule as it was seen.
    rule: Model,
    evaluation: Evaluation,
    /// The state it should be in, and why; none where that cannot be said.
    verdict: Option<(AlertState, String)>,
}

/// One rule's trouble is not the others'.
async fn look(gauges: &Gauges, rule: Model, now: i64) -> Finding {
    let unknown = |rule, problem: String| Finding {
        rule,
        evaluation: Evaluation {
            at: now,
            measured: None,
            problem: Some(problem),
        },
        verdict: None,
    };
    let Some(definition) = Definition::of_row(&rule) else {
        let problem = "this version of the server cannot read the rule";
        return unknown(rule, problem.to_owned());
    };
    match gauges.measure(&definition, now).await {
        Ok(measured) => judge(rule, &definition, measured, now),
        Err(error) => unknown(rule, error.to_string()),
    }
}

fn judge(rule: Model, definition: &Definition, measured: f64, now: i64) -> Finding {
    let Definition {
        condition,
        window_minutes,
        ..
    } = definition;
    let compared = condition.compared(measured, *window_minutes);
    let early = matches!(condition, Condition::Absence { .. })
        && now < absence_counts_from(definition, rule.changed_at);
    let state = if condition.fires(compared) && !early {
        AlertState::Firing
    } else {
        AlertState::Ok
    };
    let text = condition.describe(compared, definition.subject.as_deref(), *window_minutes);
    Finding {
        rule,
        evaluation: Evaluation {
            at: now,
            measured: Some(compared),
            problem: None,
        },
        verdict: Some((state, text)),
    }
}

impl Finding {
    async fn record(
        self,
        foundation: &Foundation,
        transaction: &DatabaseTransaction,
    ) -> Result<(), DbErr> {
        let Self {
            rule,
            evaluation,
            verdict,
        } = self;
        let rule = &rule;
        // An administrator who changed the rule since then wants another verdict.
        if !store::note(transaction, rule, &evaluation).await? {
            return Ok(());
        }
        if evaluation.problem.is_some() && evaluation.problem != rule.problem {
            let problem = evaluation.problem.as_deref();
            tracing::warn!(rule = %rule.id, problem, "an alert rule cannot be evaluated");
        }
        match verdict {
            Some((state, text)) if state != rule.state => {
                let notice = Notice {
                    happening: match state {
                        AlertState::Firing => Happening::Firing,
                        AlertState::Ok => Happening::Resolved,
                    },
                    text,
                    measured: evaluation.measured,
                    at: evaluation.at,
                };
                turn(foundation, transaction, rule, &notice).await
            }
            _ => Ok(()),
        }
    }
}

/// Brings a rule into its other state and tells so, unless somebody else did.
///
/// # Errors
/// When the database fails.
pub async fn turn(
    foundation: &Foundation,
    transaction: &DatabaseTransaction,
    rule: &Model,
    notice: &Notice,
) -> Result<(), DbErr> {
    let state = match notice.happening {
        Happening::Firing => AlertState::Firing,
        _ => AlertState::Ok,
    };
    if !store::switch(transaction, rule, state, notice.at).await? {
        return Ok(());
    }
    match state {
        AlertState::Firing => {
            let firing = firing(foundation, rule, notice);
            store::begin_firing(transaction, firing).await?;
        }
        AlertState::Ok => store::end_firing(transaction, rule.id, notice.at).await?,
    }
    let message = notice.message();
    tracing::warn!(rule = %rule.id, name = rule.name, message, "an alert changed its state");
    tell(foundation, transaction, rule, notice).await.map(drop)
}

fn firing(foundation: &Foundation, rule: &Model, notice: &Notice) -> alert_firing::Model {
    alert_firing::Model {
        id: foundation.identifier(),
        rule_id: rule.id,
        measured: notice.measured.unwrap_or_default(),
        message: notice.message(),
        begun_at: notice.at,
        ended_at: None,
    }
}
