//! The text of a token that was mailed, as requests bring it.

use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

/// The text of a mailed token.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailedToken {
    /// As in the mail.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "AZ7Kq3Y4cQSb0r8m2TnV5w")]
    pub token: String,
}
