//! Limits on request bodies, with the limit in the message.

use axum::{
    extract::{Request, State, multipart::MultipartError},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

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

/// The layer: refuses by the stated length, and leaves the limit for those who read the body.
pub async fn limit_body(
    State(limit): State<BodyLimit>,
    mut request: Request,
    next: Next,
) -> Response {
    if stated_length(request.headers()).is_some_and(|length| length > limit.most()) {
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
