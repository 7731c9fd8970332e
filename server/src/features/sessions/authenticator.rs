//! From a request's credential to its caller.

use sea_orm::DbErr;
use uuid::Uuid;

use super::{SignedTokens, store};
use crate::{
    access::{Actor, Caller, CallerCache, ClientSecret, Remembered, Role, Scope, ScopeSet},
    features::{
        accounts::AccountService,
        api_keys::{KeyService, ValidKey},
        organisations::OrganisationService,
    },
    foundation::Foundation,
    secrets::ServerSecret,
};

/// An end that is none, in seconds since 1970 that are still a number in milliseconds.
const FOR_EVER: i64 = i64::MAX / 1000;

/// A client's secret that does not open the route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misplaced;

/// How a session is looked at.
#[derive(Clone, Copy)]
struct Until {
    /// The latest end, in seconds since 1970.
    end: i64,
    /// Where it acts; `None` where it does now.
    organisation: Option<Uuid>,
}

/// A credential as it came.
pub struct Credential<'a> {
    text: &'a str,
    /// What it allows, where it is a client's secret.
    pub secret: Option<ClientSecret>,
}

/// Finds callers; clones share everything.
#[derive(Clone)]
pub struct Authenticator {
    foundation: Foundation,
    callers: CallerCache,
    keys: KeyService,
    tokens: SignedTokens,
    accounts: AccountService,
    organisations: OrganisationService,
    secret: ServerSecret,
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
            secret: foundation.secret.clone(),
            foundation,
            callers,
            keys,
            tokens,
            accounts,
            organisations,
        }
    }

    /// Opens a credential that is a client's secret, for this route; others are taken as they are.
    ///
    /// # Errors
    /// [`Misplaced`] when it is a secret for another route, over, or not of this server.
    pub fn credential<'a>(
        &self,
        text: &'a str,
        path: Option<&str>,
    ) -> Result<Credential<'a>, Misplaced> {
        if !ClientSecret::is_one(text) {
            return Ok(Credential { text, secret: None });
        }
        let secret = ClientSecret::open(text, &self.secret, self.foundation.now());
        let secret = secret.filter(|secret| path == Some(secret.path.as_str()));
        let secret = Some(secret.ok_or(Misplaced)?);
        Ok(Credential { text, secret })
    }

    /// The caller with an API key, an access token or a client's secret; `None` when it is no good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn caller(&self, credential: &Credential<'_>) -> Result<Option<Remembered>, DbErr> {
        let (now, text) = (self.foundation.now(), credential.text);
        if let Some(found) = self.callers.get(text, now) {
            return Ok(Some(found));
        }
        let begun = self.callers.generation();
        let found = if let Some(secret) = &credential.secret {
            self.of_client(secret, secret.expires_at / 1000, now)
                .await?
        } else if text.starts_with("loc_") {
            self.of_key(text).await?
        } else if let Some(claims) = self.tokens.check(text) {
            let until = Until {
                end: claims.exp,
                organisation: None,
            };
            self.of_session(claims.sub, claims.sid, until, now).await?
        } else {
            None
        };
        if let Some(found) = found {
            self.callers.put(text, found, begun);
        }
        Ok(found)
    }

    /// Who was found before, as they are by now; `None` when they would not be found any more. An access token or a client
    /// secret may have ended meanwhile, as all of them do: the session counts, or whoever made the secret. Who went on to
    /// another organisation is looked at in that of before. Asks the database, whatever was found a moment ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn again(
        &self,
        caller: &Caller,
        secret: Option<&ClientSecret>,
    ) -> Result<Option<Remembered>, DbErr> {
        let now = self.foundation.now();
        let found = if let Some(secret) = secret {
            self.of_client(secret, FOR_EVER, now).await?
        } else {
            let until = Until {
                end: FOR_EVER,
                organisation: Some(caller.organisation),
            };
            self.of_actor(caller.actor, until, now).await?
        };
        Ok(found.filter(|found| found.caller.organisation == caller.organisation))
    }

    /// A key does no more than whoever made it may do by now; with the membership it ends.
    async fn of_key(&self, text: &str) -> Result<Option<Remembered>, DbErr> {
        match self.keys.authenticate(text).await? {
            Some(key) => self.bounded(key).await,
            None => Ok(None),
        }
    }

    /// A client does what the secret is for, where it was made, as long as whoever made it might; `end` as of [`Until`].
    async fn of_client(
        &self,
        secret: &ClientSecret,
        end: i64,
        now: i64,
    ) -> Result<Option<Remembered>, DbErr> {
        let Some(maker) = secret.maker() else {
            return Ok(None);
        };
        let until = Until {
            end,
            organisation: Some(secret.organisation),
        };
        let found = self.of_actor(maker, until, now).await?;
        let found = found.filter(|found| found.caller.organisation == secret.organisation);
        Ok(found.map(|mut found| {
            let allowed = ScopeSet::default().with(Scope::EngineUse);
            found.caller.scopes = found.caller.scopes.common(allowed);
            found.expires_at = found.expires_at.min(secret.expires_at);
            found
        }))
    }

    /// A key or a session that was known before.
    async fn of_actor(
        &self,
        actor: Actor,
        until: Until,
        now: i64,
    ) -> Result<Option<Remembered>, DbErr> {
        match actor {
            Actor::Key { id } => match self.keys.valid(id).await? {
                Some(key) => self.bounded(key).await,
                None => Ok(None),
            },
            Actor::User { id, session } => self.of_session(id, session, until, now).await,
        }
    }

    async fn bounded(&self, key: ValidKey) -> Result<Option<Remembered>, DbErr> {
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
    async fn of_session(
        &self,
        account: Uuid,
        session: Uuid,
        until: Until,
        now: i64,
    ) -> Result<Option<Remembered>, DbErr> {
        let session = store::find(self.foundation.database.reader(), session).await?;
        let session = session.filter(|session| {
            let alive = session.expires_at.min(session.idle_expires_at) > now;
            session.account_id == account && session.ended_at.is_none() && alive
        });
        let Some(session) = session else {
            return Ok(None);
        };
        let organisation = until.organisation.unwrap_or(session.organisation_id);
        let (role, instance_admin) = self.standing(organisation, account).await?;
        Ok(Some(Remembered {
            maker: None,
            caller: caller(
                account,
                session.id,
                organisation,
                scopes(role, instance_admin),
            ),
            expires_at: until.end * 1000,
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
