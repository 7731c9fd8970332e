//! The parts of the OpenAPI document that belong to no single route.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        Components, Content, PathItem, Ref, Response,
        path::Operation,
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

/// Documents the errors of every route: the render layer writes them, so no handler names them.
pub fn describe_errors(document: &mut utoipa::openapi::OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let (schema, kind) = if path.starts_with("/v1/") {
            ("OpenAiError", "application/json")
        } else {
            ("Problem", "application/problem+json")
        };
        for operation in operations(item) {
            let content = Content::new(Some(Ref::from_schema_name(schema)));
            let mut response = Response::new("What went wrong and what to do about it.");
            response.content.insert(kind.to_owned(), content.into());
            let responses = &mut operation.responses.responses;
            responses
                .entry("default".to_owned())
                .or_insert(response.into());
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.post,
        &mut item.put,
        &mut item.delete,
    ]
    .into_iter()
    .filter_map(Option::as_mut)
}
