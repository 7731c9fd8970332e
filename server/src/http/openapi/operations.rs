//! The operations of a document, and their names.

use axum::http::Method;
use utoipa::openapi::{OpenApi, PathItem, path::Operation, security::SecurityRequirement};

/// Every operation of a path, with its method.
pub fn of(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    [
        (Method::GET, &mut item.get),
        (Method::HEAD, &mut item.head),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
}

/// The same for reading.
pub fn by_method(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    [
        (Method::GET, &item.get),
        (Method::HEAD, &item.head),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_ref().map(|operation| (method, operation)))
}

/// Whether it needs a credential: it does unless its slice says that it needs none.
pub fn is_secured(operation: &Operation) -> bool {
    let requirements = operation.security.as_deref();
    !requirements.is_some_and(|all| all.iter().all(|one| *one == SecurityRequirement::default()))
}

/// Makes the name of each operation unique: a handler's name is so only within its slice. Programs
/// that write clients name their functions after it.
pub fn name(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        for (_, operation) in of(item) {
            let slice = operation.tags.iter().flatten().next();
            let slice = slice.map(|slice| slice.replace('-', "_"));
            if let (Some(slice), Some(name)) = (slice, &mut operation.operation_id) {
                *name = format!("{slice}_{name}");
            }
        }
    }
}
