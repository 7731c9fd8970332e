//! Logging in.

use axum::http::StatusCode;

use super::{
    Families, SignedTokens, TokenPair,
    devices::Devices,
    guard::{Attempt, LoginGuard},
    refresh::Refresh,
};
use crate::{
    entity::account,
    features::{accounts::AccountService, organisations::OrganisationService},
    foundation::Foundation,
    http::{EmailAddress, Fault, Origin},
    letters::{self, Letter},
    ports::{AuditCategory, AuditEvent},
};

/// What somebody logs in with.
pub struct Credentials {
    /// The account's address.
    pub email: EmailAddress,
    /// Its password.
    pub password: String,
    /// A code of the second factor, or a recovery code.
    pub code: Option<String>,
    /// The token of a device that logged in before.
    pub device: Option<String>,
}

/// A session that began.
pub struct LoggedIn {
    /// Its tokens.
    pub tokens: TokenPair,
    /// The token of a device that was not known before.
    pub device: Option<String>,
}

/// Begins sessions; clones share everything.
#[derive(Clone)]
pub struct Login {
    foundation: Foundation,
    accounts: AccountService,
    organisations: OrganisationService,
    families: Families,
    guard: LoginGuard,
    devices: Devices,
    refresh: Refresh,
}

impl Login {
    /// Works on these services.
    pub fn new(
        foundation: Foundation,
        accounts: AccountService,
        organisations: OrganisationService,
        families: Families,
        tokens: SignedTokens,
    ) -> Self {
        Self {
            guard: LoginGuard::new(foundation.clone()),
            devices: Devices::new(foundation.clone()),
            refresh: Refresh::new(families.clone(), tokens, accounts.clone()),
            foundation,
            accounts,
            organisations,
            families,
        }
    }

    /// Exchanges refresh tokens.
    pub fn refresh(&self) -> &Refresh {
        &self.refresh
    }

    /// The known devices.
    pub fn devices(&self) -> &Devices {
        &self.devices
    }

    /// Begins a session.
    ///
    /// # Errors
    /// 401 for wrong credentials or a missing code; 403 where an unknown device must prove itself;
    /// 429 while the client's address is locked out.
    pub async fn login(
        &self,
        credentials: Credentials,
        origin: &Origin,
    ) -> Result<LoggedIn, Fault> {
        let email_key = credentials.email.canonical();
        let attempt = self.guard.admit(&email_key, origin.address).await?;
        let row = self.accounts.find_verified(&email_key).await?;
        let known = self.knows_device(row.as_ref(), &credentials).await?;
        let same = self
            .accounts
            .check_password(row.as_ref(), &credentials.password)
            .await?;
        if attempt.besieged && !known {
            let proved = row.as_ref().filter(|_| same);
            return Err(self.ask_for_proof(proved, origin).await?);
        }
        let row = match row {
            Some(row) if same => row,
            other => return Err(self.failed(other.as_ref(), &attempt, origin).await?),
        };
        if !self.passes_second_factor(&row, &credentials).await? {
            return Err(self
                .wrong_code(&row, &credentials, &attempt, origin)
                .await?);
        }
        self.guard.succeeded(&attempt).await?;
        self.begin(&row, known, origin).await
    }

    async fn begin(
        &self,
        row: &account::Model,
        known: bool,
        origin: &Origin,
    ) -> Result<LoggedIn, Fault> {
        let organisation = self.organisations.home(row.id).await?;
        let transaction = self.foundation.database.begin().await?;
        let begun = self
            .families
            .begin(&transaction, row.id, organisation, origin)
            .await?;
        let device = if known {
            None
        } else {
            Some(self.devices.introduce(&transaction, row.id).await?)
        };
        let event = AuditEvent::new(AuditCategory::Security, "session.start")
            .on("session", begun.session.id)
            .detail("account", row.id.to_string())
            .from(origin);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        Ok(LoggedIn {
            tokens: self.refresh.pair(&begun.session, begun.refresh_token)?,
            device,
        })
    }

    async fn knows_device(
        &self,
        row: Option<&account::Model>,
        credentials: &Credentials,
    ) -> Result<bool, Fault> {
        match (row, &credentials.device) {
            (Some(row), Some(device)) => self.devices.knows(row.id, device).await,
            _ => Ok(false),
        }
    }

    async fn passes_second_factor(
        &self,
        row: &account::Model,
        credentials: &Credentials,
    ) -> Result<bool, Fault> {
        if row.second_factor_at.is_none() {
            return Ok(true);
        }
        let Some(code) = &credentials.code else {
            return Ok(false);
        };
        let factor = self.accounts.second_factor();
        Ok(factor.accepts(row, code).await? || factor.accepts_recovery(row.id, code).await?)
    }

    /// A missing code is no guess; a wrong one is.
    async fn wrong_code(
        &self,
        row: &account::Model,
        credentials: &Credentials,
        attempt: &Attempt,
        origin: &Origin,
    ) -> Result<Fault, Fault> {
        if credentials.code.is_some() {
            return self.failed(Some(row), attempt, origin).await;
        }
        // Not as after a success: else guessed codes would be forgotten between two of these.
        self.guard.take_back(attempt).await?;
        let message = "this account needs a second factor: send the authenticator's code, or a recovery code, as `code`";
        Ok(Fault::new(
            StatusCode::UNAUTHORIZED,
            "second_factor_required",
            message,
        ))
    }

    /// The reply to whoever guesses is the same as to the owner, who gets a mail.
    async fn ask_for_proof(
        &self,
        row: Option<&account::Model>,
        origin: &Origin,
    ) -> Result<Fault, Fault> {
        let transaction = self.foundation.database.begin().await?;
        if let Some(row) = row {
            self.accounts
                .mail_new_device(&transaction, row.id, origin)
                .await?;
        }
        // Written in any case, so that the time does not tell whether the password was right.
        let event = AuditEvent::new(AuditCategory::Security, "session.unknown_device")
            .failed()
            .from(origin);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        let message = "too many logins to this account failed lately, so a new device must prove itself: if address and password are right, \
                       a link was mailed; send its token to /auth/devices/confirm, then log in with the device token it gives";
        Ok(Fault::new(StatusCode::FORBIDDEN, "device_unknown", message))
    }

    async fn failed(
        &self,
        account: Option<&account::Model>,
        attempt: &Attempt,
        origin: &Origin,
    ) -> Result<Fault, Fault> {
        let locks_for = self.guard.failed(attempt).await?;
        let transaction = self.foundation.database.begin().await?;
        for letter in self.letters((attempt, locks_for), origin) {
            if let Some(account) = account {
                let recipient = account.into();
                letters::queue(&self.foundation, &transaction, recipient, letter).await?;
            }
        }
        let action = if locks_for.is_some() {
            "session.lock_out"
        } else {
            "session.refuse"
        };
        let mut event = AuditEvent::new(AuditCategory::Security, action)
            .failed()
            .from(origin);
        if let Some(account) = account {
            event = event.on("account", account.id);
        }
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        let message = "wrong address, password or code, or the address was not verified yet";
        Ok(Fault::new(
            StatusCode::UNAUTHORIZED,
            "invalid_credentials",
            message,
        ))
    }

    /// What the owner is to know about an attempt that failed.
    fn letters(
        &self,
        (attempt, locks_for): (&Attempt, Option<u32>),
        origin: &Origin,
    ) -> Vec<Letter> {
        let locked_out = locks_for.map(|minutes| Letter::LockedOut {
            place: origin.into(),
            minutes,
        });
        let besieged = attempt.siege_begins.then(|| Letter::Alert {
            rule: "many failed logins".to_owned(),
            message: SIEGE.to_owned(),
            at: self.foundation.now(),
        });
        locked_out.into_iter().chain(besieged).collect()
    }
}

/// To the owner of an account whose password many addresses guess at.
const SIEGE: &str = "Many logins to your account failed within an hour, from more than one address. For now a new device must \
    confirm by a mailed link that it is yours; devices from which you logged in before, and your sessions, go on.";
