//! The pages behind the links of our mails: `/auth/pages/…`.
//!
//! Each is a form that sends the token of the link, and what else the route needs, to one route of
//! the interface, and shows its reply. The token stands behind the `#` of the link, which browsers do
//! not send: it reaches neither logs nor proxies. Nothing happens before the button is pressed, so that
//! mail scanners that open links use up no token.

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Path, State},
    response::{Html, IntoResponse, Response},
    routing::get,
};

use super::{Fault, Nonce};
use crate::ports::Randomness;

const LAYOUT: &str = include_str!("page.html");

const PASSWORD: &str = r#"<label for="password">New password</label>
        <input id="password" name="password" type="password" autocomplete="new-password" minlength="12" required>"#;
const EMAIL: &str = r#"<label for="email">Address</label>
        <input id="email" name="email" type="email" autocomplete="email" required>"#;

struct Page {
    name: &'static str,
    title: &'static str,
    explanation: &'static str,
    route: &'static str,
    fields: &'static str,
    button: &'static str,
    done: &'static str,
}

const PAGES: [Page; 4] = [
    Page {
        name: "verify-email",
        title: "Confirm your address",
        explanation: "Your account can be used once you have confirmed that this address is yours.",
        route: "/auth/verify-email",
        fields: "",
        button: "Confirm",
        done: "The address is confirmed. You can log in now.",
    },
    Page {
        name: "forgot-password",
        title: "Forgotten password",
        explanation: "We mail you a link to set a new password.",
        route: "/auth/password/forgot",
        fields: EMAIL,
        button: "Mail me a link",
        done: "The link is on its way.",
    },
    Page {
        name: "reset-password",
        title: "Set a new password",
        explanation: "At least 12 characters that are hard to guess, e.g. four or five words. All sessions end.",
        route: "/auth/password/reset",
        fields: PASSWORD,
        button: "Set the password",
        done: "The password is set. You can log in with it now.",
    },
    Page {
        name: "confirm-device",
        title: "Let a new device in",
        explanation: "Only if it was you who just tried to log in.",
        route: "/auth/devices/confirm",
        fields: "",
        button: "It was me",
        done: "The device is known now.",
    },
];

/// Accepting needs a session, which only the client has: this page shows what to send.
const INVITATION: &str = "Log in with the account of this address, or make one, and send the token of this link to POST /auth/invitations/accept.";

/// The pages, which need no credential.
pub fn account_pages(randomness: Arc<dyn Randomness>) -> Router {
    Router::new()
        .route("/auth/pages/{name}", get(page))
        .with_state(randomness)
}

async fn page(
    State(randomness): State<Arc<dyn Randomness>>,
    Path(name): Path<String>,
) -> Result<Response, Fault> {
    if name == "accept-invitation" {
        return Ok(Html(format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Locutor: invitation</title></head>\
             <body><h1>Invitation</h1><p>{INVITATION}</p></body></html>\n"
        ))
        .into_response());
    }
    let page = PAGES.iter().find(|page| page.name == name);
    let page = page.ok_or_else(|| Fault::not_found("there is no such page"))?;
    let nonce = Nonce::new(randomness.as_ref());
    let html = [
        ("{title}", page.title),
        ("{explanation}", page.explanation),
        ("{route}", page.route),
        ("{fields}", page.fields),
        ("{button}", page.button),
        ("{done}", page.done),
        ("{nonce}", nonce.as_str()),
    ]
    .into_iter()
    .fold(LAYOUT.to_owned(), |html, (place, text)| {
        html.replace(place, text)
    });
    Ok((Extension(nonce), Html(html)).into_response())
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use tower::ServiceExt;

    use super::*;
    use crate::adapters::SeededRandomness;

    #[tokio::test]
    async fn every_page_is_filled_in_and_others_are_not_there() {
        let routes = account_pages(Arc::new(SeededRandomness::default()));
        let names = PAGES
            .iter()
            .map(|page| page.name)
            .chain(["accept-invitation"]);
        for name in names {
            let request = Request::get(format!("/auth/pages/{name}"));
            let reply = routes.clone().oneshot(request.body(Body::empty()).unwrap());
            let body = reply.await.unwrap().into_body();
            let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
            let text = String::from_utf8(body.to_vec()).unwrap();
            for place in ["{title}", "{nonce}", "{route}", "{fields}", "{done}"] {
                assert!(!text.contains(place), "{name}: {place}");
            }
        }
        let request = Request::get("/auth/pages/other")
            .body(Body::empty())
            .unwrap();
        assert_eq!(routes.oneshot(request).await.unwrap().status(), 404);
    }
}
