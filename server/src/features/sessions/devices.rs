//! Devices that logged in before: while somebody guesses an account's password, they go on.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::store;
use crate::{
    database,
    entity::known_device,
    features::accounts::one_time_token,
    foundation::Foundation,
    http::{Fault, Origin},
    ports::{AuditCategory, AuditEvent},
    secrets::Purpose,
};

/// The known devices of accounts.
#[derive(Clone)]
pub struct Devices {
    foundation: Foundation,
}

impl Devices {
    /// Works on the rows of the foundation.
    pub fn new(foundation: Foundation) -> Self {
        Self { foundation }
    }

    /// Makes a device known and gives the token by which it proves itself.
    pub async fn introduce(
        &self,
        transaction: &DatabaseTransaction,
        account: Uuid,
    ) -> Result<String, Fault> {
        let mut secret = [0; 32];
        self.foundation.randomness.fill(&mut secret);
        let token = format!("ldt_{}", URL_SAFE_NO_PAD.encode(secret));
        let now = self.foundation.now();
        let row = known_device::Model {
            digest: self.digest(account, &token),
            account_id: account,
            created_at: now,
            last_used_at: now,
        };
        database::insert(transaction, row).await?;
        Ok(token)
    }

    /// Whether the token is that of a device that the account knows.
    pub async fn knows(&self, account: Uuid, token: &str) -> Result<bool, Fault> {
        let digest = self.digest(account, token);
        let writer = self.foundation.database.writer();
        Ok(store::touch_device(writer, &digest, self.foundation.now()).await?)
    }

    /// Makes the device known that was sent a link.
    ///
    /// # Errors
    /// 422 for a token that is no good.
    pub async fn confirm(&self, token: &str, origin: &Origin) -> Result<String, Fault> {
        let transaction = self.foundation.database.begin().await?;
        let redeemed =
            one_time_token::redeem(&self.foundation, &transaction, Purpose::NewDevice, token)
                .await?;
        let account = redeemed.account()?;
        let device = self.introduce(&transaction, account).await?;
        let event = AuditEvent::new(AuditCategory::Security, "device.confirm")
            .on("account", account)
            .from(origin);
        self.foundation.audit.record(&transaction, event).await?;
        transaction.commit().await?;
        Ok(device)
    }

    fn digest(&self, account: Uuid, token: &str) -> Vec<u8> {
        let inputs = [account.as_bytes().as_slice(), token.as_bytes()];
        self.foundation
            .secret
            .derive(Purpose::Device, &inputs)
            .to_vec()
    }
}
