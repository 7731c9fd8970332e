//! The parts of the OpenAPI document that belong to no single route.
//!
//! The slices' routes bring their own operations and schemas; [`complete`] adds what layers do to every
//! route: error replies ([`errors`]), headers ([`headers`]), names and examples
//! ([`operations`], [`examples`]) where a slice gave none, and what is computed ([`refine`]).

mod errors;
mod examples;
mod headers;
mod operations;
mod refine;
mod server_sent;
#[cfg(test)]
mod tests;

pub use operations::{by_method, is_secured};
pub use server_sent::ServerSent;

use utoipa::{
    Modify, OpenApi,
    openapi::{
        Components,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::render::{OpenAiError, Problem};
use crate::config::Limits;

/// Title, tags, security and shared schemas; the slices add their routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Locutor",
        description = "Speech and retrieval over HTTP. Routes below `/v1` follow OpenAI's interface: its official \
                       clients work unchanged. Errors there are `{\"error\": {...}}`, elsewhere RFC 9457 problems. \
                       There a 400 means a request that is not as described here, and a 422 one that is, but holds a \
                       value that cannot be used, such as a token that is too old. \
                       This document describes the newest version of the interface; `/docs/migrations` tells how to \
                       come here from older ones."
    ),
    components(schemas(OpenAiError, Problem)),
    modifiers(&Security),
    security(("bearer" = []), ("cookie" = [])),
    tags(
        (name = "access-rules", description = "Which addresses and countries may reach which routes."),
        (name = "accounts", description = "One's own account: registering, confirming the address, passwords, the second factor."),
        (name = "alerts", description = "Rules that tell people and programs when the server needs them."),
        (name = "audit", description = "Who did what, when and from where."),
        (name = "audio", description = "Speech to text and text to speech, as in OpenAI's interface."),
        (name = "chat", description = "Conversations, on request answered from the documents, as in OpenAI's interface."),
        (name = "documents", description = "The texts that answers come from."),
        (name = "languages", description = "Which languages a text or a recording is in."),
        (name = "embeddings", description = "Texts as vectors, as in OpenAI's interface."),
        (name = "health", description = "Whether the server runs, whether it can serve, and how it is doing."),
        (name = "jobs", description = "Work that goes on behind the requests."),
        (name = "keys", description = "API keys for programs."),
        (name = "models", description = "What is installed, as in OpenAI's interface."),
        (name = "organisations", description = "Organisations, their members and invitations."),
        (name = "sessions", description = "Logging in, staying logged in and logging out."),
        (name = "usage", description = "What was used and what failed."),
    )
)]
pub struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key, or the access token of a session."))
            .build();
        let cookie = ApiKeyValue::with_description(
            "__Host-locutor_session",
            "The access token of a browser's session. Requests that change something then need to come from a page \
             of a trusted origin.",
        );
        let components = document.components.get_or_insert_with(Components::new);
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// Adds what is the same for the routes of all slices.
pub fn complete(document: &mut utoipa::openapi::OpenApi, limits: &Limits) {
    operations::name(document);
    refine::refine(document, limits);
    errors::describe(document);
    headers::describe(document);
    examples::add(document);
}
