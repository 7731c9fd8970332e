//! What the outer layers work with: made once, from the configuration.

use std::sync::Arc;

use tower_http::cors::CorsLayer;

use super::{
    client_address::TrustedProxies,
    cors::cors_layer,
    csrf::{CsrfGuard, CsrfTokens},
};
use crate::{config::Configuration, features::access_rules::Gate};

/// What the outer layers work with; clones share it.
#[derive(Clone)]
pub struct Edge {
    /// Whose word about clients is believed.
    pub proxies: TrustedProxies,
    /// Pages of other origins, if any may call.
    pub cors: Option<Arc<CorsLayer>>,
    /// Protection of session cookies.
    pub csrf: CsrfGuard,
    /// Addresses and countries.
    pub gate: Gate,
}

impl Edge {
    /// As configured.
    ///
    /// # Errors
    /// When a setting cannot be used; the message names it.
    pub fn new(
        configuration: &Configuration,
        tokens: CsrfTokens,
        gate: Gate,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            proxies: TrustedProxies::new(&configuration.proxies),
            cors: cors_layer(&configuration.cors)?.map(Arc::new),
            csrf: CsrfGuard::new(&configuration.csrf, tokens)?,
            gate,
        })
    }

    /// As without a configuration, for tests of other things.
    #[cfg(test)]
    pub fn plain() -> Self {
        let configuration = Configuration::default();
        let gate = Gate::new(&configuration.access).unwrap();
        Self::new(
            &configuration,
            CsrfTokens::new(crate::secrets::ServerSecret::new(b"of a test")),
            gate,
        )
        .unwrap()
    }
}
