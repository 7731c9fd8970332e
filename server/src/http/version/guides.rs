//! Migration guides as pages: `/docs/migrations` lists them, `/docs/migrations/<version>` shows one.
//!
//! The guides are written in Markdown beside this file and built into the program.

use std::fmt::Write;

use axum::{
    Router,
    extract::Path,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use super::registry::{DEPRECATIONS, KEY_SCOPES, Version};
use crate::http::Fault;

/// The guides, oldest first.
static GUIDES: [(Version, &str); 1] = [(KEY_SCOPES, include_str!("guides/2026-11-26.md"))];

/// The pages.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/docs/migrations", get(index))
        .route("/docs/migrations/{version}", get(guide))
}

async fn index() -> Html<String> {
    let mut text = "# Migration guides\n\n".to_owned();
    for (version, _) in GUIDES.iter().rev() {
        let date = version.date();
        // Writing into a string cannot fail.
        writeln!(text, "- [Version {date}](/docs/migrations/{date})").ok();
    }
    text.push_str("\n## What will go away\n\n");
    for entry in &DEPRECATIONS {
        let field = entry.field.map(|field| format!(", field `{field}`"));
        let end = entry.sunset.map(|end| format!(", ends on {end}"));
        writeln!(
            text,
            "- `{} {}`{}: deprecated since {}{}",
            entry.method,
            entry.pattern,
            field.unwrap_or_default(),
            entry.since,
            end.unwrap_or_default()
        )
        .ok();
    }
    Html(page("Migration guides", &text))
}

async fn guide(Path(version): Path<String>) -> Response {
    let found = GUIDES.iter().find(|(known, _)| known.date() == version);
    match found {
        Some((version, text)) => {
            let title = format!("Moving to version {}", version.date());
            Html(page(&title, text)).into_response()
        }
        None => Fault::not_found("there is no guide to that version; see /docs/migrations")
            .into_response(),
    }
}

fn page(title: &str, markdown: &str) -> String {
    let body = html(markdown);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} - Locutor</title>\n\
         </head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// The part of Markdown that the guides use; what else there is appears as its text.
fn html(markdown: &str) -> String {
    let mut output = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Start(tag) => output.push_str(&opening(&tag)),
            Event::End(tag) => output.push_str(closing(tag)),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                output.push_str(&escaped(&text));
            }
            Event::Code(text) => {
                output.push_str("<code>");
                output.push_str(&escaped(&text));
                output.push_str("</code>");
            }
            Event::SoftBreak | Event::HardBreak => output.push('\n'),
            _ => {}
        }
    }
    output
}

fn opening(tag: &Tag<'_>) -> String {
    match tag {
        Tag::Heading { level, .. } => format!("<{}>", heading(*level)),
        Tag::Paragraph => "<p>".to_owned(),
        Tag::List(_) => "<ul>\n".to_owned(),
        Tag::Item => "<li>".to_owned(),
        Tag::Strong => "<strong>".to_owned(),
        Tag::Emphasis => "<em>".to_owned(),
        Tag::CodeBlock(_) => "<pre><code>".to_owned(),
        Tag::Link { dest_url, .. } => format!("<a href=\"{}\">", escaped(dest_url)),
        _ => String::new(),
    }
}

fn closing(tag: TagEnd) -> &'static str {
    match tag {
        TagEnd::Heading(HeadingLevel::H1) => "</h1>\n",
        TagEnd::Heading(_) => "</h2>\n",
        TagEnd::Paragraph => "</p>\n",
        TagEnd::List(_) => "</ul>\n",
        TagEnd::Item => "</li>\n",
        TagEnd::Strong => "</strong>",
        TagEnd::Emphasis => "</em>",
        TagEnd::CodeBlock => "</code></pre>\n",
        TagEnd::Link => "</a>",
        _ => "",
    }
}

fn heading(level: HeadingLevel) -> &'static str {
    if level == HeadingLevel::H1 {
        "h1"
    } else {
        "h2"
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_html_and_markup_in_it_stays_text() {
        let shown =
            html("# A\n\nSay `<b>` to **all**:\n\n- [one](/x?a=\"b\")\n\n<script>x</script>\n");
        assert!(shown.contains("<h1>A</h1>"), "{shown}");
        assert!(shown.contains("<code>&lt;b&gt;</code> to <strong>all</strong>"));
        assert!(shown.contains("<li><a href=\""));
        assert!(!shown.contains("<script>"), "{shown}");
    }

    #[test]
    fn every_version_after_the_first_and_every_deprecation_has_a_guide() {
        let has = |version| GUIDES.iter().any(|(known, _)| *known == version);
        assert!(Version::all().skip(1).all(has));
        assert!(DEPRECATIONS.iter().all(|entry| has(entry.guide)));
    }
}
