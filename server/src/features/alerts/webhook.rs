//! Web hooks: what they say, how they are signed, and the job that sends them.
//!
//! The queue never holds a web hook's address, which may be a secret of the receiver's, nor the rule's own
//! secret: the job reads the one from the rule and derives the other.

use std::{fmt::Write, time::Duration};

use async_trait::async_trait;
use axum::http::Uri;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use super::{
    deliver::{Deliverer, Delivery},
    store,
};
use crate::{
    config::AlertSettings,
    foundation::Foundation,
    ports::{Effects, JobError, JobHandler, RunningJob},
    secrets::{Purpose, ServerSecret},
};

/// What happened to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Happening {
    /// It began to fire.
    Firing,
    /// It fires no more.
    Resolved,
    /// Nothing: an administrator tries whether the message arrives.
    Test,
}

/// What the receiver is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebHook {
    /// Identifies the message: one that comes twice has the same.
    pub id: Uuid,
    /// The rule.
    pub rule: Uuid,
    /// What people call it.
    pub name: String,
    /// What happened.
    pub state: Happening,
    /// The same in words.
    pub message: String,
    /// What was compared.
    pub measured: Option<f64>,
    /// When it happened.
    pub at: Timestamp,
}

/// The text that signs a rule's web hooks.
pub fn secret_text(secret: &ServerSecret, rule: Uuid) -> String {
    let derived = secret.derive(Purpose::WebHook, &[rule.as_bytes()]);
    format!("lochook_{}", URL_SAFE_NO_PAD.encode(derived))
}

/// Value of the header `Locutor-Signature` at this time, in seconds since 1970.
pub fn signature(secret: &str, seconds: i64, body: &str) -> String {
    // HMAC takes keys of every length, so the other branch never runs.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        unreachable!("HMAC takes keys of every length")
    };
    mac.update(format!("{seconds}.{body}").as_bytes());
    let digest = mac.finalize().into_bytes();
    let digits = digest.iter().fold(String::new(), |mut digits, byte| {
        // Writing to a text does not fail.
        write!(digits, "{byte:02x}").ok();
        digits
    });
    format!("t={seconds},v1={digits}")
}

/// Sends web hooks.
pub struct WebHookJob {
    foundation: Foundation,
    deliverer: Deliverer,
}

impl WebHookJob {
    /// Kind of these jobs.
    pub const KIND: &'static str = "alerts.webhook";

    /// Sends to where the settings allow it.
    pub fn new(foundation: Foundation, settings: &AlertSettings) -> Self {
        Self {
            foundation,
            deliverer: Deliverer::new(settings.allow_private),
        }
    }

    /// Signed for now: receivers refuse what is old, so that nobody can send it again.
    fn delivery(&self, url: &str, hook: &WebHook) -> Result<Delivery, JobError> {
        let lasting = |error: String| JobError::Lasting(error);
        let url: Uri = url
            .parse()
            .map_err(|_| lasting("the rule's web hook has no valid address; change it".into()))?;
        let body = serde_json::to_string(hook).map_err(|error| lasting(error.to_string()))?;
        let secret = secret_text(&self.foundation.secret, hook.rule);
        let seconds = self.foundation.clock.now().as_second();
        let signature = signature(&secret, seconds, &body);
        Ok(Delivery {
            url,
            body,
            signature,
        })
    }
}

#[async_trait]
impl JobHandler for WebHookJob {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn time_limit(&self) -> Duration {
        Duration::from_secs(20)
    }

    async fn work(&self, job: &RunningJob) -> Result<Effects, JobError> {
        let hook: WebHook = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Lasting(error.to_string()))?;
        let reader = self.foundation.database.reader();
        let rule = store::find(reader, hook.rule).await?;
        // Whoever removed the rule or its web hook wants no more of them.
        let Some(url) = rule.and_then(|rule| rule.webhook_url) else {
            return Ok(Effects::none());
        };
        let delivery = self.delivery(&url, &hook)?;
        match self.deliverer.deliver(delivery).await {
            Ok(()) => Ok(Effects::none()),
            Err(error) if error.is_passing() => Err(JobError::Passing(error.to_string())),
            Err(error) => Err(JobError::Lasting(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `printf '1767225600.{"a":1}' | openssl dgst -sha256 -hmac key` writes it.
    #[test]
    fn the_signature_is_what_others_compute() {
        assert_eq!(
            signature("key", 1_767_225_600, r#"{"a":1}"#),
            "t=1767225600,v1=80f7b75f8618b9b24d72673996a625f1a43f7387a26b6739d667431724fe4d23"
        );
    }

    #[test]
    fn each_rule_has_a_secret_of_its_own() {
        let secret = ServerSecret::new(b"of a test");
        let text = |rule| secret_text(&secret, Uuid::from_u128(rule));
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
        assert!(text(1).len() > 40);
    }
}
