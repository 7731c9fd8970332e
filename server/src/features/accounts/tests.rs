//! The use cases on both databases.

use std::time::Duration;

use crate::{
    features::testing::{PASSWORD, World, credentials, from, newcomer, worlds},
    http::{EmailAddress, Fault},
};

const ADA: &str = "ada@example.org";
const HOUR: Duration = Duration::from_hours(1);

fn email(text: &str) -> EmailAddress {
    EmailAddress::new(text).unwrap()
}

async fn login(world: &World, password: &str) -> Result<(), Fault> {
    let origin = from("203.0.113.7");
    let begun = world.login.login(credentials(ADA, password), &origin).await;
    begun.map(drop)
}

#[tokio::test]
async fn a_registration_is_proved_by_its_mail_once() {
    for world in worlds().await {
        let origin = from("203.0.113.7");
        world
            .accounts
            .register(newcomer(ADA), &origin)
            .await
            .unwrap();
        assert_eq!(
            login(&world, PASSWORD).await.unwrap_err().code,
            "invalid_credentials"
        );
        let token = world.mailed_token(ADA).await;
        let verified = world.accounts.verify(&token, &origin).await.unwrap();
        assert_eq!(verified.status, "verified");
        let again = world.accounts.verify(&token, &origin).await.unwrap_err();
        assert_eq!((again.status.as_u16(), again.code), (422, "token_used"));
        login(&world, PASSWORD).await.unwrap();
        let memberships = world
            .organisations
            .of_account(verified.account)
            .await
            .unwrap();
        assert!(memberships.len() == 1 && memberships[0].organisation.personal);
    }
}

#[tokio::test]
async fn every_reason_why_a_token_is_no_good_has_its_code() {
    for world in worlds().await {
        let origin = from("203.0.113.7");
        world
            .accounts
            .register(newcomer(ADA), &origin)
            .await
            .unwrap();
        let token = world.mailed_token(ADA).await;
        let mut forged = token.clone();
        forged.replace_range(30..31, if &token[30..31] == "A" { "B" } else { "A" });
        for text in ["", "x", &forged, &"A".repeat(64)] {
            let refused = world.accounts.verify(text, &origin).await.unwrap_err();
            assert_eq!(refused.code, "token_unknown", "{text}");
        }
        let reset = world.accounts.reset(&token, PASSWORD, &origin).await;
        assert_eq!(
            reset.unwrap_err().code,
            "token_unknown",
            "made for something else"
        );
        world.wait(49 * HOUR);
        let late = world.accounts.verify(&token, &origin).await.unwrap_err();
        assert_eq!(late.code, "token_expired");
        world.accounts.resend(&email(ADA)).await.unwrap();
        let fresh = world.mailed_token(ADA).await;
        world.accounts.verify(&fresh, &origin).await.unwrap();
    }
}

/// Whoever registers somebody else's address first does not choose their password.
#[tokio::test]
async fn an_address_is_its_owners_whoever_registered_it_first() {
    for world in worlds().await {
        let origin = from("203.0.113.7");
        let mut squatter = newcomer(ADA);
        squatter.password = "violet engine crossing meadow".into();
        world.accounts.register(squatter, &origin).await.unwrap();
        let squatters = world.mailed_token(ADA).await;
        world
            .accounts
            .register(newcomer(ADA), &origin)
            .await
            .unwrap();
        let owners = world.mailed_token(ADA).await;
        world.accounts.verify(&owners, &origin).await.unwrap();
        let refused = world
            .accounts
            .verify(&squatters, &origin)
            .await
            .unwrap_err();
        assert!(
            ["token_used", "token_unknown"].contains(&refused.code),
            "{}",
            refused.code
        );
        login(&world, PASSWORD).await.unwrap();
        assert!(
            login(&world, "violet engine crossing meadow")
                .await
                .is_err()
        );
        // Registering it once more tells the owner, and nobody else.
        world
            .accounts
            .register(newcomer(ADA), &origin)
            .await
            .unwrap();
        world.work().await;
        let last = world.mail.sent().pop().unwrap();
        assert_eq!(last.to, ADA);
        assert!(!last.text.contains("token="), "{}", last.text);
    }
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_and_ends_sessions() {
    for world in worlds().await {
        let origin = from("203.0.113.7");
        world.person(ADA).await;
        let before = world.session(ADA).await;
        world
            .accounts
            .forgot(&email("nobody@example.org"))
            .await
            .unwrap();
        assert_eq!(world.mails("nobody@example.org").await, 0);
        world
            .accounts
            .forgot(&email("ADA@Example.org"))
            .await
            .unwrap();
        let token = world.mailed_token(ADA).await;
        let weak = world.accounts.reset(&token, "password1234", &origin).await;
        assert_eq!(weak.unwrap_err().fields[0].field, "password");
        let same = world.accounts.reset(&token, PASSWORD, &origin).await;
        assert!(same.unwrap_err().message.contains("last 4"));
        let new = "violet engine crossing meadow";
        world.accounts.reset(&token, new, &origin).await.unwrap();
        assert!(world.caller(&before.access_token).await.is_none());
        assert!(login(&world, PASSWORD).await.is_err());
        login(&world, new).await.unwrap();
        let again = world
            .accounts
            .reset(&token, "another walnut tree sings", &origin)
            .await;
        assert_eq!(again.unwrap_err().code, "token_used");
    }
}

#[tokio::test]
async fn a_changed_password_spares_the_session_and_remembers_the_old_ones() {
    for world in worlds().await {
        let origin = from("203.0.113.7");
        world.person(ADA).await;
        let (mine, other) = (world.session(ADA).await, world.session(ADA).await);
        let caller = world.caller(&mine.access_token).await.unwrap();
        let wrong = world.accounts.change(&caller, "wrong", "x", &origin).await;
        assert_eq!(wrong.unwrap_err().code, "wrong_password");
        let passwords = [
            PASSWORD,
            "violet engine crossing meadow",
            "another walnut tree sings",
            "copper kettle under snow",
            "seven lanterns by the pier",
        ];
        for pair in passwords.windows(2) {
            world.wait(HOUR);
            let change = world.accounts.change(&caller, pair[0], pair[1], &origin);
            change.await.unwrap();
        }
        assert!(world.caller(&other.access_token).await.is_none());
        // Four are remembered: the first may come again, the second not.
        let taken = world
            .accounts
            .change(&caller, passwords[4], passwords[1], &origin);
        assert!(taken.await.is_err());
        let old = world
            .accounts
            .change(&caller, passwords[4], passwords[0], &origin);
        old.await.unwrap();
        assert_eq!(world.mails(ADA).await, 5);
    }
}

#[tokio::test]
async fn a_second_factor_opens_once_and_recovery_codes_too() {
    for world in worlds().await {
        let origin = from("203.0.113.7");
        world.person(ADA).await;
        let session = world.session(ADA).await;
        let caller = world.caller(&session.access_token).await.unwrap();
        let wrong = world.accounts.enrol(&caller, "no", &origin).await;
        assert_eq!(wrong.map(drop).unwrap_err().code, "wrong_password");
        let enrolment = world.accounts.enrol(&caller, PASSWORD, &origin);
        let enrolment = enrolment.await.unwrap();
        let authenticator = totp_rs::Totp::from_url(&enrolment.link).unwrap();
        let code = || {
            let seconds = world.foundation.now() / 1000;
            authenticator
                .generate(seconds.try_into().unwrap())
                .to_string()
        };
        // Until it is confirmed logins do without.
        login(&world, PASSWORD).await.unwrap();
        let first = code();
        let confirmed = world
            .accounts
            .confirm(&caller, &first, &origin)
            .await
            .unwrap();
        assert_eq!(confirmed.recovery_codes.len(), 10);
        let actions = world.actions().await;
        for action in [
            "account.confirm_password",
            "second_factor.offer",
            "second_factor.confirm",
        ] {
            assert!(actions.iter().any(|known| known == action), "{actions:?}");
        }
        let with = async |code: Option<String>| {
            let mut credentials = credentials(ADA, PASSWORD);
            credentials.code = code;
            world
                .login
                .login(credentials, &origin)
                .await
                .map(drop)
                .map_err(|fault| fault.code)
        };
        assert_eq!(with(None).await, Err("second_factor_required"));
        assert_eq!(
            with(Some(first)).await,
            Err("invalid_credentials"),
            "it was used"
        );
        world.wait(Duration::from_secs(30));
        let next = code();
        assert_eq!(with(Some(next.clone())).await, Ok(()));
        assert_eq!(with(Some(next)).await, Err("invalid_credentials"));
        let recovery = confirmed.recovery_codes[3].to_uppercase();
        assert_eq!(with(Some(recovery.clone())).await, Ok(()));
        assert_eq!(with(Some(recovery)).await, Err("invalid_credentials"));
        world.wait(Duration::from_mins(10));
        let last = code();
        let removal = world
            .accounts
            .remove_second_factor(&caller, PASSWORD, &last, &origin);
        removal.await.unwrap();
        assert_eq!(with(None).await, Ok(()));
    }
}

#[tokio::test]
async fn a_removed_account_is_gone_with_all_that_was_its() {
    for world in worlds().await {
        let origin = from("203.0.113.7");
        let id = world.person(ADA).await;
        let session = world.session(ADA).await;
        let caller = world.caller(&session.access_token).await.unwrap();
        let wrong = world.accounts.remove(&caller, "wrong", &origin).await;
        assert_eq!(wrong.unwrap_err().code, "wrong_password");
        world
            .accounts
            .remove(&caller, PASSWORD, &origin)
            .await
            .unwrap();
        assert!(world.caller(&session.access_token).await.is_none());
        assert!(login(&world, PASSWORD).await.is_err());
        assert!(world.organisations.of_account(id).await.unwrap().is_empty());
        world.person(ADA).await;
        login(&world, PASSWORD).await.unwrap();
        let actions = world.actions().await;
        assert!(
            actions.contains(&"account.remove".to_owned()),
            "{actions:?}"
        );
    }
}
