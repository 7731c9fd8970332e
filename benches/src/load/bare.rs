//! The peer: axum with one handler per size that replies with JSON, and nothing else.

use std::{net::SocketAddr, thread};

use anyhow::{Context, Result};
use axum::{Json, Router, routing::get};
use serde::Serialize;
use tokio::{net::TcpListener, runtime::Builder, sync::oneshot};

/// A running bare server; it ends when this is dropped.
pub struct Bare {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// What it answers.
#[derive(Clone, Serialize)]
struct Hello {
    hello: String,
}

/// The size of `{"hello":""}`.
const FRAME: usize = 12;

impl Bare {
    /// Starts it on a free port, on as many threads as there are processors.
    ///
    /// # Errors
    /// When the system gives no threads or no port.
    pub fn start(sizes: &[usize]) -> Result<Self> {
        let routes = routes(sizes);
        let runtime = Builder::new_multi_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = async move {
            tokio::select! {
                _ = stopped => {}
                _ = axum::serve(listener, routes) => {}
            }
        };
        let thread = thread::Builder::new().spawn(move || runtime.block_on(serve));
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread.context("a thread for the bare server")?),
        })
    }

    /// Where it replies with so many bytes, which must be among those it was started for.
    pub fn url(&self, bytes: usize) -> String {
        format!("http://{}/{bytes}", self.address)
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn routes(sizes: &[usize]) -> Router {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    sizes.dedup();
    sizes.iter().fold(Router::new(), |router, &bytes| {
        let hello = Hello {
            hello: "o".repeat(bytes.saturating_sub(FRAME)),
        };
        let handler = move || {
            let hello = hello.clone();
            async move { Json(hello) }
        };
        router.route(&format!("/{bytes}"), get(handler))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_have_the_size_that_was_asked_for() {
        let bare = Bare::start(&[100, 605, 605]).unwrap();
        for bytes in [100, 605] {
            let mut reply = locutor_tests::http::agent()
                .get(bare.url(bytes))
                .call()
                .unwrap();
            let body = reply.body_mut().read_to_vec().unwrap();
            assert_eq!(body.len(), bytes);
            assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok());
        }
    }
}
