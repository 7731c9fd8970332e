//! Who asks for a change, for the audit log.

use super::Caller;
use crate::http::Origin;

/// Who asks for a change, and from where.
#[derive(Debug, Clone)]
pub struct Requester {
    /// Who.
    pub caller: Caller,
    /// From where.
    pub origin: Origin,
}
