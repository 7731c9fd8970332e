//! Limits on request bodies, with the limit in the message.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{Request, State, multipart::MultipartError},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use tokio::time::timeout;

use super::Fault;

/// Most bytes of a body, and the setting that says so.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit {
    /// Most bytes of what the body carries, as configured.
    pub bytes: u64,
    /// Bytes that the body may have beyond that: a form's other fields, escapes in JSON.
    pub wrapping: u64,
    /// Name of the setting, e.g. `limits.upload_bytes`.
    pub setting: &'static str,
}

impl BodyLimit {
    /// Most bytes of the body itself.
    pub fn most(&self) -> u64 {
        self.bytes.saturating_add(self.wrapping)
    }
}

/// Most bytes of a refused body that are read so that its sender gets to see the refusal: many
/// clients read the reply only after they have sent everything.
const DRAINED_BYTES: u64 = 1 << 30;
const DRAINED_TIME: Duration = Duration::from_mins(1);

/// The layer: refuses by the stated length, and leaves the limit for those who read the body.
pub async fn limit_body(
    State(limit): State<BodyLimit>,
    mut request: Request,
    next: Next,
) -> Response {
    if stated_length(request.headers()).is_some_and(|length| length > limit.most()) {
        // Who asks before sending is told not to.
        if !request.headers().contains_key(header::EXPECT) {
            timeout(DRAINED_TIME, drain(request.into_body())).await.ok();
        }
        return Fault::too_large(limit.bytes, limit.setting).into_response();
    }
    request.extensions_mut().insert(limit);
    next.run(request).await
}

/// Why a form could not be read.
pub fn form_fault(error: &MultipartError, limit: Option<BodyLimit>) -> Fault {
    match (error.status(), limit) {
        (StatusCode::PAYLOAD_TOO_LARGE, Some(limit)) => {
            Fault::too_large(limit.bytes, limit.setting)
        }
        (status, _) => {
            let message = format!(
                "the multipart/form-data body cannot be read: {}",
                error.body_text()
            );
            Fault::new(status, "malformed_body", message)
        }
    }
}

fn stated_length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

async fn drain(body: Body) {
    let mut pieces = body.into_data_stream();
    let mut read = 0;
    while let Some(Ok(piece)) = pieces.next().await {
        read += piece.len() as u64;
        if read > DRAINED_BYTES {
            return;
        }
    }
}
