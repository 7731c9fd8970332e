//! Pages of other origins: closed unless the configuration names origins.

use std::time::Duration;

use anyhow::{bail, ensure};
use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::config::CorsSettings;

/// Methods that the routes know.
const METHODS: [Method; 5] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];

/// Headers of replies that a page's script may read.
const READABLE: [HeaderName; 12] = [
    header::ETAG,
    header::LAST_MODIFIED,
    header::LINK,
    header::LOCATION,
    header::RETRY_AFTER,
    header::WWW_AUTHENTICATE,
    HeaderName::from_static("api-version"),
    HeaderName::from_static("deprecation"),
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("ratelimit-policy"),
    HeaderName::from_static("sunset"),
    HeaderName::from_static("x-request-id"),
];

/// The layer as configured; none without origins.
///
/// # Errors
/// When an origin is none that a browser sends, or every origin should get cookies.
pub fn cors_layer(settings: &CorsSettings) -> anyhow::Result<Option<CorsLayer>> {
    if settings.origins.is_empty() {
        return Ok(None);
    }
    let layer = CorsLayer::new()
        .allow_origin(allowed(settings)?)
        .allow_methods(METHODS)
        // The origins are trusted already; their clients send headers that we need not know.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(READABLE)
        .allow_credentials(settings.credentials)
        .max_age(Duration::from_secs(settings.max_age));
    Ok(Some(layer))
}

fn allowed(settings: &CorsSettings) -> anyhow::Result<AllowOrigin> {
    if settings.origins.iter().any(|origin| origin == "*") {
        ensure!(
            !settings.credentials,
            "cors.credentials cannot be true while cors.origins has `*`: name the origins that may send cookies"
        );
        return Ok(AllowOrigin::any());
    }
    let origins = settings.origins.iter().map(|origin| {
        check_origin(origin).map_err(|error| error.context("cors.origins"))?;
        Ok(HeaderValue::from_str(origin)?)
    });
    Ok(AllowOrigin::list(
        origins.collect::<anyhow::Result<Vec<_>>>()?,
    ))
}

/// Refuses what no browser would send as `Origin`, because it would never match.
///
/// # Errors
/// Says how it should be written.
pub fn check_origin(origin: &str) -> anyhow::Result<()> {
    let canonical = origin.parse::<Uri>().ok().and_then(|uri| {
        let scheme = uri.scheme_str()?;
        let authority = uri.authority()?.as_str();
        let default = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => return None,
        };
        let host = authority.strip_suffix(default).unwrap_or(authority);
        Some(format!("{scheme}://{host}").to_ascii_lowercase())
    });
    match canonical {
        Some(canonical) if canonical == origin => Ok(()),
        Some(canonical) => bail!("`{origin}` never matches; write `{canonical}`"),
        None => bail!("`{origin}` is no origin; write e.g. `https://app.example.com`"),
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, extract::Request, http::HeaderMap, routing::get};
    use tower::ServiceExt;

    use super::*;

    fn settings(origins: &[&str], credentials: bool) -> CorsSettings {
        CorsSettings {
            origins: origins.iter().map(ToString::to_string).collect(),
            credentials,
            ..CorsSettings::default()
        }
    }

    async fn reply(origin: &str) -> HeaderMap {
        let layer = cors_layer(&settings(&["https://app.example"], true));
        let routes = Router::new()
            .route("/", get(|| async {}))
            .layer(layer.unwrap().unwrap());
        let request = Request::options("/")
            .header("origin", origin)
            .header("access-control-request-method", "PATCH")
            .header("access-control-request-headers", "authorization")
            .body(Body::empty());
        let response = routes.oneshot(request.unwrap()).await.unwrap();
        response.headers().clone()
    }

    #[tokio::test]
    async fn only_named_origins_are_let_in() {
        let own = reply("https://app.example").await;
        assert_eq!(own["access-control-allow-origin"], "https://app.example");
        assert_eq!(own["access-control-allow-credentials"], "true");
        assert_eq!(own["access-control-allow-headers"], "authorization");
        for other in ["https://evil.example", "https://app.example.evil", "null"] {
            let headers = reply(other).await;
            assert!(
                !headers.contains_key("access-control-allow-origin"),
                "{other}"
            );
        }
    }

    #[test]
    fn unusable_settings_are_refused() {
        assert!(cors_layer(&CorsSettings::default()).unwrap().is_none());
        assert!(cors_layer(&settings(&["*"], false)).unwrap().is_some());
        assert!(cors_layer(&settings(&["*"], true)).is_err());
        for origin in [
            "app.example",
            "https://app.example/",
            "file://x",
            "https://A.example",
        ] {
            assert!(cors_layer(&settings(&[origin], false)).is_err(), "{origin}");
        }
        let hint = check_origin("https://app.example:443/").unwrap_err();
        assert!(hint.to_string().contains("`https://app.example`"));
    }
}
