//! One connection from its first byte to its last.

use std::{
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep},
};

use super::{ConnectionLimits, Tls, service::Connected, unread_writes::MustRead};

/// Most bytes of a request's head.
const HEAD_BYTES: usize = 64 << 10;
/// Most headers of a request.
const HEADERS: usize = 100;
/// Most requests at the same time on one HTTP/2 connection.
const STREAMS: u32 = 100;
/// After so long without a new request a connection is asked to end; those that run may finish.
const UNUSED: Duration = Duration::from_mins(2);
/// Longest that a client may leave a reply unread.
const UNREAD: Duration = Duration::from_mins(1);
/// How often an HTTP/2 client is asked whether it is still there.
const PING: Duration = Duration::from_secs(30);
/// How long it may take to say so.
const PONG: Duration = Duration::from_secs(20);

/// How connections are served; clones share it.
#[derive(Clone)]
pub struct Connections {
    protocol: Arc<Builder<TokioExecutor>>,
    routes: Router,
    tls: Option<Arc<Tls>>,
    head: Duration,
    stopping: watch::Receiver<bool>,
}

impl Connections {
    pub fn new(
        routes: Router,
        tls: Option<Arc<Tls>>,
        limits: ConnectionLimits,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            protocol: Arc::new(protocol(limits.head)),
            routes,
            tls,
            head: limits.head,
            stopping,
        }
    }

    /// Serves until either side closes.
    pub async fn serve(self, stream: TcpStream, peer: SocketAddr) {
        // Pieces of streamed replies go out at once.
        stream.set_nodelay(true).ok();
        let Some(tls) = &self.tls else {
            return self.requests(stream, peer, false).await;
        };
        let mut stopping = self.stopping.clone();
        let stream = tokio::select! {
            stream = tls.handshake(stream) => stream,
            _ = stopping.wait_for(|stop| *stop) => None,
        };
        if let Some(stream) = stream {
            self.requests(stream, peer, true).await;
        }
    }

    async fn requests<T>(&self, stream: T, peer: SocketAddr, secure: bool)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let begun = Arc::new(AtomicBool::new(false));
        let service = TowerToHyperService::new(Connected {
            inner: self.routes.clone(),
            peer,
            secure,
            begun: Arc::clone(&begun),
        });
        let stream = TokioIo::new(MustRead::new(stream, UNREAD));
        let connection = self
            .protocol
            .serve_connection_with_upgrades(stream, service);
        let mut connection = pin!(connection);
        let mut look = pin!(sleep(self.head));
        let mut stopping = self.stopping.clone();
        let (mut served, mut told) = (false, false);
        loop {
            tokio::select! {
                outcome = connection.as_mut() => {
                    if let Err(error) = outcome {
                        tracing::trace!(%error, %peer, "a connection ended early");
                    }
                    return;
                }
                () = &mut look, if !told => {
                    let used = begun.swap(false, Ordering::Relaxed);
                    if !used && !served {
                        return;
                    }
                    if !used {
                        connection.as_mut().graceful_shutdown();
                        told = true;
                    }
                    served = true;
                    look.as_mut().reset(Instant::now() + UNUSED);
                }
                _ = stopping.wait_for(|stop| *stop), if !told => {
                    connection.as_mut().graceful_shutdown();
                    told = true;
                }
            }
        }
    }
}

fn protocol(head: Duration) -> Builder<TokioExecutor> {
    let mut protocol = Builder::new(TokioExecutor::new());
    protocol
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS);
    protocol
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PONG)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(HEAD_BYTES).unwrap_or(u32::MAX))
        // For WebSockets over HTTP/2.
        .enable_connect_protocol();
    protocol
}
