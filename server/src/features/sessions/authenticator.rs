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
        if credential.starts_with("loc_") {
            return self.keys.authenticate(credential).await;
        }
        let now = self.foundation.now();
        if let Some(found) = self.callers.get(credential, now) {
            return Ok(Some(found));
        }
        let Some(claims) = self.tokens.check(credential) else {
            return Ok(None);
        };
        let found = self.of_session(&claims, now).await?;
        if let Some(found) = found {
            self.callers.put(credential, found);
        }
        Ok(found)
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
        let role = self.organisations.role_of(organisation, claims.sub).await?;
        let instance_admin = self.accounts.is_instance_admin(claims.sub).await?;
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
