//! A stream's permission, looked at again while the stream goes on.
//!
//! A request is checked once, but a stream may last for hours: meanwhile its key may be revoked, its session ended, its
//! account leave the organisation, or a new access rule forbid its address. So the same [`Gate`] and [`Authenticator`] that
//! let it in are asked again every now and then. A client secret opens streams for some minutes; what it opened goes on as
//! long as whoever made it might. Only a definite no ends a stream: while the database cannot be reached it goes on, as its
//! caller's next look will tell.

use std::{net::IpAddr, time::Duration};

use axum::http::StatusCode;
use tokio::{
    sync::oneshot,
    task::AbortHandle,
    time::{sleep, timeout},
};

use crate::{
    access::{Authorized, Caller, ClientSecret, permission::EngineUse},
    features::{access_rules::Gate, sessions::Authenticator},
    http::Fault,
};

/// Longest that one look may take; the next one comes anyway.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a stream was let in by.
pub struct Permission {
    /// The rules in force.
    pub gate: Gate,
    /// From where it came.
    pub address: IpAddr,
    /// What was asked for, which says which rules are about it.
    pub path: String,
    /// Who it is, where a credential was asked for.
    pub bearer: Option<Bearer>,
}

/// Who opened a stream, and what knows whether they still might.
pub struct Bearer {
    /// Finds callers.
    pub authenticator: Authenticator,
    /// As it was found then.
    pub caller: Caller,
    /// The client secret that it came with.
    pub secret: Option<ClientSecret>,
}

/// Looks at a permission until it is dropped.
pub struct Watch {
    told: oneshot::Receiver<Fault>,
    task: AbortHandle,
}

impl Permission {
    /// Looks at it every so often. On a task of its own: a stream that is busy must not keep a database connection from
    /// others in the middle of a look.
    pub fn watch(self, every: Duration) -> Watch {
        let (tell, told) = oneshot::channel();
        let task = tokio::spawn(async move {
            // Nobody may be listening any more.
            tell.send(self.lost(every).await).ok();
        });
        Watch {
            told,
            task: task.abort_handle(),
        }
    }

    /// Why it is gone, once it is.
    async fn lost(&self, every: Duration) -> Fault {
        loop {
            sleep(every).await;
            match timeout(PATIENCE, self.check()).await {
                Ok(Ok(())) => {}
                Ok(Err(fault)) => return fault,
                Err(_) => tracing::warn!("a stream's permission could not be checked in time"),
            }
        }
    }

    async fn check(&self) -> Result<(), Fault> {
        self.gate.keep(self.address, &self.path)?;
        match &self.bearer {
            Some(bearer) => bearer.check().await,
            None => Ok(()),
        }
    }
}

impl Bearer {
    async fn check(&self) -> Result<(), Fault> {
        let secret = self.secret.as_ref();
        match self.authenticator.again(&self.caller, secret).await {
            Ok(Some(found)) => Authorized::<EngineUse>::check(found.caller).map(drop),
            Ok(None) => Err(over()),
            Err(error) => {
                // No answer is no refusal.
                tracing::warn!(%error, "a stream's permission could not be checked");
                Ok(())
            }
        }
    }
}

impl Watch {
    /// Why the permission is gone, once it is. To be asked until then and not again.
    pub async fn refusal(&mut self) -> Fault {
        let told = (&mut self.told).await;
        // Whom nobody watches may not stay.
        told.unwrap_or_else(|_| Fault::internal("nobody looks at a stream's permission any more"))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn over() -> Fault {
    let message = "the key, session or secret that opened this stream is revoked or over";
    Fault::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{
        access::Role,
        config::AccessSettings,
        features::{
            access_rules::Mode,
            api_keys::NewKey,
            testing::{World, from, sqlite_world, worlds},
        },
    };

    const ADA: &str = "ada@example.org";
    const PATH: &str = "/v1/listen";

    fn permission(world: &World, caller: Caller, secret: Option<ClientSecret>) -> Permission {
        Permission {
            gate: Gate::new(&AccessSettings::default()).unwrap(),
            address: "203.0.113.7".parse().unwrap(),
            path: PATH.to_owned(),
            bearer: Some(Bearer {
                authenticator: world.authenticator.clone(),
                caller,
                secret,
            }),
        }
    }

    async fn key(world: &World) -> Caller {
        let made = world.keys.create(NewKey::client("a device")).await.unwrap();
        world.caller(&made.key).await.unwrap()
    }

    async fn revoke(world: &World, key: Caller) {
        let revoked = world.keys.revoke(key.actor.id(), None, None);
        revoked.await.unwrap();
    }

    async fn refusal(permission: &Permission) -> Option<&'static str> {
        permission.check().await.err().map(|fault| fault.code)
    }

    #[tokio::test]
    async fn a_revoked_key_ends_its_stream() {
        for world in worlds().await {
            let caller = key(&world).await;
            let mut watch = permission(&world, caller, None).watch(Duration::from_millis(5));
            let early = timeout(Duration::from_millis(50), watch.refusal());
            assert!(early.await.is_err(), "the key is good");
            revoke(&world, caller).await;
            let told = timeout(Duration::from_secs(30), watch.refusal()).await;
            assert_eq!(told.unwrap().code, "invalid_api_key");
        }
    }

    #[tokio::test]
    async fn a_session_counts_not_its_token() {
        for world in worlds().await {
            let caller = world.member(ADA, Role::Member).await;
            let stream = {
                let token = world.session(ADA).await.access_token;
                permission(&world, world.caller(&token).await.unwrap(), None)
            };
            world.wait(Duration::from_hours(1));
            assert_eq!(refusal(&stream).await, None, "only the token is over");
            let transaction = world.foundation.database.begin().await.unwrap();
            let account = caller.actor.id();
            world
                .families
                .end_all(&transaction, account, None, "test")
                .await
                .unwrap();
            transaction.commit().await.unwrap();
            assert_eq!(refusal(&stream).await, Some("invalid_api_key"));
        }
    }

    #[tokio::test]
    async fn a_session_that_slept_too_long_ends_its_stream() {
        for world in worlds().await {
            let caller = world.member(ADA, Role::Member).await;
            let stream = permission(&world, caller, None);
            world.wait(Duration::from_hours(24));
            assert_eq!(refusal(&stream).await, None);
            world.wait(Duration::from_hours(24 * 14));
            assert_eq!(refusal(&stream).await, Some("invalid_api_key"));
        }
    }

    #[tokio::test]
    async fn a_session_that_works_elsewhere_by_now_keeps_its_streams() {
        for world in worlds().await {
            let owner = world.member("bob@example.org", Role::Owner).await;
            // Its session is in Ada's own organisation, the stream was opened in this one.
            let caller = world.member(ADA, Role::Member).await;
            let stream = permission(&world, caller, None);
            assert_eq!(refusal(&stream).await, None);
            let (organisations, id) = (&world.organisations, caller.actor.id());
            let origin = from("203.0.113.7");
            organisations
                .take_out(&owner, owner.organisation, id, &origin)
                .await
                .unwrap();
            assert_eq!(refusal(&stream).await, Some("scope_required"));
        }
    }

    #[tokio::test]
    async fn whoever_may_not_use_the_engine_any_more_is_told_so() {
        for world in worlds().await {
            let ada = world.member(ADA, Role::Owner).await;
            let bob = world.member("bob@example.org", Role::Editor).await;
            let origin = from("203.0.113.7");
            let made = world
                .keys
                .create_for(&bob, NewKey::client("bob's"), &origin);
            let caller = world.caller(&made.await.unwrap().key).await.unwrap();
            let stream = permission(&world, caller, None);
            assert_eq!(refusal(&stream).await, None);
            let (organisations, id) = (&world.organisations, bob.actor.id());
            organisations
                .set_role(&ada, ada.organisation, id, Role::Viewer, &origin)
                .await
                .unwrap();
            assert_eq!(refusal(&stream).await, Some("scope_required"));
            organisations
                .take_out(&ada, ada.organisation, id, &origin)
                .await
                .unwrap();
            assert_eq!(refusal(&stream).await, Some("invalid_api_key"));
        }
    }

    #[tokio::test]
    async fn what_a_client_secret_opened_outlives_it_but_not_its_maker() {
        for world in worlds().await {
            let caller = key(&world).await;
            let end = world.foundation.now() + 60_000;
            let secret = || Some(ClientSecret::new(&caller, PATH, end, Value::Null));
            let stream = permission(&world, caller, secret());
            assert_eq!(refusal(&stream).await, None);
            world.wait(Duration::from_secs(61));
            assert_eq!(refusal(&stream).await, None);
            revoke(&world, caller).await;
            assert_eq!(refusal(&stream).await, Some("invalid_api_key"));
        }
    }

    #[tokio::test]
    async fn a_new_rule_ends_streams_from_its_addresses() {
        let world = sqlite_world().await;
        let stream = permission(&world, key(&world).await, None);
        let deny = toml::from_str("effect = 'deny'\nnetwork = '203.0.113.0/24'").unwrap();
        let gate = &stream.gate;
        gate.replace(gate.combine(Some(Mode::DryRun), [deny]));
        assert_eq!(refusal(&stream).await, None);
        gate.replace(gate.combine(None, [deny]));
        assert_eq!(refusal(&stream).await, Some("address_refused"));
    }

    #[tokio::test]
    async fn a_database_that_is_away_ends_none() {
        let world = sqlite_world().await;
        let stream = permission(&world, key(&world).await, None);
        world.foundation.database.clone().close().await.unwrap();
        assert_eq!(refusal(&stream).await, None);
    }
}
