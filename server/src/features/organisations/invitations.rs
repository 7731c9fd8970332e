//! Invitations: mailed, accepted once, withdrawn.
//!
//! Like every mailed token its text is derived from the row's id, which alone opens nothing.

use axum::http::StatusCode;
use uuid::Uuid;

use super::{
    Invitation, Membership, OrganisationService,
    members::within_reach,
    service::{happened, missing, own},
    store,
    view::role,
};
use crate::{
    access::{Actor, Caller, Role},
    database,
    entity::invitation,
    features::accounts::one_time_token,
    foundation::DAY,
    http::{EmailAddress, Fault, Origin},
    letters::{self, Letter, Recipient},
    secrets::Purpose,
};

impl OrganisationService {
    /// Invites an address into the organisation that the caller works in.
    ///
    /// # Errors
    /// 404 for every other organisation; 403 for roles above one's own.
    pub async fn invite(
        &self,
        caller: &Caller,
        organisation: Uuid,
        (inviter, email, role): (&str, EmailAddress, Role),
        origin: &Origin,
    ) -> Result<Invitation, Fault> {
        own(caller, organisation)?;
        within_reach(caller, role)?;
        let found = store::find(self.foundation.database.reader(), organisation).await?;
        let found = found.ok_or_else(|| missing(organisation))?;
        if found.personal {
            let message = "a personal organisation is for one person; found another one (POST /organisations) and work there (POST /auth/switch)";
            return Err(Fault::new(
                StatusCode::CONFLICT,
                "personal_organisation",
                message,
            ));
        }
        let row = self.invitation_row(caller, organisation, &email, role);
        let letter = Letter::Invitation {
            invitation: row.id,
            inviter: inviter.to_owned(),
            organisation: found.name,
            role: role.name().to_owned(),
            days: self.settings.invitation_days,
        };
        let recipient = Recipient {
            email: row.email.clone(),
            name: row.email.clone(),
        };
        let transaction = self.foundation.database.begin().await?;
        database::insert(&transaction, row.clone()).await?;
        letters::queue(&self.foundation, &transaction, recipient, letter).await?;
        let event = happened("invitation.create")
            .on("invitation", row.id)
            .detail("role", role.name());
        self.record(&transaction, (caller, origin), organisation, event)
            .await?;
        transaction.commit().await?;
        Ok(row.into())
    }

    /// The invitations that wait.
    ///
    /// # Errors
    /// 404 for organisations that the caller does not work in.
    pub async fn invitations(
        &self,
        caller: &Caller,
        organisation: Uuid,
    ) -> Result<Vec<Invitation>, Fault> {
        own(caller, organisation)?;
        let reader = self.foundation.database.reader();
        let rows = store::open_invitations(reader, organisation, self.foundation.now()).await?;
        Ok(rows.into_iter().map(Invitation::from).collect())
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// 404 when there is none that waits.
    pub async fn withdraw(
        &self,
        caller: &Caller,
        organisation: Uuid,
        id: Uuid,
        origin: &Origin,
    ) -> Result<(), Fault> {
        own(caller, organisation)?;
        let transaction = self.foundation.database.begin().await?;
        if !store::withdraw(&transaction, organisation, id).await? {
            return Err(Fault::not_found(format!("no invitation {id} waits here")));
        }
        let event = happened("invitation.withdraw").on("invitation", id);
        self.record(&transaction, (caller, origin), organisation, event)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Accepts an invitation that was mailed to the caller's own address.
    ///
    /// # Errors
    /// 422 for a token that is no good; 403 when it was mailed to another address.
    pub async fn accept(
        &self,
        caller: &Caller,
        (token, email_key): (&str, &str),
        origin: &Origin,
    ) -> Result<Membership, Fault> {
        let row = self.mailed(token).await?;
        let row =
            row.ok_or_else(|| no_good("was not made here; copy the whole of it from the mail"))?;
        if row.email_key != email_key {
            let message = "this invitation was mailed to another address; log in with that one";
            return Err(Fault::new(StatusCode::FORBIDDEN, "other_address", message));
        }
        let (organisation, account) = (row.organisation_id, caller.actor.id());
        let transaction = self.foundation.database.begin().await?;
        store::lock(&transaction, organisation).await?;
        if !store::accept(&transaction, row.id, self.foundation.now()).await? {
            return Err(no_good(
                "was used before, or is too old; ask for another invitation",
            ));
        }
        if store::membership(&transaction, organisation, account)
            .await?
            .is_none()
        {
            self.join(&transaction, organisation, account, role(&row.role))
                .await?;
        }
        let event = happened("invitation.accept")
            .on("invitation", row.id)
            .detail("role", row.role.as_str());
        self.record(&transaction, (caller, origin), organisation, event)
            .await?;
        transaction.commit().await?;
        let all = self.of_account(account).await?;
        let joined = all
            .into_iter()
            .find(|one| one.organisation.id == organisation);
        joined.ok_or_else(|| missing(organisation))
    }

    /// Whether the text is an invitation of this address that can still be accepted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_invited(&self, text: &str, email: &EmailAddress) -> Result<bool, Fault> {
        let now = self.foundation.now();
        Ok(self.mailed(text).await?.is_some_and(|row| {
            row.email_key == email.canonical() && row.accepted_at.is_none() && row.expires_at > now
        }))
    }

    async fn mailed(&self, text: &str) -> Result<Option<invitation::Model>, Fault> {
        let secret = &self.foundation.secret;
        let Some(id) = one_time_token::parse(secret, Purpose::Invitation, text) else {
            return Ok(None);
        };
        Ok(store::find_invitation(self.foundation.database.reader(), id).await?)
    }

    fn invitation_row(
        &self,
        caller: &Caller,
        organisation: Uuid,
        email: &EmailAddress,
        role: Role,
    ) -> invitation::Model {
        let now = self.foundation.now();
        invitation::Model {
            id: self.foundation.identifier(),
            organisation_id: organisation,
            email: email.as_str().to_owned(),
            email_key: email.canonical(),
            role: role.name().to_owned(),
            invited_by: match caller.actor {
                Actor::User { id, .. } => Some(id),
                Actor::Key { .. } => None,
            },
            created_at: now,
            expires_at: now + i64::from(self.settings.invitation_days) * DAY,
            accepted_at: None,
        }
    }
}

fn no_good(message: &str) -> Fault {
    let mut fault = Fault::unprocessable("token", message);
    fault.code = "invitation_unusable";
    fault
}
