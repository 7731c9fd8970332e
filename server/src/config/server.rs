//! Section `[server]`: network.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on; port 0 takes any free one.
    pub listen: String,
    /// Seconds that running requests may take to finish after a signal to stop.
    pub shutdown_seconds: u64,
    /// Seconds a client may leave a streamed reply unread before its work is cancelled.
    pub stall_seconds: u64,
    /// Most connections at the same time; more wait until one closes.
    pub connections: usize,
    /// Seconds that a client may take to send the head of a request, and that an unused HTTP/1
    /// connection stays open.
    pub header_seconds: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
            shutdown_seconds: 20,
            stall_seconds: 30,
            connections: 1000,
            header_seconds: 30,
        }
    }
}
