//! The members of an organisation.

use axum::http::StatusCode;
use uuid::Uuid;

use super::{
    Member, MemberPage, OrganisationService,
    service::{happened, missing, own, ownerless},
    store,
    view::role,
};
use crate::{
    access::{Caller, Role},
    foundation::timestamp,
    http::{Fault, Origin, Page},
};

impl OrganisationService {
    /// The members of the organisation that the caller works in.
    ///
    /// # Errors
    /// 404 for every other organisation.
    pub async fn members(
        &self,
        caller: &Caller,
        organisation: Uuid,
        page: &Page,
    ) -> Result<MemberPage, Fault> {
        own(caller, organisation)?;
        let reader = self.foundation.database.reader();
        let rows = store::members(reader, organisation, page).await?;
        let (rows, next) = page.cut(rows, |(membership, _)| membership.account_id);
        let data = rows
            .into_iter()
            .map(|(membership, account)| Member {
                account: account.id,
                email: account.email,
                name: account.name,
                role: role(&membership.role),
                joined_at: timestamp(membership.created_at),
            })
            .collect();
        Ok(MemberPage { data, next })
    }

    /// Changes what a member may do.
    ///
    /// # Errors
    /// 404 for who is no member; 403 for roles above one's own; 409 for the last owner.
    pub async fn set_role(
        &self,
        caller: &Caller,
        organisation: Uuid,
        account: Uuid,
        role: Role,
        origin: &Origin,
    ) -> Result<(), Fault> {
        own(caller, organisation)?;
        within_reach(caller, role)?;
        let transaction = self.foundation.database.begin().await?;
        store::lock(&transaction, organisation).await?;
        self.check_member(&transaction, caller, account, role != Role::Owner)
            .await?;
        store::set_role(&transaction, organisation, account, role).await?;
        let event = happened("member.role")
            .on("account", account)
            .detail("role", role.name());
        self.record(&transaction, (caller, origin), organisation, event)
            .await?;
        transaction.commit().await?;
        self.forget_callers();
        Ok(())
    }

    /// Takes a member out; everybody may leave by themselves.
    ///
    /// # Errors
    /// 404 for who is no member; 403 for members above oneself; 409 for the last owner.
    pub async fn take_out(
        &self,
        caller: &Caller,
        organisation: Uuid,
        account: Uuid,
        origin: &Origin,
    ) -> Result<(), Fault> {
        own(caller, organisation)?;
        let transaction = self.foundation.database.begin().await?;
        store::lock(&transaction, organisation).await?;
        self.check_member(&transaction, caller, account, true)
            .await?;
        store::leave(&transaction, organisation, account).await?;
        let event = happened("member.remove").on("account", account);
        self.record(&transaction, (caller, origin), organisation, event)
            .await?;
        transaction.commit().await?;
        self.forget_callers();
        Ok(())
    }

    /// Takes the caller out of an organisation that it belongs to.
    ///
    /// # Errors
    /// 404 when it does not; 409 for the last owner, and for the caller's personal organisation.
    pub async fn leave(
        &self,
        caller: &Caller,
        organisation: Uuid,
        origin: &Origin,
    ) -> Result<(), Fault> {
        let account = caller.actor.id();
        let transaction = self.foundation.database.begin().await?;
        store::lock(&transaction, organisation).await?;
        let present = self.role_of(&transaction, organisation, account).await?;
        let present = present.ok_or_else(|| missing(organisation))?;
        let found = store::find(&transaction, organisation).await?;
        if found.is_some_and(|found| found.personal) {
            let message = "a personal organisation goes with its account (DELETE /auth/me)";
            return Err(Fault::new(
                StatusCode::CONFLICT,
                "personal_organisation",
                message,
            ));
        }
        if present == Role::Owner
            && store::other_owners(&transaction, organisation, account).await? == 0
        {
            return Err(ownerless("the organisation"));
        }
        store::leave(&transaction, organisation, account).await?;
        let event = happened("member.leave").on("account", account);
        self.record(&transaction, (caller, origin), organisation, event)
            .await?;
        transaction.commit().await?;
        self.forget_callers();
        Ok(())
    }

    async fn check_member(
        &self,
        transaction: &sea_orm::DatabaseTransaction,
        caller: &Caller,
        account: Uuid,
        loses_ownership: bool,
    ) -> Result<(), Fault> {
        let organisation = caller.organisation;
        let row = store::membership(transaction, organisation, account).await?;
        let row =
            row.ok_or_else(|| Fault::not_found(format!("no member has the account {account}")))?;
        let present = role(&row.role);
        if account != caller.actor.id() {
            within_reach(caller, present)?;
        }
        if present == Role::Owner
            && loses_ownership
            && store::other_owners(transaction, organisation, account).await? == 0
        {
            return Err(ownerless("the organisation"));
        }
        Ok(())
    }
}

/// Nobody gives a role that brings more than they have.
pub(super) fn within_reach(caller: &Caller, role: Role) -> Result<(), Fault> {
    if caller.scopes.contains_all(role.scopes()) {
        return Ok(());
    }
    let message = format!(
        "the role `{}` may do more than you; ask one who has it",
        role.name()
    );
    Err(Fault::new(
        StatusCode::FORBIDDEN,
        "role_out_of_reach",
        message,
    ))
}
