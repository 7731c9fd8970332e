//! Mail to a mail server (SMTP, RFC 5321).
//!
//! Connections are kept open and used again. A refusal of the message or its recipient (5xx) is lasting; whatever
//! a better hour or a corrected configuration may heal is passing: no answer, 4xx, and every
//! trouble with encryption or login, since no mail should be lost because a password was wrong.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, bail};
use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::Mailbox,
    transport::smtp::{
        Error, PoolConfig,
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
        extension::ClientId,
    },
};
use tokio::time::timeout;

use super::mail_message::{message, sender};
use crate::{
    config::{MailSecurity, MailSettings},
    ports::{Clock, Mail, MailError, Mailer},
};

/// Connections to the mail server.
const MOST_CONNECTIONS: u32 = 4;

/// Hands messages to a mail server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    patience: Duration,
    clock: Arc<dyn Clock>,
}

impl SmtpMailer {
    /// A mailer to the configured server, which need not be up yet.
    ///
    /// # Errors
    /// When the settings contradict each other, the sender is none, or the authorities cannot be read.
    pub fn open(settings: &MailSettings, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let from = sender(&settings.from)?;
        let patience = Duration::from_secs(settings.timeout_seconds);
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(port(settings))
            .tls(tls(settings)?)
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .timeout(Some(patience))
            .pool_config(PoolConfig::new().max_size(MOST_CONNECTIONS));
        if let Some(credentials) = credentials(settings)? {
            transport = transport.credentials(credentials);
        }
        Ok(Self {
            transport: transport.build(),
            from,
            patience,
            clock,
        })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message(mail, &self.from, self.clock.now())?;
        // The library's own limit is for connecting only.
        match timeout(self.patience, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(classify(&error, mail)),
            Err(_) => Err(MailError::Passing(format!(
                "the mail server took longer than {} s",
                self.patience.as_secs()
            ))),
        }
    }
}

fn classify(error: &Error, mail: &Mail) -> MailError {
    // 530, 534, 535, 538: the login is missing or wrong (RFC 4954, section 6).
    let login = error
        .status()
        .is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
    // The server does not take addresses beyond ASCII, and ours is one.
    let address = error.is_client() && !mail.to.is_ascii();
    if address || (error.is_permanent() && !login) {
        MailError::Lasting(error.to_string())
    } else {
        MailError::Passing(error.to_string())
    }
}

fn port(settings: &MailSettings) -> u16 {
    settings.port.unwrap_or(match settings.security {
        MailSecurity::None => 25,
        MailSecurity::Starttls => 587,
        MailSecurity::Tls => 465,
    })
}

fn tls(settings: &MailSettings) -> anyhow::Result<Tls> {
    if settings.security == MailSecurity::None {
        return Ok(Tls::None);
    }
    let mut parameters = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.authorities {
        let read =
            || -> anyhow::Result<Certificate> { Ok(Certificate::from_pem(&std::fs::read(path)?)?) };
        let certificate = read().with_context(|| {
            let path = path.display();
            format!(
                "cannot read certificates from `mail.authorities`, {path}; it must be a PEM file"
            )
        })?;
        parameters = parameters.add_root_certificate(certificate);
    }
    let parameters = parameters
        .build()
        .context("cannot prepare encryption for `mail.host`; is it a host name?")?;
    Ok(match settings.security {
        MailSecurity::Tls => Tls::Wrapper(parameters),
        _ => Tls::Required(parameters),
    })
}

fn credentials(settings: &MailSettings) -> anyhow::Result<Option<Credentials>> {
    let (user, password) = match (&settings.user, &settings.password) {
        (None, None) => return Ok(None),
        (Some(user), Some(password)) => (user, password),
        _ => bail!("`mail.user` and `mail.password` belong together; set both or neither"),
    };
    let here = matches!(settings.host.as_str(), "localhost" | "127.0.0.1" | "::1");
    if settings.security == MailSecurity::None && !here {
        bail!(
            "`mail.password` would cross the network unencrypted; set `mail.security` to \
             \"starttls\" or \"tls\""
        );
    }
    let password = password.reveal().to_owned();
    Ok(Some(Credentials::new(user.clone(), password)))
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
