//! TLS by rustls with a certificate of one's own, read again when its files change.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use anyhow::{Context, bail, ensure};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{
    net::TcpStream,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring},
    server::TlsStream,
};

use super::handshakes::Handshakes;
use crate::config::TlsSettings;

/// Longest that a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Most handshakes at the same time.
const HANDSHAKES: usize = 256;
/// How often the files are looked at.
const LOOK: Duration = Duration::from_mins(1);

/// The certificate and what it needs.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Current>,
    handshakes: Handshakes,
}

#[derive(Debug, Clone)]
struct Current {
    config: Arc<ServerConfig>,
    changed: Changed,
}

/// When the files were last changed.
type Changed = [SystemTime; 2];

impl Tls {
    /// Reads the configured files; none when there are none.
    ///
    /// # Errors
    /// When only one is named, one cannot be read, or they do not belong together.
    pub fn open(settings: &TlsSettings) -> anyhow::Result<Option<Arc<Self>>> {
        let (certificate, key) = match (&settings.certificate, &settings.key) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
            _ => bail!("set both `tls.certificate` and `tls.key`, or neither"),
        };
        let current = Current {
            changed: changed(&certificate, &key)?,
            config: read(&certificate, &key)?,
        };
        Ok(Some(Arc::new(Self {
            certificate,
            key,
            current: RwLock::new(current),
            handshakes: Handshakes::new(HANDSHAKES),
        })))
    }

    /// Makes a connection secure; none when the client fails to, is too slow, or has to give way.
    pub async fn handshake(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(self.current().config);
        let mut place = self.handshakes.begin();
        let outcome = tokio::select! {
            outcome = timeout(HANDSHAKE, acceptor.accept(stream)) => outcome,
            () = place.displaced() => return None,
        };
        match outcome {
            Ok(Ok(stream)) => Some(stream),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a TLS handshake failed");
                None
            }
            Err(_) => None,
        }
    }

    /// Reads changed files again: every minute, and at once at SIGHUP. Files that cannot be used leave
    /// everything as it was, until they can.
    pub async fn keep_current(self: Arc<Self>) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut hangups = Hangups::listen();
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = hangups.next() => {}
            }
            let tls = Arc::clone(&self);
            let outcome = tokio::task::spawn_blocking(move || tls.reload()).await;
            match outcome {
                Ok(Ok(true)) => tracing::info!("the certificate was read again"),
                Ok(Ok(false)) => {}
                Ok(Err(error)) => tracing::error!("keeping the old certificate: {error:#}"),
                Err(error) => tracing::error!(%error, "reading the certificate panicked"),
            }
        }
    }

    /// Reads the files if they changed, and says whether they did.
    ///
    /// # Errors
    /// When they cannot be used; the old certificate stays.
    pub fn reload(&self) -> anyhow::Result<bool> {
        // Before reading: a change in between is seen the next time.
        let changed = changed(&self.certificate, &self.key)?;
        if self.current().changed == changed {
            return Ok(false);
        }
        let config = read(&self.certificate, &self.key)?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Current { config, changed };
        Ok(true)
    }

    fn current(&self) -> Current {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn changed(certificate: &Path, key: &Path) -> anyhow::Result<Changed> {
    let time = |path: &Path| {
        let time = fs::metadata(path).and_then(|data| data.modified());
        time.with_context(|| format!("cannot read {}", path.display()))
    };
    Ok([time(certificate)?, time(key)?])
}

fn read(certificate: &Path, key: &Path) -> anyhow::Result<Arc<ServerConfig>> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("tls.certificate: cannot read {}", certificate.display()))?;
    ensure!(
        !chain.is_empty(),
        "tls.certificate: there is no certificate in {}; it must be a PEM file",
        certificate.display()
    );
    let key_file = key.display();
    let key = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("tls.key: there is no private key in {key_file}"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .with_context(|| format!("tls.key: {key_file} does not fit the certificate"))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// SIGHUP, where there is such a thing.
struct Hangups {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangups {
    #[cfg(unix)]
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let signal = signal(SignalKind::hangup())
            .inspect_err(|error| tracing::warn!(%error, "SIGHUP will not read the certificate"))
            .ok();
        Self { signal }
    }

    #[cfg(not(unix))]
    fn listen() -> Self {
        Self {}
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
