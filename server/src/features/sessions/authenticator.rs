//! From a request's credential to its caller.

use sea_orm::DbErr;
use uuid::Uuid;

use super::{SignedTokens, store, tokens::Claims};
use crate::{
    access::{Actor, Caller, CallerCache, Remembered, Role, Scope, ScopeSet},
    features::{
        accounts::AccountService, api_keys::KeyService, organisations::OrganisationService,
    },
    foundation::Foundation,
};

/// Finds callers; clones share everything.
#[derive(Clone)]
pub struct Authenticator {
    foundation: Foundation,
    callers: CallerCache,
    keys: KeyService,
    tokens: SignedTokens,
    accounts: AccountService,
    organisations: OrganisationService,
}

impl Authenticator {
    /// Works on these services.
    pub fn new(
        foundation: Foundation,
        callers: CallerCache,
        tokens: SignedTokens,
        accounts: AccountService,
        (keys, organisations): (KeyService, OrganisationService),
    ) -> Self {
        Self {
            foundation,
            callers,
            keys,
            tokens,
            accounts,
            organisations,
        }
    }

    /// The caller with an API key or an access token; `None` when it is no good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn caller(&self, credential: &str) -> Result<Option<Remembered>, DbErr> {
        let now = self.foundation.now();
        if let Some(found) = self.callers.get(credential, now) {
            return Ok(Some(found));
        }
        let begun = self.callers.generation();
        let found = if credential.starts_with("loc_") {
            self.of_key(credential).await?
        } else if let Some(claims) = self.tokens.check(credential) {
            self.of_session(&claims, now).await?
        } else {
            None
        };
        if let Some(found) = found {
            self.callers.put(credential, found, begun);
        }
        Ok(found)
    }

    /// A key does no more than whoever made it may do by now; with the membership it ends.
    async fn of_key(&self, text: &str) -> Result<Option<Remembered>, DbErr> {
        let Some(key) = self.keys.authenticate(text).await? else {
            return Ok(None);
        };
        let Some(maker) = key.maker else {
            return Ok(Some(key.found));
        };
        let mut found = key.found;
        let (role, instance_admin) = self.standing(found.caller.organisation, maker).await?;
        if role.is_none() {
            return Ok(None);
        }
        let allowed = scopes(role, instance_admin);
        found.caller.scopes = found.caller.scopes.common(allowed);
        Ok(Some(found))
    }

    /// A token is as good as its session is alive; what it allows is looked up, not believed.
    async fn of_session(&self, claims: &Claims, now: i64) -> Result<Option<Remembered>, DbErr> {
        let session = store::find(self.foundation.database.reader(), claims.sid).await?;
        let session = session.filter(|session| {
            session.account_id == claims.sub
                && session.ended_at.is_none()
                && session.expires_at > now
        });
        let Some(session) = session else {
            return Ok(None);
        };
        let organisation = session.organisation_id;
        let (role, instance_admin) = self.standing(organisation, claims.sub).await?;
        Ok(Some(Remembered {
            caller: caller(
                claims.sub,
                session.id,
                organisation,
                scopes(role, instance_admin),
            ),
            expires_at: claims.exp * 1000,
            requests_per_minute: 0,
        }))
    }

    async fn standing(
        &self,
        organisation: Uuid,
        account: Uuid,
    ) -> Result<(Option<Role>, bool), DbErr> {
        let reader = self.foundation.database.reader();
        let role = self
            .organisations
            .role_of(reader, organisation, account)
            .await?;
        Ok((role, self.accounts.is_instance_admin(account).await?))
    }
}

/// Who is no member any more may still manage the own account, and work elsewhere.
fn scopes(role: Option<Role>, instance_admin: bool) -> ScopeSet {
    let scopes = role
        .map(Role::scopes)
        .unwrap_or_default()
        .with(Scope::AccountManage);
    if instance_admin {
        scopes.with(Scope::InstanceManage)
    } else {
        scopes
    }
}

fn caller(id: Uuid, session: Uuid, organisation: Uuid, scopes: ScopeSet) -> Caller {
    Caller {
        actor: Actor::User { id, session },
        organisation,
        scopes,
    }
}
