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

use super::{ClientAddress, Fault, fault::whole_seconds};
use crate::{
    access::{Actor, Remembered},
    config::{Rate, RateLimits},
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
        self.mail_to("recovery_account", self.limits.recovery_account, email_key)
            .await
    }

    /// Takes a permit to invite somebody, who did not ask for that mail.
    ///
    /// # Errors
    /// 429 when there is none.
    pub async fn invitation_to(&self, email_key: &str) -> Result<(), Fault> {
        self.mail_to(
            "invitation_address",
            self.limits.invitation_address,
            email_key,
        )
        .await
    }

    /// Takes a permit of a voice assistant, which has no credential.
    ///
    /// # Errors
    /// 429 when there is none.
    pub async fn assistant(&self, address: ClientAddress) -> Result<(), Fault> {
        let Some(quota) = self.limits.assistant.0 else {
            return Ok(());
        };
        let key = address.prefix().to_string();
        let name = "assistant";
        self.demand(&Class { name, quota, key }).await
    }

    async fn mail_to(&self, name: &'static str, rate: Rate, email_key: &str) -> Result<(), Fault> {
        let Some(quota) = rate.0 else {
            return Ok(());
        };
        let key = email_key.to_owned();
        self.demand(&Class { name, quota, key }).await
    }

    /// A permit, or the refusal.
    async fn demand(&self, class: &Class) -> Result<(), Fault> {
        let permit = self.take(class).await;
        if permit.granted {
            return Ok(());
        }
        Err(refused(class.name, class.quota, permit))
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
            "/organisations/{id}/invitations" if request.method() == Method::POST => {
                return Self::of_caller(request, "invitation", limits.invitation);
            }
            path if proves_again(path, request.method()) => {
                return Self::of_caller(request, "proof", limits.proof);
            }
            _ => return self.general(request),
        };
        rate.0.map(|quota| Class {
            name,
            quota,
            key: address(),
        })
    }

    fn of_caller(request: &Request, name: &'static str, rate: Rate) -> Option<Class> {
        let found = request.extensions().get::<Remembered>()?;
        rate.0.map(|quota| Class {
            name,
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

/// Where a password, a code or a token is asked for that whoever found a session could guess.
fn proves_again(path: &str, method: &Method) -> bool {
    match path {
        "/auth/me" => method == Method::DELETE,
        "/auth/password/change" | "/auth/invitations/accept" => true,
        path => path.starts_with("/auth/second-factor"),
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
    limiting.demand(&class).await
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
    let wait = permit.retry_after.max(Duration::from_secs(1));
    let seconds = whole_seconds(wait);
    let message = format!(
        "more than {} requests in {} seconds (limit `{name}`); try again in {seconds} seconds",
        quota.permits,
        quota.period.as_secs()
    );
    let mut fault = Fault::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message);
    fault.retry_after = Some(wait);
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
        whole_seconds(permit.reset)
    );
    for (field, value) in [(POLICY, policy), (LEFT, left)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(field, value);
        }
    }
}
