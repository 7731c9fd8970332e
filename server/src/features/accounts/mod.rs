//! Accounts: registered, verified, changed, removed; their passwords and second factors.
//!
//! A registration is a row of its own until its address is proved by the mailed token; only then
//! can it log in. So whoever registers somebody else's address gains nothing: the owner proves
//! the registration they made themselves, with their own password.
//!
//! What a request learns never depends on whether an account exists: where that matters the
//! request only queues a job ([`errands`]), and the job looks.

mod administration;
mod errands;
mod generated_password;
mod http;
pub mod one_time_token;
mod password_change;
mod password_hash;
mod password_rules;
mod registration;
mod second_factor;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod tidy;
mod view;

pub use administration::ListedAccount;
pub use errands::ErrandJob;
pub use generated_password::generated_password;
pub use http::routes;
pub use password_hash::PasswordHashing;
pub use password_rules::normalised;
pub use registration::{NewAccount, VerifiedAccount};
pub use second_factor::{Confirmation, SecondFactor};
pub use service::AccountService;
pub use tidy::TidyJob;
pub use view::Account;
