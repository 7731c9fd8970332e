//! What an open stream holds.

use std::time::Duration;

use axum::extract::ws::close_code;

use super::{Place, Watch};
use crate::http::{Fault, Stopping, stopped};

/// What an open stream holds, and what may end it from outside.
pub struct Standing {
    /// Tells when it may not go on.
    pub watch: Watch,
    /// Tells when the server stops.
    pub stopping: Stopping,
    /// Longest that a client may leave an event unread.
    pub stall: Duration,
    /// Its place among those that are allowed at once.
    pub _place: Place,
}

/// What ended a stream that its client did not end.
pub enum Over {
    /// The server stops.
    Stopping,
    /// The caller may not go on.
    Refused(Fault),
    /// The caller sent nothing, with what people read about it.
    Silent(&'static str),
}

impl Standing {
    /// Once the stream is over, whatever its client does. To be asked until then and not again.
    pub async fn over(&mut self) -> Over {
        tokio::select! {
            () = stopped(&mut self.stopping) => Over::Stopping,
            fault = self.watch.refusal() => Over::Refused(fault),
        }
    }
}

impl Over {
    /// With which code a WebSocket closes.
    pub fn code(&self) -> u16 {
        match self {
            Self::Stopping => close_code::RESTART,
            Self::Refused(_) | Self::Silent(_) => close_code::POLICY,
        }
    }

    /// What people read about it.
    pub fn reason(&self) -> &str {
        match self {
            Self::Stopping => "the server stops; connect again in a moment",
            Self::Refused(fault) => &fault.message,
            Self::Silent(reason) => reason,
        }
    }
}
