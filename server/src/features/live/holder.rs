//! Who holds places.

use ipnet::IpNet;
use uuid::Uuid;

use crate::{
    access::{Actor, Caller},
    http::ClientAddress,
};

/// Whoever counts as one when places are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// An API key, with all the client secrets that were made with it.
    Key(Uuid),
    /// An account in all of its sessions, with their client secrets.
    Account(Uuid),
    /// Those without a credential from one address, or of IPv6 from one customer's network.
    Network(IpNet),
}

impl From<&Caller> for Holder {
    fn from(caller: &Caller) -> Self {
        match caller.actor {
            Actor::Key { id } => Self::Key(id),
            Actor::User { id, .. } => Self::Account(id),
        }
    }
}

impl From<ClientAddress> for Holder {
    fn from(address: ClientAddress) -> Self {
        Self::Network(address.prefix())
    }
}
