//! Refusals that all of our web sockets share.

use std::time::Duration;

use axum::http::StatusCode;

use super::Fault;

/// The request asks for no WebSocket.
pub fn no_web_socket() -> Fault {
    let message =
        "this is a WebSocket; connect to it as one, e.g. with `ws://` instead of `http://`";
    Fault::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", message)
}

/// As many streams are heard as may be.
pub fn too_many_streams() -> Fault {
    let message =
        "as many streams as `limits.live_streams` allows are being heard; try again later";
    let mut fault = Fault::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", message);
    fault.retry_after = Some(Duration::from_secs(5));
    fault
}
