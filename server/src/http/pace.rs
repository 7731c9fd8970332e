//! A least pace for request bodies.
//!
//! A client that sends a byte every few seconds never pauses long enough to be cut off for silence. So
//! the time that was spent waiting for a body is weighed against what came. Time in which the handler
//! did something else does not count: then it is not the client who is slow.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, Bytes, HttpBody},
    extract::Request,
    middleware::Next,
    response::Response,
};
use futures::{Stream, StreamExt};
use tokio::time::Instant;

/// Waiting that is not weighed yet: networks have bad moments.
const PATIENCE: Duration = Duration::from_mins(1);
/// Least bytes for each second of waiting.
const LEAST_PACE: u64 = 100;

/// The layer.
pub async fn keep_pace(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let request = request.map(|body| {
        Body::from_stream(Paced {
            pieces: body.into_data_stream(),
            patience: PATIENCE,
            bytes: 0,
            waited: Duration::ZERO,
            waits_since: None,
        })
    });
    next.run(request).await
}

struct Paced {
    pieces: BodyDataStream,
    patience: Duration,
    bytes: u64,
    waited: Duration,
    waits_since: Option<Instant>,
}

impl Paced {
    fn is_too_slow(&self) -> bool {
        let due = self.waited.as_secs_f64() * LEAST_PACE as f64;
        self.waited > self.patience && (self.bytes as f64) < due
    }
}

impl Stream for Paced {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = self.pieces.poll_next_unpin(context);
        if piece.is_pending() {
            self.waits_since.get_or_insert_with(Instant::now);
            return Poll::Pending;
        }
        if let Some(since) = self.waits_since.take() {
            self.waited += since.elapsed();
        }
        let Poll::Ready(Some(Ok(bytes))) = &piece else {
            return piece;
        };
        self.bytes += bytes.len() as u64;
        if self.is_too_slow() {
            let message = format!("the body came at less than {LEAST_PACE} bytes a second");
            return Poll::Ready(Some(Err(axum::Error::new(message))));
        }
        piece
    }
}

#[cfg(test)]
mod tests {
    use async_stream::stream;
    use tokio::time::sleep;

    use super::*;

    /// Whether a body of so many pieces arrives, with a pause before each, when patience lasts for
    /// a tenth of a second.
    async fn arrives(pieces: u32, size: usize, pause: Duration) -> bool {
        let body = stream! {
            for _ in 0..pieces {
                sleep(pause).await;
                yield Ok::<_, std::io::Error>(Bytes::from(vec![0; size]));
            }
        };
        let paced = Paced {
            pieces: Body::from_stream(body).into_data_stream(),
            patience: Duration::from_millis(100),
            bytes: 0,
            waited: Duration::ZERO,
            waits_since: None,
        };
        paced.all(|piece| async move { piece.is_ok() }).await
    }

    #[tokio::test]
    async fn a_trickle_is_cut_off() {
        let short = Duration::from_millis(30);
        assert!(arrives(2, 1, short).await);
        assert!(arrives(20, 1000, short).await);
        assert!(!arrives(20, 1, short).await);
        assert!(!arrives(1, 5, short * 10).await);
        assert!(arrives(1, 1000, short * 10).await);
    }
}
