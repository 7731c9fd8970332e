//! Real sockets: slow, silent, hostile and honest clients, and a stop in the middle.
//!
//! `fixtures/` holds two certificates for `localhost` that nobody trusts but these tests.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use axum::{extract::ConnectInfo, routing::get};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring},
};

use super::*;
use crate::config::TlsSettings;

const LIMITS: ConnectionLimits = ConnectionLimits {
    connections: 100,
    head: Duration::from_millis(500),
};
/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

async fn start(limits: ConnectionLimits, tls: Option<Arc<Tls>>) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let who = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() };
    let slow = || async {
        sleep(Duration::from_secs(1)).await;
        "slow"
    };
    let routes = Router::new().route("/", get(who)).route("/slow", get(slow));
    let server = Server {
        listener,
        routes,
        tls,
        limits,
    };
    let (stop, stopping) = oneshot::channel();
    let done = tokio::spawn(server.run(async {
        stopping.await.ok();
    }));
    Running {
        address,
        stop,
        done,
    }
}

/// What comes until the server closes.
async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let end = timeout(LONG, stream.read_to_end(&mut bytes)).await;
    // An error is an end too, except that it must come in time.
    drop(end.expect("the server keeps the connection"));
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

#[tokio::test]
async fn who_is_silent_or_slow_is_cut_off() {
    let server = start(LIMITS, None).await;
    let beginnings = [
        "",
        "G",
        "GET / HT",
        "GET / HTTP/1.1\r\nHost: x\r\n",
        "PRI * HTTP/2.0\r\n",
    ];
    for beginning in beginnings {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let own = stream.local_addr().unwrap();
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let begun = Instant::now();
        let reply = rest(&mut stream).await;
        assert!(!reply.contains(&own.to_string()), "{beginning:?}: {reply}");
        assert!(begun.elapsed() >= LIMITS.head / 2, "{beginning:?}");
    }
}

#[tokio::test]
async fn an_unused_connection_is_closed_after_its_reply() {
    let server = start(LIMITS, None).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let own = stream.local_addr().unwrap().to_string();
    let request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(request).await.unwrap();
    sleep(LIMITS.head / 5).await;
    stream.write_all(request).await.unwrap();
    assert_eq!(rest(&mut stream).await.matches(&own).count(), 2);
}

#[tokio::test]
async fn a_request_may_take_longer_than_its_head() {
    let server = start(LIMITS, None).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    assert!(exchange(stream, "/slow").await.ends_with("slow"));
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = start(LIMITS, None).await;
    for header in [
        format!("X: {}\r\n", "x".repeat(70_000)),
        "X: x\r\n".repeat(150),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let request = format!("GET / HTTP/1.1\r\nHost: x\r\n{header}\r\n");
        // The server may have closed before all of it is sent.
        stream.write_all(request.as_bytes()).await.ok();
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 431");
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let limits = ConnectionLimits {
        connections: 1,
        head: Duration::from_secs(2),
    };
    let server = start(limits, None).await;
    let mut first = TcpStream::connect(server.address).await.unwrap();
    first.write_all(b"GET").await.unwrap();
    sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    let second = TcpStream::connect(server.address).await.unwrap();
    assert!(exchange(second, "/").await.starts_with("HTTP/1.1 200"));
    assert!(begun.elapsed() > Duration::from_secs(1));
}

#[tokio::test]
async fn running_requests_finish_after_a_stop() {
    let server = start(LIMITS, None).await;
    let idle = TcpStream::connect(server.address).await.unwrap();
    let stream = TcpStream::connect(server.address).await.unwrap();
    let running = tokio::spawn(exchange(stream, "/slow"));
    sleep(Duration::from_millis(200)).await;
    server.stop.send(()).unwrap();
    timeout(LONG, server.done).await.unwrap().unwrap();
    assert!(running.await.unwrap().ends_with("slow"));
    assert!(TcpStream::connect(server.address).await.is_err());
    drop(idle);
}

fn install(folder: &Path, certificate: &str, key: &str) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/serve/fixtures");
    for (from, to) in [(certificate, "server.crt"), (key, "server.key")] {
        let to = folder.join(to);
        fs::copy(fixtures.join(from), &to).unwrap();
        // Two writes within one tick of the file system's clock would look like one.
        let file = fs::File::options().write(true).open(to).unwrap();
        let later = SystemTime::now() + Duration::from_secs(u64::from(certificate == "two.crt"));
        file.set_modified(later).unwrap();
    }
}

fn settings(folder: &Path) -> TlsSettings {
    TlsSettings {
        certificate: Some(folder.join("server.crt")),
        key: Some(folder.join("server.key")),
    }
}

/// Asks over TLS, trusting that certificate only.
async fn ask(address: SocketAddr, trusted: &Path) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(trusted).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?;
    Ok(exchange(stream, "/").await)
}

#[tokio::test]
async fn tls_goes_on_beside_stalled_handshakes_and_takes_new_certificates() {
    let folder = tempfile::tempdir().unwrap();
    install(folder.path(), "one.crt", "one.key");
    let tls = Tls::open(&settings(folder.path())).unwrap().unwrap();
    let server = start(LIMITS, Some(Arc::clone(&tls))).await;
    let mut stalled = Vec::new();
    for beginning in [&b""[..], b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(beginning).await.unwrap();
        stalled.push(stream);
    }
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/serve/fixtures");
    let (one, two) = (fixtures.join("one.crt"), fixtures.join("two.crt"));
    let reply = ask(server.address, &one).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    assert!(ask(server.address, &two).await.is_err());

    assert!(!tls.reload().unwrap());
    install(folder.path(), "two.crt", "one.key");
    let error = tls.reload().unwrap_err();
    assert!(error.to_string().contains("does not fit"), "{error:#}");
    assert!(ask(server.address, &one).await.is_ok());
    install(folder.path(), "two.crt", "two.key");
    assert!(tls.reload().unwrap());
    assert!(ask(server.address, &two).await.is_ok());
    assert!(ask(server.address, &one).await.is_err());
    server.stop.send(()).unwrap();
    timeout(LONG, server.done).await.unwrap().unwrap();
}

#[test]
fn unusable_settings_are_refused() {
    assert!(Tls::open(&TlsSettings::default()).unwrap().is_none());
    let folder = tempfile::tempdir().unwrap();
    let error = Tls::open(&settings(folder.path())).unwrap_err();
    assert!(format!("{error:#}").contains("server.crt"), "{error:#}");
    let half = TlsSettings {
        key: None,
        ..settings(folder.path())
    };
    assert!(
        Tls::open(&half)
            .unwrap_err()
            .to_string()
            .contains("tls.key")
    );
    install(folder.path(), "one.crt", "one.key");
    fs::write(folder.path().join("server.crt"), "no certificate").unwrap();
    assert!(Tls::open(&settings(folder.path())).is_err());
}
