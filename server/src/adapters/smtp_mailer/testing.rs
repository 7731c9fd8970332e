//! A mail server for tests that says what it was told and keeps what it got.

use std::sync::{Arc, Mutex};

use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// How the server behaves.
#[derive(Debug, Clone, Default)]
pub struct Behaviour {
    /// Connections are encrypted from the first byte.
    pub tls: bool,
    /// It offers to encrypt.
    pub starttls: bool,
    /// Its reply to a login; absent: it offers none.
    pub auth: Option<&'static str>,
    /// Its reply to a recipient.
    pub recipient: Option<&'static str>,
    /// It does not even greet.
    pub silent: bool,
}

/// A running server.
#[derive(Debug)]
pub struct SmtpServer {
    /// Where it listens.
    pub port: u16,
    lines: Arc<Mutex<Vec<String>>>,
}

impl SmtpServer {
    /// Starts one on a free port.
    pub async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let kept = lines.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, behaviour.clone(), kept.clone()));
            }
        });
        Self { port, lines }
    }

    /// All lines that clients sent, commands and messages.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

async fn connection(stream: TcpStream, behaviour: Behaviour, lines: Arc<Mutex<Vec<String>>>) {
    if behaviour.silent {
        std::future::pending::<()>().await;
    }
    if behaviour.tls {
        if let Ok(stream) = acceptor().accept(stream).await {
            talk(stream, &behaviour, &lines, true).await;
        }
    } else if let Some(stream) = talk(stream, &behaviour, &lines, true).await
        && let Ok(stream) = acceptor().accept(stream).await
    {
        let after = Behaviour {
            starttls: false,
            ..behaviour
        };
        talk(stream, &after, &lines, false).await;
    }
}

fn acceptor() -> TlsAcceptor {
    let chain = CertificateDer::from_pem_slice(include_bytes!("fixtures/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("fixtures/server.key.pem")).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .unwrap();
    Arc::new(config).into()
}

/// Serves a connection; gives it back when the client wants it encrypted.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    behaviour: &Behaviour,
    lines: &Mutex<Vec<String>>,
    greet: bool,
) -> Option<S> {
    let mut stream = BufReader::new(stream);
    if greet {
        stream.write_all(b"220 test ESMTP\r\n").await.ok()?;
    }
    let (mut line, mut in_data) = (String::new(), false);
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let text = line.trim_end_matches("\r\n").to_owned();
        lines.lock().unwrap().push(text.clone());
        if in_data && text != "." {
            continue;
        }
        let reply = if in_data {
            "250 kept".into()
        } else {
            reply(&text, behaviour)
        };
        in_data = reply.starts_with("354");
        stream
            .write_all(format!("{reply}\r\n").as_bytes())
            .await
            .ok()?;
        stream.flush().await.ok()?;
        if text == "STARTTLS" {
            return Some(stream.into_inner());
        }
    }
}

fn reply(line: &str, behaviour: &Behaviour) -> String {
    match line.split([' ', ':']).next().unwrap() {
        "EHLO" => {
            let mut features = vec!["test"];
            features.extend(behaviour.starttls.then_some("STARTTLS"));
            features.extend(behaviour.auth.map(|_| "AUTH PLAIN"));
            let features = features.join("\r\n250-");
            // The last line of a reply has a space after the code.
            match features.rsplit_once("\r\n250-") {
                Some((others, last)) => format!("250-{others}\r\n250 {last}"),
                None => format!("250 {features}"),
            }
        }
        "AUTH" => behaviour.auth.unwrap_or("503 no").into(),
        "RCPT" => behaviour.recipient.unwrap_or("250 yes").into(),
        "DATA" => "354 go on".into(),
        "STARTTLS" => "220 go on".into(),
        "QUIT" => "221 bye".into(),
        _ => "250 yes".into(),
    }
}
