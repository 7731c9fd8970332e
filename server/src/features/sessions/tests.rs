//! The use cases on both databases.

use std::{collections::HashSet, time::Duration};

use futures::future::join_all;

use crate::features::testing::{PASSWORD, World, credentials, from, sqlite_world, worlds};

const ADA: &str = "ada@example.org";
const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

async fn refresh(world: &World, token: &str) -> Result<String, &'static str> {
    let origin = from("203.0.113.7");
    let refreshed = world.login.refresh().refresh(token, &origin).await;
    let refreshed = refreshed.map_err(|fault| fault.code)?;
    Ok(refreshed.refresh_token)
}

async fn login_from(world: &World, address: &str, password: &str) -> Result<(), &'static str> {
    let origin = from(address);
    let begun = world.login.login(credentials(ADA, password), &origin).await;
    begun.map(drop).map_err(|fault| fault.code)
}

#[tokio::test]
async fn a_refresh_token_is_good_for_one_child() {
    for world in worlds().await {
        world.person(ADA).await;
        let first = world.session(ADA).await.refresh_token;
        let second = refresh(&world, &first).await.unwrap();
        assert_ne!(first, second);
        // The reply may have been lost: the same child again.
        world.wait(Duration::from_secs(9));
        assert_eq!(refresh(&world, &first).await.unwrap(), second);
        let third = refresh(&world, &second).await.unwrap();
        world.wait(Duration::from_secs(11));
        assert_eq!(refresh(&world, &first).await, Err("refresh_token_reused"));
        assert_eq!(refresh(&world, &third).await, Err("session_over"));
        assert_eq!(
            refresh(&world, "lrt_unknown").await,
            Err("refresh_token_unknown")
        );
        assert_eq!(world.mails(ADA).await, 1);
        let actions = world.actions().await;
        assert!(
            actions.contains(&"session.token_reuse".to_owned()),
            "{actions:?}"
        );
        assert!(world.audit.verify(None).await.unwrap().fault.is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_32_refreshes_at_once_all_get_the_same_child() {
    for world in worlds().await {
        world.person(ADA).await;
        let mut token = world.session(ADA).await.refresh_token;
        for _round in 0..5 {
            let all = join_all((0..32).map(|_| refresh(&world, &token))).await;
            let children: HashSet<_> = all.into_iter().collect();
            assert_eq!(children.len(), 1, "{children:?}");
            token = children.into_iter().next().unwrap().unwrap();
        }
        let sessions = world.families.list(
            world
                .caller(&world.session(ADA).await.access_token)
                .await
                .unwrap()
                .actor
                .id(),
            None,
        );
        let alive = sessions.await.unwrap();
        assert!(alive.iter().all(|session| session.ended_at.is_none()));
    }
}

#[tokio::test]
async fn sessions_end_when_unused_and_in_any_case() {
    for world in worlds().await {
        world.person(ADA).await;
        let idle = world.session(ADA).await.refresh_token;
        let mut used = world.session(ADA).await.refresh_token;
        for _ in 0..6 {
            world.wait(13 * DAY);
            used = refresh(&world, &used).await.unwrap();
        }
        assert_eq!(refresh(&world, &idle).await, Err("session_over"));
        world.wait(13 * DAY);
        assert_eq!(refresh(&world, &used).await, Err("session_over"), "91 days");
    }
}

#[tokio::test]
async fn an_access_token_lives_ten_minutes_and_dies_with_its_session() {
    for world in worlds().await {
        world.person(ADA).await;
        let session = world.session(ADA).await;
        let caller = world.caller(&session.access_token).await.unwrap();
        world.wait(9 * MINUTE);
        assert!(world.caller(&session.access_token).await.is_some());
        world.wait(2 * MINUTE);
        assert!(world.caller(&session.access_token).await.is_none());
        let other = world.session(ADA).await;
        assert!(world.caller(&other.access_token).await.is_some());
        let transaction = world.foundation.database.begin().await.unwrap();
        let account = caller.actor.id();
        world
            .families
            .end_all(&transaction, account, None, "test")
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        world.families.forget_callers();
        assert!(world.caller(&other.access_token).await.is_none());
    }
}

#[tokio::test]
async fn tokens_that_were_not_signed_here_open_nothing() {
    let world = sqlite_world().await;
    world.person(ADA).await;
    let token = world.session(ADA).await.access_token;
    let parts: Vec<&str> = token.split('.').collect();
    let other = sqlite_world().await;
    other.person(ADA).await;
    let others = other.session(ADA).await.access_token;
    let signature = others.rsplit_once('.').unwrap().1;
    for forged in [
        String::new(),
        "..".to_owned(),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}.{signature}", parts[0], parts[1]),
        // {"alg":"none","kid":"683"} and {"alg":"HS256","kid":"683"}
        format!("eyJhbGciOiJub25lIiwia2lkIjoiNjgzIn0.{}.", parts[1]),
        format!(
            "eyJhbGciOiJIUzI1NiIsImtpZCI6IjY4MyJ9.{}.{}",
            parts[1], parts[2]
        ),
        token[..token.len() - 2].to_owned(),
    ] {
        assert!(world.caller(&forged).await.is_none(), "{forged}");
    }
    assert!(world.caller(&token).await.is_some());
}

#[tokio::test]
async fn signing_keys_change_and_the_last_one_is_still_believed() {
    let world = sqlite_world().await;
    world.person(ADA).await;
    let key_ids = || serde_json::to_value(world.tokens.key_set()).unwrap();
    let before = key_ids();
    world.wait(30 * DAY);
    let after = key_ids();
    assert_ne!(before["keys"][0]["kid"], after["keys"][0]["kid"]);
    assert_eq!(before["keys"][0], after["keys"][1]);
    assert_eq!(before["keys"][2], after["keys"][0]);
}

#[tokio::test]
async fn five_failures_lock_a_prefix_out_and_nobody_else() {
    for world in worlds().await {
        world.person(ADA).await;
        let session = world.session(ADA).await;
        for _ in 0..5 {
            assert_eq!(
                login_from(&world, "198.51.100.1", "wrong").await,
                Err("invalid_credentials")
            );
        }
        assert_eq!(
            login_from(&world, "198.51.100.1", PASSWORD).await,
            Err("locked_out")
        );
        assert_eq!(login_from(&world, "198.51.100.2", PASSWORD).await, Ok(()));
        refresh(&world, &session.refresh_token).await.unwrap();
        assert_eq!(world.mails(ADA).await, 1);
        world.wait(14 * MINUTE);
        assert_eq!(
            login_from(&world, "198.51.100.1", PASSWORD).await,
            Err("locked_out")
        );
        world.wait(2 * MINUTE);
        // It grows: five more failures lock out for half an hour.
        for _ in 0..5 {
            assert_eq!(
                login_from(&world, "198.51.100.1", "wrong").await,
                Err("invalid_credentials")
            );
        }
        world.wait(29 * MINUTE);
        assert_eq!(
            login_from(&world, "198.51.100.1", PASSWORD).await,
            Err("locked_out")
        );
        world.wait(2 * MINUTE);
        assert_eq!(login_from(&world, "198.51.100.1", PASSWORD).await, Ok(()));
    }
}

/// Somebody who tries many passwords at once gets no more of them than one after the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_once_are_counted_too() {
    for world in worlds().await {
        world.person(ADA).await;
        let all = join_all((0..40).map(|_| login_from(&world, "198.51.100.1", "wrong"))).await;
        let looked = all.iter().filter(|one| **one == Err("invalid_credentials"));
        assert_eq!(looked.count(), 5);
    }
}

/// Whoever logs in several times at once with the right password is not taken for one who guesses.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn good_logins_at_once_lock_nobody_out() {
    for world in worlds().await {
        world.person(ADA).await;
        let all = join_all((0..8).map(|_| login_from(&world, "198.51.100.1", PASSWORD))).await;
        assert!(all.contains(&Ok(())), "{all:?}");
        let fine = |one: &Result<(), &str>| matches!(one, Ok(()) | Err("logins_pending"));
        assert!(all.iter().all(fine), "{all:?}");
        assert_eq!(login_from(&world, "198.51.100.1", PASSWORD).await, Ok(()));
    }
}

#[tokio::test]
async fn under_siege_only_known_devices_log_in() {
    for world in worlds().await {
        world.person(ADA).await;
        let origin = from("203.0.113.7");
        let begun = world
            .login
            .login(credentials(ADA, PASSWORD), &origin)
            .await
            .unwrap();
        let device = begun.device.unwrap();
        for guess in 0..50 {
            let address = format!("198.51.100.{guess}");
            assert_eq!(
                login_from(&world, &address, "wrong").await,
                Err("invalid_credentials")
            );
        }
        // Right or wrong, a new device learns nothing; the owner gets a mail for the right one.
        assert_eq!(
            login_from(&world, "192.0.2.1", "wrong").await,
            Err("device_unknown")
        );
        assert_eq!(world.mails(ADA).await, 1, "the owner is told that it began");
        assert_eq!(
            login_from(&world, "192.0.2.2", PASSWORD).await,
            Err("device_unknown")
        );
        let mut known = credentials(ADA, PASSWORD);
        known.device = Some(device);
        world.login.login(known, &origin).await.unwrap();
        let token = world.mailed_token(ADA).await;
        let mut new = credentials(ADA, PASSWORD);
        new.device = Some(
            world
                .login
                .devices()
                .confirm(&token, &origin)
                .await
                .unwrap(),
        );
        world.login.login(new, &from("192.0.2.3")).await.unwrap();
        world.wait(61 * MINUTE);
        assert_eq!(login_from(&world, "192.0.2.4", PASSWORD).await, Ok(()));
    }
}

/// Median time to refuse a login: with a wrong password, and without an account.
#[tokio::test]
async fn time_does_not_tell_whether_an_account_exists() {
    let world = sqlite_world().await;
    world.person(ADA).await;
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..30 {
        for (kind, email) in [ADA, "nobody@example.org"].into_iter().enumerate() {
            let origin = from(&format!("198.51.100.{round}"));
            let started = std::time::Instant::now();
            let refused = world
                .login
                .login(credentials(email, "wrong"), &origin)
                .await;
            assert_eq!(refused.err().unwrap().code, "invalid_credentials");
            times[kind].push(started.elapsed());
        }
    }
    let [with, without] = times.map(|mut times| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    });
    let ratio = with / without;
    assert!(
        (0.7..1.4).contains(&ratio),
        "with {with} s, without {without} s"
    );
}
