//! Keeps what lies inside of all layers from being cloned by each of them.
//!
//! A layer made of a function clones the whole service inside of it for every request. With many layers the
//! innermost, which holds all services, would be cloned once for each of them. This one hands out a
//! shared pointer instead, and clones what it points to once, when the request has come that far.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{extract::Request, response::Response};
use tower::{Layer, Service, ServiceExt, util::Oneshot};

/// The layer; it lies innermost.
#[derive(Debug, Clone, Copy)]
pub struct Share;

/// A service behind a shared pointer.
#[derive(Debug)]
pub struct Shared<S>(Arc<S>);

impl<S> Layer<S> for Share {
    type Service = Shared<S>;

    fn layer(&self, inner: S) -> Shared<S> {
        Shared(Arc::new(inner))
    }
}

impl<S> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> Service<Request> for Shared<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Oneshot<S, Request>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        S::clone(&self.0).oneshot(request)
    }
}
