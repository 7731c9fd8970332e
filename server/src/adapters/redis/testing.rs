//! The Redis server that `make test` starts (named by `LOCUTOR_TEST_REDIS`), each test under keys of its own,
//! and a proxy before it that can fail.

use std::sync::{Arc, Once};

use redis::{Client, ConnectionAddr};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};
use uuid::Uuid;

use super::RedisLink;
use crate::config::RedisSettings;

/// A link to the server. Without a server there is none, and the test says so.
pub fn link() -> Option<RedisLink> {
    Some(open(server()?))
}

fn server() -> Option<String> {
    static TOLD: Once = Once::new();
    let server = std::env::var("LOCUTOR_TEST_REDIS").ok();
    if server.is_none() {
        TOLD.call_once(|| {
            eprintln!("NOT TESTED ON REDIS: `make test` starts a server and names it in LOCUTOR_TEST_REDIS");
        });
    }
    server
}

fn open(url: String) -> RedisLink {
    let settings = RedisSettings {
        url: Some(url.into()),
        prefix: format!("test-{}", Uuid::new_v4()),
    };
    RedisLink::open(&settings).unwrap().unwrap()
}

/// What becomes of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    /// They work.
    Open,
    /// They are closed.
    Refused,
    /// They stay open, and nothing goes through.
    Hanging,
}

/// Passes connections on to the server as long as it is told to.
#[derive(Debug, Clone)]
pub struct Proxy(Arc<watch::Sender<Traffic>>);

impl Proxy {
    /// From now on, for old and new connections.
    pub fn set(&self, traffic: Traffic) {
        self.0.send_replace(traffic);
    }
}

/// A link to the server through a proxy.
pub async fn proxied() -> Option<(RedisLink, Proxy)> {
    let server = server()?;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let traffic = Arc::new(watch::Sender::new(Traffic::Open));
    let proxy = Proxy(traffic.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(pass_on(stream, server.clone(), traffic.subscribe()));
        }
    });
    Some((open(url), proxy))
}

async fn pass_on(stream: TcpStream, server: String, traffic: watch::Receiver<Traffic>) {
    let client = Client::open(server).unwrap();
    match client.get_connection_info().addr() {
        ConnectionAddr::Unix(path) => {
            copy(stream, UnixStream::connect(path).await.unwrap(), traffic).await;
        }
        ConnectionAddr::Tcp(host, port) => {
            let address = (host.as_str(), *port);
            copy(stream, TcpStream::connect(address).await.unwrap(), traffic).await;
        }
        other => panic!("{other}: only TCP and Unix sockets"),
    }
}

async fn copy(
    client: TcpStream,
    server: impl AsyncRead + AsyncWrite,
    traffic: watch::Receiver<Traffic>,
) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let mut closing = traffic.clone();
    tokio::select! {
        () = pump(&mut from_client, &mut to_server, traffic.clone()) => {}
        () = pump(&mut from_server, &mut to_client, traffic) => {}
        _ = closing.wait_for(|traffic| *traffic == Traffic::Refused) => {}
    }
}

async fn pump(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    mut traffic: watch::Receiver<Traffic>,
) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if traffic
            .wait_for(|traffic| *traffic != Traffic::Hanging)
            .await
            .is_err()
            || to.write_all(&buffer[..count]).await.is_err()
        {
            return;
        }
    }
}
