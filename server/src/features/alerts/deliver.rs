//! One POST to an address that was checked before.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::http::{StatusCode, Uri};
use locutor_models::system_certificates;
use tokio::{task::spawn_blocking, time::timeout};
use ureq::{
    Agent, Error,
    config::Config,
    tls::{RootCerts, TlsConfig},
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use super::address::{is_public, look_up};

/// How long a name may take to be looked up.
const LOOK_UP: Duration = Duration::from_secs(5);
/// How long the whole request may take.
const LIMIT: Duration = Duration::from_secs(10);
/// Most bytes of the reply that are read; nobody looks at them.
const MOST_REPLY: u64 = 64 << 10;
/// Most addresses of one host that are tried.
const MOST_ADDRESSES: usize = 16;

/// What to post, and where.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Where.
    pub url: Uri,
    /// A JSON text.
    pub body: String,
    /// Value of the header `Locutor-Signature`.
    pub signature: String,
}

/// Why a delivery failed. Texts never quote the address: it may hold a secret of the receiver's.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The address is one of this machine or of a private network.
    #[error(
        "the web hook's host has the address {0}, which is not of the public internet; choose another host, or set `alerts.allow_private`"
    )]
    Private(std::net::IpAddr),
    /// The host is unknown, or nobody could be asked about it.
    #[error("the web hook's host could not be looked up: {0}")]
    LookUp(String),
    /// No reply came.
    #[error("the web hook could not be delivered: {0}")]
    Connection(String),
    /// The receiver wants it elsewhere.
    #[error(
        "the web hook's receiver answered {0}: redirects are not followed, change the rule's `webhook_url` to where they lead"
    )]
    Redirect(StatusCode),
    /// The receiver refused it.
    #[error("the web hook's receiver answered {0}; it should answer with a status from 200 to 299")]
    Refused(StatusCode),
}

impl DeliveryError {
    /// Whether trying again may help.
    pub fn is_passing(&self) -> bool {
        !matches!(self, Self::Private(_) | Self::Redirect(_))
    }
}

/// Posts; clones share the certificates.
#[derive(Clone)]
pub struct Deliverer {
    allow_private: bool,
    certificates: Arc<OnceLock<RootCerts>>,
}

impl Deliverer {
    /// Private addresses are refused unless they are allowed.
    pub fn new(allow_private: bool) -> Self {
        Self {
            allow_private,
            certificates: Arc::default(),
        }
    }

    /// Posts, and waits for a reply that says that it arrived.
    ///
    /// # Errors
    /// Why it did not.
    pub async fn deliver(&self, delivery: Delivery) -> Result<(), DeliveryError> {
        let addresses = self.addresses(&delivery.url).await?;
        let certificates = Arc::clone(&self.certificates);
        let posted = spawn_blocking(move || {
            let certificates = certificates.get_or_init(system_certificates).clone();
            post(&delivery, addresses, certificates)
        });
        let status = posted
            .await
            .map_err(|error| DeliveryError::Connection(error.to_string()))??;
        match status {
            status if status.is_success() => Ok(()),
            status if status.is_redirection() => Err(DeliveryError::Redirect(status)),
            status => Err(DeliveryError::Refused(status)),
        }
    }

    /// The host's addresses. One that is not allowed spoils them all: whoever answers for that name is not to
    /// be trusted.
    async fn addresses(&self, url: &Uri) -> Result<Vec<SocketAddr>, DeliveryError> {
        let found = timeout(LOOK_UP, look_up(url)).await;
        let found = found
            .map_err(|_| DeliveryError::LookUp("it took too long".to_owned()))?
            .map_err(|error| DeliveryError::LookUp(error.to_string()))?;
        if found.is_empty() {
            return Err(DeliveryError::LookUp("it has no address".to_owned()));
        }
        let closed = found.iter().find(|address| !is_public(address.ip()));
        match closed {
            Some(address) if !self.allow_private => Err(DeliveryError::Private(address.ip())),
            _ => Ok(found),
        }
    }
}

fn post(
    delivery: &Delivery,
    addresses: Vec<SocketAddr>,
    certificates: RootCerts,
) -> Result<StatusCode, DeliveryError> {
    let tls = TlsConfig::builder().root_certs(certificates).build();
    let settings = Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(LIMIT))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        // A proxy would look the name up once more, and see other networks than this machine does.
        .proxy(None)
        .user_agent(concat!("locutor/", env!("CARGO_PKG_VERSION")))
        .build();
    let agent = Agent::with_parts(settings, DefaultConnector::new(), Checked(addresses));
    let sent = agent
        .post(&delivery.url)
        .header("content-type", "application/json")
        .header("locutor-signature", &delivery.signature)
        .send(delivery.body.as_bytes());
    let mut reply = sent.map_err(|error| DeliveryError::Connection(error.to_string()))?;
    // Some receivers take a connection that is closed early for a failure, so a part of the reply is read.
    let body = reply.body_mut().with_config().limit(MOST_REPLY);
    body.read_to_vec().ok();
    Ok(reply.status())
}

/// Answers every question with the addresses that were checked.
#[derive(Debug)]
struct Checked(Vec<SocketAddr>);

impl Resolver for Checked {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut all = self.empty();
        for address in self.0.iter().take(MOST_ADDRESSES) {
            all.push(*address);
        }
        Ok(all)
    }
}
