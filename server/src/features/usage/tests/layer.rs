//! The layer around real requests.

use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::Request,
    http::{Method, StatusCode},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
    routing::{get, post},
};
use futures::stream;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;

use super::{by, caller, manager, services};
use crate::{
    access::Role,
    features::usage::{
        UsageService, count, note_caller,
        query::{Grouping, UsageGroup},
        routes,
    },
    http::Fault,
};

/// As the layer that checks credentials does it.
async fn authenticate(request: Request, next: Next) -> Response {
    note_caller(request.extensions(), caller(5));
    next.run(request).await
}

fn server(usage: &UsageService) -> Router {
    Router::new()
        .route("/things/{id}", get(|| async { "hello" }))
        .route("/echo", post(|body: Bytes| async { body }))
        .route(
            "/stream",
            get(|| async {
                let pieces = ["one", "two", "three"].map(Ok::<_, std::io::Error>);
                Body::from_stream(stream::iter(pieces))
            }),
        )
        .route(
            "/never",
            get(|| async { std::future::pending::<()>().await }),
        )
        .route(
            "/refused",
            get(|| async { Err::<(), _>(Fault::not_found("no")) }),
        )
        .route("/panic", get(|| async { panic!("on purpose") as () }))
        .layer(from_fn(authenticate))
        .layer(CatchPanicLayer::custom(|_| {
            axum::response::IntoResponse::into_response(Fault::internal("panic"))
        }))
        .layer(from_fn_with_state(usage.clone(), count))
}

async fn send(usage: &UsageService, method: Method, path: &str, body: &'static str) -> StatusCode {
    let mut request = Request::builder().method(method).uri(path);
    if !body.is_empty() {
        request = request.header("content-length", body.len());
    }
    let request = request.body(Body::from(body)).unwrap();
    let response = server(usage).oneshot(request).await.unwrap();
    let status = response.status();
    axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    status
}

async fn group(usage: &UsageService, route: &str) -> UsageGroup {
    usage.flush().await.unwrap();
    let report = usage
        .report(&manager(), &by(Grouping::Route))
        .await
        .unwrap();
    let mut found = report.data.into_iter();
    found
        .find(|group| group.route.as_deref() == Some(route))
        .unwrap()
}

#[tokio::test]
async fn requests_are_counted_by_route_and_caller() {
    for (_test, usage) in services().await {
        for id in 0..3 {
            send(&usage, Method::GET, &format!("/things/{id}"), "").await;
        }
        let things = group(&usage, "/things/{id}").await;
        assert_eq!(
            (things.requests, things.failures, things.bytes_out),
            (3, 0, 15)
        );
        send(&usage, Method::POST, "/echo", "12345678").await;
        let echo = group(&usage, "/echo").await;
        assert_eq!((echo.bytes_in, echo.bytes_out), (8, 8));
        send(&usage, Method::GET, "/stream", "").await;
        assert_eq!(group(&usage, "/stream").await.bytes_out, 11);
        let invented = Method::from_bytes(b"INVENTED").unwrap();
        send(&usage, invented, "/nowhere", "").await;
        assert_eq!(
            group(&usage, "unmatched").await.method.as_deref(),
            Some("OTHER")
        );
        let keys = usage.report(&caller(5), &by(Grouping::Key)).await.unwrap();
        assert_eq!(keys.data[0].actor_id, Some(caller(5).actor.id()));
    }
}

#[tokio::test]
async fn failures_have_their_codes_and_callers() {
    for (_test, usage) in services().await {
        assert_eq!(
            send(&usage, Method::GET, "/refused", "").await,
            StatusCode::NOT_FOUND
        );
        let status = send(&usage, Method::GET, "/panic", "").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        // A client that goes away before there is a reply.
        let request = Request::get("/never").body(Body::empty()).unwrap();
        let waiting = server(&usage).oneshot(request);
        let soon = std::time::Duration::from_millis(20);
        assert!(tokio::time::timeout(soon, waiting).await.is_err());
        usage.flush().await.unwrap();
        let report = usage.report(&caller(5), &by(Grouping::Key)).await.unwrap();
        assert_eq!(
            (report.data[0].failures, report.data[0].server_errors),
            (3, 1)
        );
        let codes: Vec<_> = report
            .errors
            .iter()
            .map(|error| (error.status, error.code.as_str()))
            .collect();
        assert_eq!(
            codes,
            [
                (404, "not_found"),
                (499, "client_closed_request"),
                (500, "internal_error")
            ]
        );
    }
}

#[tokio::test]
async fn the_routes_check_their_caller() {
    let (_test, usage) = services().await.remove(0);
    let mut editor = caller(5);
    for (role, expected) in [
        (Role::Admin, StatusCode::OK),
        (Role::Editor, StatusCode::FORBIDDEN),
    ] {
        editor.scopes = role.scopes();
        for path in ["/admin/usage?group=day", "/admin/errors?limit=5"] {
            let (routes, _) = routes::<UsageService>().split_for_parts();
            let routes: Router = routes.with_state(usage.clone()).layer(Extension(editor));
            let request = Request::get(path).body(Body::empty()).unwrap();
            assert_eq!(
                routes.oneshot(request).await.unwrap().status(),
                expected,
                "{path}"
            );
        }
    }
}
