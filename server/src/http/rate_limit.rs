//! How often: a quota for each class of routes, for each person and for each key.
//!
//! Replies tell what is left in the fields `RateLimit-Policy` and `RateLimit` of the IETF draft
//! (draft-ietf-httpapi-ratelimit-headers).

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{ClientAddress, Fault};
use crate::{
    access::{Actor, Remembered},
    config::RateLimits,
    ports::{Permit, Quota, RateLimiter},
};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// The quotas and what counts them; clones share both.
#[derive(Clone)]
pub struct RateLimiting {
    limiter: Arc<dyn RateLimiter>,
    limits: Arc<RateLimits>,
}

/// Which quota, counted under which key.
struct Class {
    name: &'static str,
    quota: Quota,
    key: String,
}

impl RateLimiting {
    /// Counts with this limiter.
    pub fn new(limiter: Arc<dyn RateLimiter>, limits: Arc<RateLimits>) -> Self {
        Self { limiter, limits }
    }

    /// Takes a permit to mail something to an account, whether or not there is one.
    ///
    /// # Errors
    /// 429 when there is none.
    pub async fn recovery_of(&self, email_key: &str) -> Result<(), Fault> {
        let Some(quota) = self.limits.recovery_account.0 else {
            return Ok(());
        };
        let key = format!("recovery_account:{email_key}");
        let permit = self.limiter.take(&key, quota).await;
        if permit.granted {
            return Ok(());
        }
        Err(refused("recovery_account", quota, permit))
    }

    async fn take(&self, class: &Class) -> Permit {
        let key = format!("{}:{}", class.name, class.key);
        self.limiter.take(&key, class.quota).await
    }

    fn class(&self, request: &Request) -> Option<Class> {
        let address = || prefix(request);
        let path = request.extensions().get::<MatchedPath>();
        let path = path.map(MatchedPath::as_str).unwrap_or_default();
        let limits = &self.limits;
        let (name, rate) = match path {
            "/auth/login" => ("login", limits.login),
            "/auth/register" => ("register", limits.register),
            "/auth/password/forgot" | "/auth/verify-email/resend" => ("recovery", limits.recovery),
            "/auth/verify-email" | "/auth/password/reset" | "/auth/devices/confirm" => {
                ("token", limits.token)
            }
            "/auth/refresh" => ("refresh", limits.refresh),
            "/auth/me" if request.method() == Method::DELETE => return self.proof(request),
            "/auth/password/change" | "/auth/invitations/accept" => return self.proof(request),
            path if path.starts_with("/auth/second-factor") => return self.proof(request),
            _ => return self.general(request),
        };
        rate.0.map(|quota| Class {
            name,
            quota,
            key: address(),
        })
    }

    /// What proves again who calls could be guessed by whoever found a session.
    fn proof(&self, request: &Request) -> Option<Class> {
        let found = request.extensions().get::<Remembered>()?;
        self.limits.proof.0.map(|quota| Class {
            name: "proof",
            quota,
            key: found.caller.actor.id().to_string(),
        })
    }

    fn general(&self, request: &Request) -> Option<Class> {
        let found = request.extensions().get::<Remembered>()?;
        let (name, rate) = match found.caller.actor {
            Actor::User { .. } => ("user", self.limits.user.0),
            Actor::Key { .. } => ("key", self.limits.key.0),
        };
        let own = (found.requests_per_minute > 0).then_some(Quota {
            permits: found.requests_per_minute,
            period: Duration::from_mins(1),
        });
        // The server's own limit binds keys that ask for more, too.
        let binding = match (own, rate) {
            (Some(own), Some(rate)) => Some(own.stricter(rate)),
            (own, rate) => own.or(rate),
        };
        binding.map(|quota| Class {
            name,
            quota,
            key: found.caller.actor.id().to_string(),
        })
    }
}

/// Takes a permit of those who have no good credential.
///
/// # Errors
/// 429 when there is none.
pub async fn anonymous(limiting: &RateLimiting, prefix: String) -> Result<(), Fault> {
    let Some(quota) = limiting.limits.anonymous.0 else {
        return Ok(());
    };
    let class = Class {
        name: "anonymous",
        quota,
        key: prefix,
    };
    let permit = limiting.take(&class).await;
    if permit.granted {
        return Ok(());
    }
    Err(refused(class.name, quota, permit))
}

/// The layer, inside of the one that finds the caller.
pub async fn limit_rate(
    State(limiting): State<RateLimiting>,
    request: Request,
    next: Next,
) -> Response {
    let Some(class) = limiting.class(&request) else {
        return next.run(request).await;
    };
    let permit = limiting.take(&class).await;
    let mut response = if permit.granted {
        next.run(request).await
    } else {
        refused(class.name, class.quota, permit).into_response()
    };
    tell(response.headers_mut(), &class, permit);
    response
}

/// What limits count of a client's address.
pub fn prefix(request: &Request) -> String {
    let address = request.extensions().get::<ClientAddress>();
    address.map_or_else(
        || "unknown".to_owned(),
        |address| address.prefix().to_string(),
    )
}

fn refused(name: &'static str, quota: Quota, permit: Permit) -> Fault {
    let seconds = permit.retry_after.as_secs().max(1);
    let message = format!(
        "more than {} requests in {} seconds (limit `{name}`); try again in {seconds} seconds",
        quota.permits,
        quota.period.as_secs()
    );
    let mut fault = Fault::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message);
    fault.retry_after = Some(permit.retry_after.max(Duration::from_secs(1)));
    fault
}

fn tell(headers: &mut HeaderMap, class: &Class, permit: Permit) {
    let (name, quota) = (class.name, class.quota);
    let policy = format!(
        "\"{name}\";q={};w={}",
        quota.permits,
        quota.period.as_secs()
    );
    let left = format!(
        "\"{name}\";r={};t={}",
        permit.remaining,
        permit.reset.as_secs()
    );
    for (field, value) in [(POLICY, policy), (LEFT, left)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(field, value);
        }
    }
}
