//! Connections, from the socket to the router, with bounds on how many there are and how slow a
//! client may be.
//!
//! listener -> (a free place) -> [`Tls`] handshake, where configured -> HTTP/1 or HTTP/2 -> router.
//!
//! hyper bounds the time for a request's head only when it is given a timer, which axum's own `serve`
//! does not do, and nothing bounds the bytes by which HTTP/1 and HTTP/2 are told apart. So this serves
//! by itself: each connection must bring its first request within the time for a head, each later one
//! on HTTP/1 too, and what is still silent then is closed. An HTTP/2 connection is asked to end when it
//! has brought no request for a while, and any when its client does not read its replies.

mod connection;
mod handshakes;
mod service;
#[cfg(test)]
mod tests;
mod tls;
mod unread_writes;

use std::{future::Future, io::ErrorKind, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::sleep,
};

use connection::Connections;
pub use tls::Tls;

/// Pause after the system had no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(200);

/// Bounds on connections.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// Most at the same time.
    pub connections: usize,
    /// Longest that the head of a request may take.
    pub head: Duration,
}

/// A server that is ready to run.
pub struct Server {
    /// Where clients connect.
    pub listener: TcpListener,
    /// What answers them.
    pub routes: Router,
    /// The certificate, if this server has one.
    pub tls: Option<Arc<Tls>>,
    /// Bounds.
    pub limits: ConnectionLimits,
}

impl Server {
    /// Serves until `stop` resolves, then takes no more connections and resolves once the requests that
    /// run are answered.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let (tell, stopping) = watch::channel(false);
        // Closed when no connection holds a receiver any more.
        let (all_closed, open) = watch::channel(());
        let places = Arc::new(Semaphore::new(self.limits.connections));
        let connections = Connections::new(self.routes, self.tls, self.limits, stopping);
        loop {
            let accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (accept(&self.listener).await, place)
            };
            let ((stream, peer), place) = tokio::select! {
                accepted = accepted => accepted,
                () = &mut stop => break,
            };
            let (connections, open) = (connections.clone(), open.clone());
            tokio::spawn(async move {
                connections.serve(stream, peer).await;
                drop((place, open));
            });
        }
        drop((self.listener, open));
        tell.send(true).ok();
        all_closed.closed().await;
    }
}

/// The next connection; a failure to get one never ends the server.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        let error = match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => error,
        };
        let left = matches!(
            error.kind(),
            ErrorKind::ConnectionAborted
                | ErrorKind::ConnectionReset
                | ErrorKind::ConnectionRefused
        );
        if !left {
            tracing::error!(%error, "cannot accept a connection; if the system's limit of open files is reached, raise it or lower `server.connections`");
            sleep(NO_ROOM).await;
        }
    }
}
