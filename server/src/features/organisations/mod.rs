//! Organisations: the tenants that rows belong to, their members and invitations.
//!
//! Every account has a personal organisation; others are founded, joined by invitation and left.
//! What is below one organisation does not exist for the members of another.

mod http;
mod invitations;
mod members;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

use uuid::Uuid;

pub use http::routes;
pub use service::{OrganisationService, PURGE};
pub use view::{Invitation, Member, MemberPage, Membership, Organisation};

/// The organisation of the server's administrator; what was there before organisations is in it.
pub const FIRST: Uuid = Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001);
