//! Reads what a refusal left unread of a request's body.
//!
//! A reply may be ready before the body has arrived: a wrong key, a full queue, a body over its limit.
//! Closing the connection then takes the reply from clients that read only once they have sent
//! everything, and breaks the next request of those that keep their connections.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, Bytes, HttpBody},
    extract::Request,
    http::{HeaderValue, Version, header},
    middleware::Next,
    response::Response,
};
use futures::{Stream, StreamExt};
use tokio::{sync::oneshot, time::timeout};

/// Most bytes that are read for nothing.
const MOST_BYTES: usize = 1 << 30;
/// Longest time that reading them may take.
const MOST_TIME: Duration = Duration::from_secs(20);

/// The layer: once there is a reply, reads the rest of the body, within bounds. Past them the reply
/// says that the connection closes.
pub async fn read_rest(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    // Who asks before sending is told not to.
    let asks = parts.headers.contains_key(header::EXPECT);
    let version = parts.version;
    let (give_back, mut returned) = oneshot::channel();
    let body = Lent {
        pieces: Some(body.into_data_stream()),
        begun: false,
        give_back: Some(give_back),
    };
    let request = Request::from_parts(parts, Body::from_stream(body));
    let mut response = next.run(request).await;
    // A reply that is sent while the body is still being read keeps it.
    if let Ok(rest) = returned.try_recv() {
        let whole =
            (rest.begun || !asks) && timeout(MOST_TIME, drain(rest.pieces)).await == Ok(true);
        if !whole && version <= Version::HTTP_11 {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
    }
    response
}

/// Whether the end was reached.
async fn drain(mut pieces: BodyDataStream) -> bool {
    let mut read = 0;
    while let Some(piece) = pieces.next().await {
        let Ok(piece) = piece else {
            return false;
        };
        read += piece.len();
        if read > MOST_BYTES {
            return false;
        }
    }
    true
}

/// A body that comes back when it is dropped before its end.
struct Lent {
    /// `None` once its end or an error was seen.
    pieces: Option<BodyDataStream>,
    begun: bool,
    give_back: Option<oneshot::Sender<Rest>>,
}

/// What nobody read.
struct Rest {
    pieces: BodyDataStream,
    begun: bool,
}

impl Stream for Lent {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.begun = true;
        let Some(pieces) = &mut self.pieces else {
            return Poll::Ready(None);
        };
        let piece = pieces.poll_next_unpin(context);
        if matches!(piece, Poll::Ready(None | Some(Err(_)))) {
            self.pieces = None;
        }
        piece
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let rest = self.pieces.take().filter(|pieces| !pieces.is_end_stream());
        if let (Some(pieces), Some(give_back)) = (rest, self.give_back.take()) {
            let begun = self.begun;
            // Nobody waits for it once the client has left.
            give_back.send(Rest { pieces, begun }).ok();
        }
    }
}
