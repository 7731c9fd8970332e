//! The parts of the OpenAPI document that belong to no single route.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        Components,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

use super::render::{OpenAiError, Problem};

/// Title, security and shared schemas; the slices add their routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Locutor",
        description = "Speech and retrieval over HTTP. Routes below `/v1` follow OpenAI's interface: its official \
                       clients work unchanged. Errors there are `{\"error\": {...}}`, elsewhere RFC 9457 problems."
    ),
    components(schemas(OpenAiError, Problem)),
    modifiers(&Bearer),
    security(("bearer" = []))
)]
pub struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        document
            .components
            .get_or_insert_with(Components::new)
            .add_security_scheme(
                "bearer",
                SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
            );
    }
}
