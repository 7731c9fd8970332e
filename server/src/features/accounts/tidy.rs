//! Removes what nobody needs any more: registrations that were not proved, tokens, counts, devices
//! and invitations that are too old, sessions that ended long ago.

use std::sync::Arc;

use async_trait::async_trait;

use super::{one_time_token, store};
use crate::{
    config::Auth,
    features::{organisations::OrganisationService, sessions::Families},
    foundation::{DAY, Foundation, HOUR},
    ports::{Effects, JobError, JobHandler, RunningJob},
};

/// How long things that are over are kept, so that people see in a list what ended lately.
const KEPT: i64 = 30 * DAY;
/// How long a device is known that nobody logged in from.
const DEVICE_KEPT: i64 = 365 * DAY;

/// Does so.
pub struct TidyJob {
    foundation: Foundation,
    settings: Arc<Auth>,
    families: Families,
    organisations: OrganisationService,
}

impl TidyJob {
    /// Kind of the job, and name of its schedule.
    pub const KIND: &'static str = "accounts.tidy";

    /// Works on the rows of the foundation.
    pub fn new(
        foundation: Foundation,
        settings: Arc<Auth>,
        families: Families,
        organisations: OrganisationService,
    ) -> Self {
        Self {
            foundation,
            settings,
            families,
            organisations,
        }
    }
}

#[async_trait]
impl JobHandler for TidyJob {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    async fn work(&self, _job: &RunningJob) -> Result<Effects, JobError> {
        let now = self.foundation.now();
        let unproved = now - i64::from(self.settings.verification_hours) * HOUR;
        let (families, organisations) = (self.families.clone(), self.organisations.clone());
        Ok(Effects::new(move |transaction| {
            Box::pin(async move {
                store::remove_unverified(transaction, unproved, now).await?;
                one_time_token::remove_expired(transaction, now - KEPT).await?;
                families.tidy(transaction, now - KEPT).await?;
                families
                    .forget_devices(transaction, now - DEVICE_KEPT)
                    .await?;
                organisations.tidy(transaction, now - KEPT).await?;
                Ok(())
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sea_orm::{EntityTrait, PaginatorTrait};

    use super::*;
    use crate::{
        access::Role,
        entity::{account, invitation, known_device},
        features::{
            organisations::FIRST,
            testing::{World, from, newcomer, worlds},
        },
        http::EmailAddress,
    };

    async fn tidy(world: &World) {
        let job = TidyJob::new(
            world.foundation.clone(),
            Arc::default(),
            world.families.clone(),
            world.organisations.clone(),
        );
        let running = RunningJob {
            id: world.foundation.identifier(),
            payload: serde_json::Value::Null,
            attempt: 1,
            organisation: None,
        };
        let effects = job.work(&running).await.unwrap();
        let transaction = world.foundation.database.begin().await.unwrap();
        effects.apply(&transaction).await.unwrap();
        transaction.commit().await.unwrap();
    }

    #[tokio::test]
    async fn registrations_go_when_no_mail_can_prove_them_any_more() {
        for world in worlds().await {
            let origin = from("203.0.113.7");
            let registered = newcomer("bob@example.org");
            world.accounts.register(registered, &origin).await.unwrap();
            world.work().await;
            let count = async || {
                let reader = world.foundation.database.reader();
                account::Entity::find().count(reader).await.unwrap()
            };
            world.wait(Duration::from_hours(40));
            let email = EmailAddress::new("bob@example.org").unwrap();
            world.accounts.resend(&email).await.unwrap();
            world.work().await;
            world.wait(Duration::from_hours(20));
            tidy(&world).await;
            assert_eq!(count().await, 1, "the second mail's token still works");
            world.wait(Duration::from_hours(40));
            tidy(&world).await;
            assert_eq!(count().await, 0);
        }
    }

    #[tokio::test]
    async fn old_invitations_and_devices_go() {
        for world in worlds().await {
            let origin = from("203.0.113.7");
            let ada = world.member("ada@example.org", Role::Owner).await;
            let guest = EmailAddress::new("bob@example.org").unwrap();
            let invited = ("Ada", guest, Role::Viewer);
            world
                .organisations
                .invite(&ada, FIRST, invited, &origin)
                .await
                .unwrap();
            let reader = world.foundation.database.reader();
            let left = async || {
                (
                    invitation::Entity::find().count(reader).await.unwrap(),
                    known_device::Entity::find().count(reader).await.unwrap(),
                )
            };
            tidy(&world).await;
            assert_eq!(left().await, (1, 1));
            world.wait(Duration::from_hours(24 * 60));
            tidy(&world).await;
            assert_eq!(left().await, (0, 1));
            world.wait(Duration::from_hours(24 * 365));
            tidy(&world).await;
            assert_eq!(left().await, (0, 0));
        }
    }
}
