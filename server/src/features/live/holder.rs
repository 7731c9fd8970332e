//! Who holds places.

use ipnet::IpNet;
use uuid::Uuid;

use crate::{
    access::{Actor, Remembered},
    http::ClientAddress,
};

/// Whoever counts as one when places are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// An API key that nobody's account made, with all the client secrets that were made with it.
    Key(Uuid),
    /// An account in all of its sessions and with all of its keys, and their client secrets: keys can be made at will.
    Account(Uuid),
    /// Those without a credential from one address, or of IPv6 from one customer's network.
    Network(IpNet),
}

impl From<&Remembered> for Holder {
    fn from(found: &Remembered) -> Self {
        match (found.caller.actor, found.maker) {
            (Actor::Key { .. }, Some(maker)) => Self::Account(maker),
            (Actor::Key { id }, None) => Self::Key(id),
            (Actor::User { id, .. }, _) => Self::Account(id),
        }
    }
}

impl From<ClientAddress> for Holder {
    fn from(address: ClientAddress) -> Self {
        Self::Network(address.prefix())
    }
}
