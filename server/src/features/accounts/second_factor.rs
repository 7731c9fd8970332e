//! The second factor: codes by time (TOTP, RFC 6238) and, once each, recovery codes.
//!
//! The secret in the person's application is derived from the server's secret and a random seed
//! in the row, so the row alone gives no codes. A time step opens once (RFC 6238, section 5.2).

use axum::http::StatusCode;
use serde::Serialize;
use totp_rs::{Builder, Totp};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{AccountService, store};
use crate::{
    access::Caller,
    entity::account,
    foundation::Foundation,
    http::{Fault, Origin},
    ports::{AuditCategory, AuditEvent},
    secrets::Purpose,
};

/// Bytes of a TOTP secret: 160 bits, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// Recovery codes that are made at once.
const RECOVERY_CODES: usize = 10;
/// Seconds of a time step.
const STEP: u64 = 30;

/// What an authenticator application needs.
#[derive(Serialize, ToSchema)]
pub struct Enrolment {
    /// The secret in base32, to be typed in.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    pub secret: String,
    /// The same as a link, to be shown as a QR code.
    #[schema(example = "otpauth://totp/Locutor:ada%40example.org?secret=JBSWY3DP&issuer=Locutor")]
    pub link: String,
}

/// Codes for the day when the authenticator is lost; each works once.
#[derive(Serialize, ToSchema)]
pub struct Confirmation {
    /// The codes; they are shown only now.
    #[schema(example = json!(["k3m9-x7qa-p2vd"]))]
    pub recovery_codes: Vec<String>,
}

/// The second factor's use cases.
pub struct SecondFactor {
    foundation: Foundation,
}

impl SecondFactor {
    /// Works on the rows of the foundation.
    pub fn new(foundation: Foundation) -> Self {
        Self { foundation }
    }

    /// Whether the code opens the account now. A code that did opens nothing again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accepts(&self, row: &account::Model, code: &str) -> Result<bool, Fault> {
        let Some(step) = self.step(row, code)? else {
            return Ok(false);
        };
        let writer = self.foundation.database.writer();
        Ok(store::use_step(writer, row.id, step).await?)
    }

    /// Whether the recovery code opens the account; then it never does again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accepts_recovery(&self, account: Uuid, code: &str) -> Result<bool, Fault> {
        let digest = self.digest(account, code);
        let writer = self.foundation.database.writer();
        Ok(store::use_recovery_code(writer, digest, self.foundation.now()).await?)
    }

    fn step(&self, row: &account::Model, code: &str) -> Result<Option<i64>, Fault> {
        let Some(totp) = self.totp(row)? else {
            return Ok(None);
        };
        let seconds = u64::try_from(self.foundation.now() / 1000).unwrap_or(0);
        let step = totp.check(code.trim(), seconds);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    fn totp(&self, row: &account::Model) -> Result<Option<Totp>, Fault> {
        let Some(seed) = &row.second_factor else {
            return Ok(None);
        };
        let secret = self
            .foundation
            .secret
            .derive(Purpose::SecondFactor, &[row.id.as_bytes(), seed]);
        Builder::new()
            .with_secret(&secret[..SECRET_BYTES])
            .with_step_duration(STEP)
            .with_account_name(row.email.as_str())
            .with_issuer(Some("Locutor"))
            .build()
            .map(Some)
            .map_err(Fault::internal)
    }

    fn digest(&self, account: Uuid, code: &str) -> Vec<u8> {
        let code: String = code
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|character| character.to_ascii_lowercase())
            .collect();
        let inputs = [account.as_bytes().as_slice(), code.as_bytes()];
        let digest = self
            .foundation
            .secret
            .derive(Purpose::RecoveryCode, &inputs);
        digest.to_vec()
    }

    /// 60 random bits, in groups that are easy to copy.
    fn recovery_code(&self) -> String {
        const SYMBOLS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut bytes = [0; 12];
        self.foundation.randomness.fill(&mut bytes);
        let symbols: Vec<char> = bytes
            .iter()
            .map(|byte| char::from(SYMBOLS[usize::from(byte % 32)]))
            .collect();
        let groups: Vec<String> = symbols
            .chunks(4)
            .map(|group| group.iter().collect())
            .collect();
        groups.join("-")
    }
}

impl AccountService {
    /// Makes a secret for an authenticator; it counts once a code of it was confirmed.
    ///
    /// # Errors
    /// 403 for a wrong password; 409 while a second factor is in use.
    pub async fn enrol(
        &self,
        caller: &Caller,
        password: &str,
        origin: &Origin,
    ) -> Result<Enrolment, Fault> {
        let mut row = self.confirmed(caller, password, origin).await?;
        let mut seed = vec![0; SECRET_BYTES];
        self.foundation.randomness.fill(&mut seed);
        let transaction = self.foundation.database.begin().await?;
        if !store::offer_second_factor(&transaction, row.id, seed.clone()).await? {
            let message = "a second factor is in use; remove it first";
            return Err(Fault::new(
                StatusCode::CONFLICT,
                "second_factor_in_use",
                message,
            ));
        }
        let event = AuditEvent::new(AuditCategory::Security, "second_factor.offer")
            .by(caller.actor, Some(caller.organisation))
            .on("account", row.id)
            .from(origin);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        row.second_factor = Some(seed);
        let totp = self.second_factor().totp(&row)?;
        let totp = totp.ok_or_else(|| Fault::internal("a second factor without a seed"))?;
        Ok(Enrolment {
            secret: totp.secret().to_base32(),
            link: totp.to_url().map_err(Fault::internal)?,
        })
    }

    /// Confirms the secret by a code; from now on logins need one.
    ///
    /// # Errors
    /// 422 for a wrong code; 409 when another secret was made meanwhile.
    pub async fn confirm(
        &self,
        caller: &Caller,
        code: &str,
        origin: &Origin,
    ) -> Result<Confirmation, Fault> {
        let row = self.row(caller.actor.id()).await?;
        self.check_code(caller, &row, code, origin).await?;
        let since = self.foundation.now();
        self.new_recovery_codes(caller, &row, since, "second_factor.confirm", origin)
            .await
    }

    /// Makes new recovery codes; the old ones no longer work.
    ///
    /// # Errors
    /// 422 for a wrong code; 409 when no second factor is in use.
    pub async fn renew_recovery_codes(
        &self,
        caller: &Caller,
        code: &str,
        origin: &Origin,
    ) -> Result<Confirmation, Fault> {
        let row = self.row(caller.actor.id()).await?;
        let since = row.second_factor_at.ok_or_else(|| {
            let message = "no second factor is in use; confirm one first";
            Fault::new(StatusCode::CONFLICT, "second_factor_missing", message)
        })?;
        self.check_code(caller, &row, code, origin).await?;
        self.new_recovery_codes(caller, &row, since, "second_factor.renew", origin)
            .await
    }

    /// Removes the second factor.
    ///
    /// # Errors
    /// 403 for a wrong password; 422 for a wrong code.
    pub async fn remove_second_factor(
        &self,
        caller: &Caller,
        password: &str,
        code: &str,
        origin: &Origin,
    ) -> Result<(), Fault> {
        let row = self.confirmed(caller, password, origin).await?;
        if row.second_factor_at.is_some()
            && !self.second_factor().accepts_recovery(row.id, code).await?
        {
            self.check_code(caller, &row, code, origin).await?;
        }
        let transaction = self.foundation.database.begin().await?;
        store::remove_second_factor(&transaction, row.id).await?;
        store::replace_recovery_codes(&transaction, row.id, Vec::new()).await?;
        let event = AuditEvent::new(AuditCategory::Security, "second_factor.remove")
            .by(caller.actor, Some(caller.organisation))
            .on("account", row.id)
            .from(origin);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn check_code(
        &self,
        caller: &Caller,
        row: &account::Model,
        code: &str,
        origin: &Origin,
    ) -> Result<(), Fault> {
        if self.second_factor().accepts(row, code).await? {
            return Ok(());
        }
        self.note_refusal(caller, "account.confirm_code", origin)
            .await?;
        let message = "is not the code that the authenticator shows now, or it was used before";
        let mut fault = Fault::unprocessable("code", message);
        fault.code = "wrong_code";
        Err(fault)
    }

    async fn new_recovery_codes(
        &self,
        caller: &Caller,
        row: &account::Model,
        since: i64,
        action: &'static str,
        origin: &Origin,
    ) -> Result<Confirmation, Fault> {
        let factor = self.second_factor();
        let codes: Vec<String> = (0..RECOVERY_CODES)
            .map(|_| factor.recovery_code())
            .collect();
        let digests = codes
            .iter()
            .map(|code| factor.digest(row.id, code))
            .collect();
        let transaction = self.foundation.database.begin().await?;
        let seed = row.second_factor.clone().unwrap_or_default();
        if !store::confirm_second_factor(&transaction, row.id, seed, since).await? {
            let message = "the second factor was changed meanwhile; enrol again";
            return Err(Fault::new(
                StatusCode::CONFLICT,
                "second_factor_changed",
                message,
            ));
        }
        store::replace_recovery_codes(&transaction, row.id, digests).await?;
        let event = AuditEvent::new(AuditCategory::Security, action)
            .by(caller.actor, Some(caller.organisation))
            .on("account", row.id)
            .from(origin);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        Ok(Confirmation {
            recovery_codes: codes,
        })
    }
}
