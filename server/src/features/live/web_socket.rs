//! What all of our web sockets do alike.

use std::time::Duration;

use axum::{
    extract::ws::{CloseFrame, Message, WebSocket},
    http::StatusCode,
};
use tokio::time::timeout;

use crate::http::Fault;

/// Longest that a client may take to say that it heard why a WebSocket closes.
const REPLY: Duration = Duration::from_secs(5);
/// Most bytes of a reason (RFC 6455, 5.5: 125 with the code).
const MOST_REASON: usize = 123;

/// Says why, then lets the client say that it heard so.
pub async fn close(socket: &mut WebSocket, code: u16, reason: &str) {
    let frame = CloseFrame {
        code,
        reason: shortened(reason).into(),
    };
    let goodbye = async {
        socket.send(Message::Close(Some(frame))).await.ok();
        while let Some(Ok(_)) = socket.recv().await {}
    };
    timeout(REPLY, goodbye).await.ok();
}

/// The request asks for no WebSocket.
pub fn no_web_socket() -> Fault {
    let message =
        "this is a WebSocket; connect to it as one, e.g. with `ws://` instead of `http://`";
    Fault::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", message)
}

fn shortened(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(MOST_REASON)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_fit_into_a_frame() {
        assert_eq!(shortened("over"), "over");
        let long = "é".repeat(100);
        assert_eq!(shortened(&long).len(), 122);
    }
}
