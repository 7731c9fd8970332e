//! The OpenAPI document as text.

use super::router::documented;
use crate::config::Limits;

/// The document, indented, with a line break at its end.
pub fn openapi_json() -> anyhow::Result<String> {
    let mut text = documented(&Limits::default())
        .into_openapi()
        .to_pretty_json()?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_document_is_current() {
        let committed = include_str!("../../openapi.json");
        let current = super::openapi_json().unwrap();
        assert!(
            committed == current,
            "server/openapi.json is out of date; run `locutor openapi --output server/openapi.json`"
        );
    }
}
