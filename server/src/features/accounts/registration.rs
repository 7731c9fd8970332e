//! Registering and proving an address.

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    AccountService,
    errands::{self, Errand},
    one_time_token,
    password_rules::NewPassword,
    store,
};
use crate::{
    access::Role,
    config::Registration,
    database,
    entity::account,
    features::organisations::FIRST,
    foundation::HOUR,
    http::{EmailAddress, Fault, Origin},
    ports::{AuditCategory, AuditEvent},
    secrets::Purpose,
};

/// Who wants an account.
#[derive(Clone)]
pub struct NewAccount {
    /// Their address.
    pub email: EmailAddress,
    /// Their password.
    pub password: String,
    /// What to call them.
    pub name: String,
    /// The text of an invitation, where only those who have one may register.
    pub invitation: Option<String>,
}

/// A proved address.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VerifiedAccount {
    /// Always `verified`; failures are problems that say why.
    #[schema(example = "verified")]
    pub status: &'static str,
    /// The account.
    #[schema(value_type = String, format = "uuid")]
    pub account: Uuid,
}

impl AccountService {
    /// Registers; the mailed link proves the address. What happens, and how long it takes, does
    /// not depend on whether the address has an account.
    ///
    /// # Errors
    /// 403 where registration is closed; 422 for a password that breaks the rules.
    pub async fn register(&self, new: NewAccount, origin: &Origin) -> Result<(), Fault> {
        self.check_policy(&new).await?;
        let context = [new.name.as_str(), new.email.as_str()];
        let hash = self.new_hash(&new.password, &context).await?;
        let row = self.account_row(&new, hash);
        let transaction = self.foundation.database.begin().await?;
        database::insert(&transaction, row.clone()).await?;
        let lifetime = i64::from(self.settings.verification_hours) * HOUR;
        let token = one_time_token::create(
            &self.foundation,
            &transaction,
            row.id,
            Purpose::VerifyEmail,
            lifetime,
        )
        .await?;
        let errand = Errand::Registered { token };
        errands::queue(&self.foundation, &transaction, &errand).await?;
        let event = AuditEvent::new(AuditCategory::Security, "account.register")
            .on("account", row.id)
            .from(origin);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Proves an address by the mailed token and gives the account its own organisation.
    ///
    /// # Errors
    /// 422 with the code `token_expired`, `token_used` or `token_unknown`.
    pub async fn verify(&self, token: &str, origin: &Origin) -> Result<VerifiedAccount, Fault> {
        let transaction = self.foundation.database.begin().await?;
        let redeemed =
            one_time_token::redeem(&self.foundation, &transaction, Purpose::VerifyEmail, token)
                .await?;
        let id = redeemed.account()?;
        let row = store::find(&transaction, id).await?;
        // Another registration of the same address was verified first; this one went with that.
        let Some(row) = row else {
            return Err(used());
        };
        if !store::verify(&transaction, &row, self.foundation.now()).await? {
            return Err(used());
        }
        self.organisations
            .found_personal(&transaction, row.id, &row.name)
            .await?;
        let event = AuditEvent::new(AuditCategory::Security, "account.verify")
            .on("account", row.id)
            .from(origin);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        Ok(VerifiedAccount {
            status: "verified",
            account: row.id,
        })
    }

    /// Mails the token once more, if the address has a registration that waits for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resend(&self, email: &EmailAddress) -> Result<(), Fault> {
        self.run_errand(&Errand::Resend {
            email_key: email.canonical(),
        })
        .await
    }

    /// Makes an account whose address needs no proof: for administrators on the command line.
    ///
    /// # Errors
    /// 409 when the address has an account; 422 for a password that breaks the rules.
    pub async fn create(&self, new: NewAccount, instance_admin: bool) -> Result<Uuid, Fault> {
        let context = [new.name.as_str(), new.email.as_str()];
        let hash = self.new_hash(&new.password, &context).await?;
        let row = account::Model {
            instance_admin,
            ..self.account_row(&new, hash)
        };
        let transaction = self.foundation.database.begin().await?;
        database::insert(&transaction, row.clone()).await?;
        if !store::verify(&transaction, &row, self.foundation.now()).await? {
            let message = format!("{} has an account already", row.email);
            return Err(Fault::new(StatusCode::CONFLICT, "account_exists", message));
        }
        self.organisations
            .found_personal(&transaction, row.id, &row.name)
            .await?;
        if instance_admin {
            self.organisations
                .join(&transaction, FIRST, row.id, Role::Owner)
                .await?;
        }
        let event = AuditEvent::new(AuditCategory::Security, "account.create")
            .on("account", row.id)
            .detail("instance_admin", instance_admin)
            .from(&Origin::command_line());
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        Ok(row.id)
    }

    /// The hash of a password that keeps the rules.
    pub(super) async fn new_hash(&self, password: &str, context: &[&str]) -> Result<String, Fault> {
        let password = NewPassword::check(password, context, &self.settings.password)
            .map_err(|message| Fault::unprocessable("password", message))?;
        self.hashing.hash(password.into_text()).await
    }

    pub(super) async fn run_errand(&self, errand: &Errand) -> Result<(), Fault> {
        let transaction = self.foundation.database.begin().await?;
        errands::queue(&self.foundation, &transaction, errand).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn check_policy(&self, new: &NewAccount) -> Result<(), Fault> {
        let message = match self.settings.registration {
            Registration::Open => return Ok(()),
            Registration::Closed => "accounts are made by the administrator of this server",
            Registration::Invited => {
                let text = new.invitation.as_deref().unwrap_or_default();
                if self.organisations.is_invited(text, &new.email).await? {
                    return Ok(());
                }
                "registering needs an invitation to this address: send its text as `invitation`"
            }
        };
        Err(Fault::new(
            StatusCode::FORBIDDEN,
            "registration_closed",
            message,
        ))
    }

    fn account_row(&self, new: &NewAccount, hash: String) -> account::Model {
        let now = self.foundation.now();
        account::Model {
            id: self.foundation.identifier(),
            email: new.email.as_str().to_owned(),
            email_key: new.email.canonical(),
            verified_key: None,
            name: new.name.clone(),
            password: hash,
            password_changed_at: now,
            verified_at: None,
            instance_admin: false,
            second_factor: None,
            second_factor_at: None,
            second_factor_step: 0,
            created_at: now,
            updated_at: now,
        }
    }
}

fn used() -> Fault {
    let mut fault = Fault::unprocessable("token", "belongs to an address that was verified before");
    fault.code = "token_used";
    fault
}
