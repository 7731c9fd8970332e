//! Each kind of rule fires and resolves, and tells so once.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use uuid::Uuid;

use super::{Bed, Counted, beds, requester, requests, running};
use crate::{
    entity::{
        alert_rule::{self, AlertState},
        job::JobState,
    },
    features::{
        alerts::{AlertError, EvaluateJob, request::AlertRuleChange},
        organisations::FIRST,
    },
    ports::JobHandler,
};

async fn state(bed: &Bed, id: Uuid) -> AlertState {
    bed.get(id).await.rule.state
}

fn change(json: serde_json::Value) -> AlertRuleChange {
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn a_threshold_fires_once_and_resolves_once() {
    for bed in beds().await {
        let condition = json!({"kind": "threshold", "metric": "server_errors", "comparison": "above", "value": 10});
        let rule = bed.rule(condition, json!({"subject": "/a"})).await.rule;
        let errors = |number| Counted {
            requests: 100,
            failures: number + 3,
            server_errors: number,
            ..Counted::default()
        };
        bed.count("/a", errors(10)).await;
        bed.count("/b", errors(50)).await;
        bed.evaluate().await;
        let seen = bed.get(rule.id).await.rule;
        assert_eq!(
            (seen.state, seen.measured, seen.problem),
            (AlertState::Ok, Some(10.0), None)
        );
        assert!(bed.mails().await.is_empty());

        bed.count("/a", errors(1)).await;
        bed.minutes(3).await;
        let seen = bed.get(rule.id).await;
        assert_eq!(
            (seen.rule.state, seen.rule.measured),
            (AlertState::Firing, Some(11.0))
        );
        assert_eq!(seen.firings.len(), 1);
        assert_eq!(seen.firings[0].begun_at, seen.rule.since);
        assert_eq!(
            (seen.firings[0].ended_at, seen.firings[0].measured),
            (None, 11.0)
        );
        let mails = bed.mails().await;
        assert_eq!(mails.len(), 1);
        let expected = "Firing: requests with a server error of /a, in the last 5 minutes: 11 (it fires above 10)";
        assert!(
            mails[0].replace('\n', " ").contains(expected),
            "{}",
            mails[0]
        );

        // Five minutes later nothing of it lies in the window any more.
        bed.minutes(5).await;
        let seen = bed.get(rule.id).await;
        assert_eq!(
            (seen.rule.state, seen.firings[0].ended_at.is_some()),
            (AlertState::Ok, true)
        );
        let mails = bed.mails().await;
        assert_eq!(mails.len(), 2);
        assert!(mails[1].contains("Over: requests"), "{}", mails[1]);

        bed.count("/a", errors(20)).await;
        bed.minutes(2).await;
        let seen = bed.get(rule.id).await;
        assert_eq!((seen.firings.len(), bed.mails().await.len()), (2, 3));
        assert!((seen.firings[0].measured - 20.0).abs() < 1e-9);
    }
}

#[tokio::test]
async fn a_rate_is_the_number_per_minute() {
    for bed in beds().await {
        let condition =
            json!({"kind": "rate", "metric": "refusals", "comparison": "above", "value": 2});
        let rule = bed.rule(condition, json!({})).await.rule;
        let refused = |refusals| Counted {
            requests: refusals,
            failures: refusals,
            refusals,
            ..Counted::default()
        };
        bed.count("/a", refused(10)).await;
        bed.evaluate().await;
        assert_eq!(state(&bed, rule.id).await, AlertState::Ok);
        bed.count("/b", refused(5)).await;
        bed.minutes(2).await;
        let seen = bed.get(rule.id).await.rule;
        assert_eq!((seen.state, seen.measured), (AlertState::Firing, Some(3.0)));
        bed.minutes(5).await;
        assert_eq!(state(&bed, rule.id).await, AlertState::Ok);
        assert_eq!(bed.mails().await.len(), 2);
    }
}

#[tokio::test]
async fn an_absence_fires_after_a_whole_window_without_any() {
    for bed in beds().await {
        let rule = bed
            .rule(
                json!({"kind": "absence", "metric": "requests"}),
                json!({"subject": "/a", "organisation": FIRST}),
            )
            .await
            .rule;
        let own = |number| Counted {
            organisation: FIRST,
            ..requests(number)
        };
        bed.count("/a", requests(5)).await;
        bed.count("/b", own(5)).await;
        bed.minutes(4).await;
        assert_eq!(state(&bed, rule.id).await, AlertState::Ok);
        bed.minutes(3).await;
        assert_eq!(state(&bed, rule.id).await, AlertState::Firing);
        assert_eq!(bed.mails().await.len(), 1);
        bed.count("/a", own(1)).await;
        bed.minutes(1).await;
        assert_eq!(state(&bed, rule.id).await, AlertState::Ok);
        let mails = bed.mails().await;
        assert!(mails.len() == 2 && mails[1].contains("Over:"), "{mails:?}");
    }
}

#[tokio::test]
async fn jobs_that_wait_or_were_given_up_are_counted() {
    for bed in beds().await {
        let above = |metric| json!({"kind": "threshold", "metric": metric, "comparison": "above", "value": 0});
        let nobody = json!({"recipients": [], "subject": "test.kind"});
        let waiting = bed.rule(above("jobs_waiting"), nobody.clone()).await.rule;
        let dead = bed.rule(above("jobs_dead"), nobody).await.rule;
        bed.job("test.other", JobState::Dead).await;
        bed.job("test.other", JobState::Waiting).await;
        bed.minutes(1).await;
        let states = async || (state(&bed, waiting.id).await, state(&bed, dead.id).await);
        assert_eq!(states().await, (AlertState::Ok, AlertState::Ok));
        bed.job("test.kind", JobState::Waiting).await;
        bed.job("test.kind", JobState::Dead).await;
        bed.minutes(1).await;
        assert_eq!(states().await, (AlertState::Firing, AlertState::Firing));
        // Those that were given up longer ago than the window are no news.
        bed.minutes(5).await;
        assert_eq!(states().await, (AlertState::Firing, AlertState::Ok));
        assert!(bed.get(dead.id).await.firings[0].ended_at.is_some());
    }
}

#[tokio::test]
async fn what_cannot_be_evaluated_keeps_its_state_and_says_why() {
    for bed in beds().await {
        let slow = json!({"kind": "threshold", "metric": "mean_milliseconds", "comparison": "above", "value": 50});
        let share = json!({"kind": "threshold", "metric": "server_error_percent", "comparison": "above", "value": 20});
        let slow = bed.rule(slow, json!({})).await.rule;
        let share = bed.rule(share, json!({})).await.rule;
        let foreign = bed
            .rule(json!({"kind": "absence", "metric": "requests"}), json!({}))
            .await
            .rule;
        alert_rule::Entity::update_many()
            .col_expr(
                alert_rule::Column::Condition,
                Expr::value(json!({"kind": "of the future"})),
            )
            .filter(alert_rule::Column::Id.eq(foreign.id))
            .exec(bed.world.foundation.database.writer())
            .await
            .unwrap();
        bed.evaluate().await;
        for id in [slow.id, share.id, foreign.id] {
            let seen = bed.get(id).await.rule;
            assert_eq!((seen.state, seen.measured), (AlertState::Ok, None));
            assert!(seen.problem.is_some());
        }
        let counted = Counted {
            requests: 4,
            failures: 1,
            server_errors: 1,
            milliseconds: 400,
            ..Counted::default()
        };
        bed.count("/a", counted).await;
        bed.evaluate().await;
        let seen = bed.get(slow.id).await.rule;
        assert_eq!(
            (seen.state, seen.measured, seen.problem),
            (AlertState::Firing, Some(100.0), None)
        );
        assert_eq!(bed.get(share.id).await.rule.measured, Some(25.0));
        bed.minutes(6).await;
        let seen = bed.get(slow.id).await.rule;
        assert!(seen.problem.unwrap().contains("no requests"));
        assert_eq!(seen.state, AlertState::Firing);
        assert_eq!(bed.mails().await.len(), 2);

        let renamed = bed
            .alerts
            .change(foreign.id, change(json!({"name": "x"})), &requester())
            .await;
        assert!(matches!(renamed, Err(AlertError::Unreadable)));
        let mended = change(json!({"condition": {"kind": "absence", "metric": "requests"}}));
        let mended = bed.alerts.change(foreign.id, mended, &requester()).await;
        assert!(mended.unwrap().condition.is_some());
    }
}

#[tokio::test]
async fn two_evaluations_at_the_same_time_tell_once() {
    for bed in beds().await {
        let condition =
            json!({"kind": "threshold", "metric": "requests", "comparison": "above", "value": 0});
        let rule = bed.rule(condition, json!({})).await.rule;
        bed.count("/a", requests(1)).await;
        let job = EvaluateJob::new(bed.alerts.clone());
        let mut both = Vec::new();
        for _ in 0..2 {
            both.push(job.work(&running(json!(null))).await.unwrap());
        }
        for effects in both {
            let transaction = bed.world.foundation.database.begin().await.unwrap();
            effects.apply(&transaction).await.unwrap();
            transaction.commit().await.unwrap();
        }
        assert_eq!(bed.get(rule.id).await.firings.len(), 1);
        assert_eq!(bed.mails().await.len(), 1);
    }
}

#[tokio::test]
async fn a_verdict_about_an_older_rule_is_none() {
    for bed in beds().await {
        let condition =
            json!({"kind": "threshold", "metric": "requests", "comparison": "above", "value": 0});
        let rule = bed.rule(condition, json!({})).await.rule;
        bed.count("/a", requests(1)).await;
        let job = EvaluateJob::new(bed.alerts.clone());
        let effects = job.work(&running(json!(null))).await.unwrap();
        let higher = change(json!({"condition":
            {"kind": "threshold", "metric": "requests", "comparison": "above", "value": 9}}));
        bed.alerts
            .change(rule.id, higher, &requester())
            .await
            .unwrap();
        let transaction = bed.world.foundation.database.begin().await.unwrap();
        effects.apply(&transaction).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(state(&bed, rule.id).await, AlertState::Ok);
    }
}

#[tokio::test]
async fn switching_a_firing_rule_off_ends_it() {
    for bed in beds().await {
        let condition =
            json!({"kind": "threshold", "metric": "requests", "comparison": "above", "value": 0});
        let rule = bed.rule(condition, json!({})).await.rule;
        bed.count("/a", requests(1)).await;
        bed.evaluate().await;
        let off = change(json!({"enabled": false}));
        let off = bed.alerts.change(rule.id, off, &requester()).await.unwrap();
        assert_eq!((off.state, off.enabled), (AlertState::Ok, false));
        bed.minutes(1).await;
        let mails = bed.mails().await;
        assert!(
            mails.len() == 2 && mails[1].contains("switched off"),
            "{mails:?}"
        );
        assert_eq!(bed.get(rule.id).await.firings.len(), 1);
    }
}

#[tokio::test]
async fn only_the_last_firings_are_kept() {
    for bed in beds().await {
        let condition = json!({"kind": "threshold", "metric": "jobs_waiting", "comparison": "above", "value": 0});
        let more = json!({"recipients": [], "subject": "test.kind"});
        let rule = bed.rule(condition, more).await.rule;
        for _ in 0..103 {
            let job = bed.job("test.kind", JobState::Waiting).await;
            bed.minutes(1).await;
            crate::entity::job::Entity::delete_by_id(job)
                .exec(bed.world.foundation.database.writer())
                .await
                .unwrap();
            bed.minutes(1).await;
        }
        let firings = bed.get(rule.id).await.firings;
        assert_eq!(firings.len(), 100);
        assert!(firings.iter().all(|firing| firing.ended_at.is_some()));
        assert!(firings.is_sorted_by(|left, right| left.begun_at > right.begun_at));
    }
}
