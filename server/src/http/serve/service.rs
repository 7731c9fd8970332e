//! The router as one connection sees it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{extract::ConnectInfo, http::Request};
use tower::Service;

use crate::http::Secure;

/// Tells each request where it came from, and the connection that there was one.
#[derive(Debug, Clone)]
pub struct Connected<S> {
    pub inner: S,
    pub peer: SocketAddr,
    pub secure: bool,
    pub begun: Arc<AtomicBool>,
}

impl<S, B> Service<Request<B>> for Connected<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        self.begun.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        if self.secure {
            request.extensions_mut().insert(Secure);
        }
        self.inner.call(request)
    }
}
