//! Headers that layers read from every request and add to every reply.

use axum::http::Method;
use serde_json::{Value, json};
use utoipa::openapi::{
    Components, Header, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Required, Response,
    Type,
    path::{Operation, Parameter, ParameterBuilder, ParameterIn},
};

use super::operations;
use crate::http::{
    caching::shows_entity_tag,
    version::{Version, is_deprecated},
};

/// Headers of replies: name, what it says, an example.
const REPLY: [(&str, &str, &str); 10] = [
    (
        "Api-Version",
        "The version of the interface that answered.",
        "",
    ),
    (
        "RateLimit",
        "How many requests are left, and when the quota is whole again.",
        "\"general\";r=58;t=12",
    ),
    (
        "RateLimit-Policy",
        "The quota that counted this request.",
        "\"general\";q=60;w=60",
    ),
    (
        "Retry-After",
        "Seconds after which the same request may succeed.",
        "12",
    ),
    (
        "WWW-Authenticate",
        "The kind of credential that is wanted.",
        "Bearer",
    ),
    (
        "ETag",
        "Names the exact content; send it as `If-None-Match` to ask whether it is still current.",
        "\"3uBRR1wEPVoQjwQYFVtWzA\"",
    ),
    (
        "Cache-Control",
        "Who may keep this reply.",
        "private, no-cache",
    ),
    (
        "Deprecation",
        "Since when something that this request uses should no longer be used (RFC 9745).",
        "@1795651200",
    ),
    (
        "Sunset",
        "When it ends (RFC 8594).",
        "Wed, 26 May 2027 00:00:00 GMT",
    ),
    (
        "Link",
        "The guide that tells what to do instead.",
        "</docs/migrations/2026-11-26>; rel=\"deprecation\"; type=\"text/html\"",
    ),
];

/// Documents them.
pub fn describe(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    for (name, description, example) in REPLY {
        let example = if name == "Api-Version" {
            Version::newest().date()
        } else {
            example
        };
        let header = text_header(description, example);
        components.headers.insert(name.to_owned(), header.into());
    }
    components
        .parameters
        .insert("Api-Version".to_owned(), version_parameter().into());
    for (name, response) in &mut components.responses {
        if let RefOr::T(response) = response {
            add(response, &["Api-Version", "RateLimit", "RateLimit-Policy"]);
            match name.get(name.len().saturating_sub(3)..) {
                Some("401") => add(response, &["WWW-Authenticate"]),
                Some("429" | "503") => add(response, &["Retry-After"]),
                _ => {}
            }
        }
    }
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations::of(item) {
            operation
                .parameters
                .get_or_insert_default()
                .push(RefOr::Ref(Ref::new("#/components/parameters/Api-Version")));
            describe_replies(path, &method, operation);
        }
    }
}

fn describe_replies(path: &str, method: &Method, operation: &mut Operation) {
    let deprecated = is_deprecated(method, path);
    let tagged = *method == Method::GET && shows_entity_tag(path);
    let mut unchanged = false;
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        add(response, &["Api-Version", "RateLimit", "RateLimit-Policy"]);
        if deprecated {
            add(response, &["Deprecation", "Sunset", "Link"]);
        }
        if tagged && status == "200" && response.content.contains_key("application/json") {
            add(response, &["ETag", "Cache-Control"]);
            unchanged = true;
        }
    }
    if unchanged {
        let mut response =
            Response::new("It is what `If-None-Match` names: the client has it already.");
        add(&mut response, &["Api-Version", "ETag", "Cache-Control"]);
        let responses = &mut operation.responses.responses;
        responses.insert("304".to_owned(), response.into());
    }
}

fn add(response: &mut Response, names: &[&str]) {
    for name in names {
        let reference = Ref::new(format!("#/components/headers/{name}"));
        response
            .headers
            .insert((*name).to_owned(), RefOr::Ref(reference));
    }
}

fn text_header(description: &str, example: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(description))
        .example(Some(json!(example)))
        .build()
}

fn version_parameter() -> Parameter {
    let newest = Version::newest().date();
    let older = Version::all()
        .map(Version::date)
        .filter(|date| *date != newest);
    let older = older.collect::<Vec<_>>().join(", ");
    // Only the newest is in the schema: requests and replies of older ones look otherwise.
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values::<[&str; 1], &str>(Some([newest]));
    ParameterBuilder::new()
        .name("Api-Version")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(format!(
            "The version that the client was written for; absent: the newest. Still served, but not described \
             here: {older}."
        )))
        .schema(Some(schema))
        .example(Some(Value::from(newest)))
        .build()
}
