//! Sending what was queued.

use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use super::{
    Letter,
    letter::{Queued, SEND},
};
use crate::{
    features::accounts::one_time_token,
    foundation::timestamp,
    mail::Template,
    ports::{Effects, JobError, JobHandler, MailError, Mailer, RunningJob},
    secrets::{Purpose, ServerSecret},
};

/// What mails call us.
const PRODUCT: &str = "Locutor";

/// Sends letters.
pub struct LetterJob {
    mailer: Arc<dyn Mailer>,
    secret: ServerSecret,
    public_url: String,
}

impl LetterJob {
    /// Links begin with `public_url`, e.g. `https://speech.example.org`.
    pub fn new(mailer: Arc<dyn Mailer>, secret: ServerSecret, public_url: &str) -> Self {
        Self {
            mailer,
            secret,
            public_url: public_url.to_owned(),
        }
    }

    fn template(&self, queued: Queued) -> Template {
        let name = queued.recipient.name;
        let at = timestamp(queued.at);
        match queued.letter {
            Letter::VerifyEmail { token, hours } => Template::VerifyEmail {
                name,
                link: self.link("verify-email", Purpose::VerifyEmail, token),
                hours,
            },
            Letter::AccountExists => Template::AccountExists {
                name,
                link: self.page("forgot-password"),
            },
            Letter::PasswordReset { token, minutes } => Template::PasswordReset {
                name,
                link: self.link("reset-password", Purpose::ResetPassword, token),
                minutes,
            },
            Letter::PasswordChanged(place) => Template::PasswordChanged {
                name,
                address: place.address,
                device: place.device,
                at,
            },
            Letter::TokenReuse(place) => Template::TokenReuse {
                name,
                address: place.address,
                device: place.device,
                at,
            },
            Letter::LockedOut { place, minutes } => Template::LockedOut {
                name,
                address: place.address,
                minutes,
                link: self.page("forgot-password"),
            },
            Letter::NewDevice {
                token,
                minutes,
                place,
            } => Template::NewDeviceLink {
                name,
                address: place.address,
                device: place.device,
                link: self.link("confirm-device", Purpose::NewDevice, token),
                minutes,
            },
            Letter::Invitation {
                invitation,
                inviter,
                organisation,
                role,
                days,
            } => Template::Invitation {
                inviter,
                organisation,
                role,
                link: self.link("accept-invitation", Purpose::Invitation, invitation),
                days,
            },
            Letter::Alert { rule, message, at } => Template::Alert {
                rule,
                message,
                at: timestamp(at),
            },
        }
    }

    fn link(&self, page: &str, purpose: Purpose, token: Uuid) -> String {
        let token = one_time_token::text(&self.secret, purpose, token);
        link(&self.public_url, page, &token)
    }

    fn page(&self, page: &str) -> String {
        address(&self.public_url, page)
    }
}

/// The link to a page that uses a token. The token stands behind `#`, which browsers keep to
/// themselves: it reaches neither logs nor other sites.
pub fn link(public_url: &str, page: &str, token: &str) -> String {
    format!("{}#token={token}", address(public_url, page))
}

fn address(public_url: &str, page: &str) -> String {
    format!("{}/auth/pages/{page}", public_url.trim_end_matches('/'))
}

#[async_trait]
impl JobHandler for LetterJob {
    fn kind(&self) -> &'static str {
        SEND
    }

    async fn work(&self, job: &RunningJob) -> Result<Effects, JobError> {
        let queued: Queued = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Lasting(error.to_string()))?;
        let recipient = queued.recipient.email.clone();
        let mail = self.template(queued).render(PRODUCT)?.to(recipient, job.id);
        match self.mailer.send(&mail).await {
            Ok(()) => {
                tracing::debug!(mail = %job.id, attempt = job.attempt, "mail handed over");
                Ok(Effects::none())
            }
            Err(error @ MailError::Passing(_)) => Err(JobError::Passing(error.to_string())),
            Err(error) => Err(JobError::Lasting(error.to_string())),
        }
    }
}
