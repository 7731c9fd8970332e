//! Keeps what lies inside of a layer from being cloned with it.
//!
//! A layer made of a function clones the whole service inside of it for every request, and so with all
//! layers that lie further in: of twenty layers the innermost would be cloned twenty times. This one
//! hands out a shared pointer instead, and clones what it points to, one layer, when the request has
//! come that far.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use tower::{Layer, Service, ServiceExt, util::Oneshot};

/// The layer; it lies inside of each other one.
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

impl<S, R> Service<R> for Shared<S>
where
    S: Service<R, Error = Infallible> + Clone,
{
    type Response = S::Response;
    type Error = Infallible;
    type Future = Oneshot<S, R>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        S::clone(&self.0).oneshot(request)
    }
}
