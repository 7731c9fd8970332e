//! Translation of JSON bodies between an older version and the newest one.

use axum::{
    body::{Body, to_bytes},
    http::{Method, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::registry::{TRANSFORMS, Version};
use crate::http::{Fault, media_type::is_json};

/// Largest reply that is translated; ours are far smaller.
const MOST_BYTES: usize = 32 << 20;

/// What one version changed on some routes. It knows only the version right before its own; older
/// ones are reached through the transforms before it.
pub trait Transform: Send + Sync {
    /// The version that made the change.
    fn made_by(&self) -> Version;

    /// Whether it concerns a route, named by its method and its pattern, e.g. `/admin/keys/{id}`.
    fn concerns(&self, method: &Method, pattern: &str) -> bool;

    /// Turns a request of the version before into one of this version.
    ///
    /// # Errors
    /// A fault in the words of the version before, when the body does not fit it.
    fn request(&self, body: &mut Value) -> Result<(), Fault>;

    /// Turns a reply of this version into one of the version before.
    fn reply(&self, body: &mut Value);
}

/// The steps between the version of a request and the newest one, on the request's route.
#[derive(Clone, Default)]
pub struct Translation(Vec<&'static dyn Transform>);

impl Translation {
    /// The steps for a route.
    pub fn between(version: Version, method: &Method, pattern: &str) -> Self {
        // A HEAD request gets the head of the reply to a GET.
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let steps = TRANSFORMS.iter().copied();
        Self(
            steps
                .filter(|step| step.made_by() > version && step.concerns(method, pattern))
                .collect(),
        )
    }

    /// Whether the request's version is the newest one as far as its route is concerned.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Brings a request's body up to the newest version.
    ///
    /// # Errors
    /// What [`Transform::request`] refuses.
    pub fn request(&self, body: &mut Value) -> Result<(), Fault> {
        self.0.iter().try_for_each(|step| step.request(body))
    }

    /// Brings a reply back to the version of its request.
    pub async fn reply(&self, response: Response) -> Response {
        if self.is_empty() || !response.status().is_success() || !is_json(response.headers()) {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        let translated = match to_bytes(body, MOST_BYTES).await {
            Ok(whole) => self.translate(&whole),
            Err(error) => return Fault::internal(error).into_response(),
        };
        match translated {
            Ok(body) => {
                parts.headers.remove(header::CONTENT_LENGTH);
                Response::from_parts(parts, Body::from(body))
            }
            Err(error) => Fault::internal(error).into_response(),
        }
    }

    fn translate(&self, whole: &[u8]) -> serde_json::Result<Vec<u8>> {
        let mut value: Value = serde_json::from_slice(whole)?;
        for step in self.0.iter().rev() {
            step.reply(&mut value);
        }
        serde_json::to_vec(&value)
    }
}
