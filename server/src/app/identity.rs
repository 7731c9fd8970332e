//! The services that know who somebody is, joined in the one order in which they need each other.

use std::sync::Arc;

use crate::{
    access::CallerCache,
    config::Auth,
    features::{
        accounts::AccountService,
        api_keys::KeyService,
        organisations::OrganisationService,
        sessions::{Authenticator, Families, Login, SignedTokens},
    },
    foundation::Foundation,
};

/// The services of keys, organisations, accounts and sessions.
pub struct Identity {
    /// API keys.
    pub keys: KeyService,
    /// Organisations.
    pub organisations: OrganisationService,
    /// Families of refresh tokens.
    pub families: Families,
    /// Accounts.
    pub accounts: AccountService,
    /// Access tokens.
    pub tokens: SignedTokens,
    /// Begins sessions.
    pub login: Login,
    /// Finds the caller of a request.
    pub authenticator: Authenticator,
}

impl Identity {
    /// Joins the services on the rows of the foundation.
    pub fn new(foundation: &Foundation, settings: &Arc<Auth>) -> Self {
        let foundation = || foundation.clone();
        let settings = || Arc::clone(settings);
        let callers = CallerCache::default();
        let keys = KeyService::new(foundation(), callers.clone());
        let organisations = OrganisationService::new(foundation(), settings(), keys.clone());
        let families = Families::new(foundation(), settings(), callers.clone());
        let accounts = AccountService::new(
            foundation(),
            settings(),
            families.clone(),
            organisations.clone(),
        );
        let tokens = SignedTokens::new(foundation(), settings());
        Self {
            login: Login::new(
                foundation(),
                accounts.clone(),
                organisations.clone(),
                families.clone(),
                tokens.clone(),
            ),
            authenticator: Authenticator::new(
                foundation(),
                callers,
                tokens.clone(),
                accounts.clone(),
                (keys.clone(), organisations.clone()),
            ),
            keys,
            organisations,
            families,
            accounts,
            tokens,
        }
    }
}
