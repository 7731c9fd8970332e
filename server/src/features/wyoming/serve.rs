//! The port.

use std::{
    io::{Error, ErrorKind},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use ipnet::IpNet;
use metrics::counter;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::sleep,
};

use super::session::{Parts, Session};
use crate::{
    config::WyomingSettings,
    http::{Stopping, stopped},
};

/// Pause after a connection could not be accepted, such as when the process has too many files open.
const PAUSE: Duration = Duration::from_millis(100);

/// What serves the port.
pub struct Wyoming {
    listener: TcpListener,
    networks: Vec<IpNet>,
    connections: Arc<Semaphore>,
    parts: Arc<Parts>,
}

impl Wyoming {
    /// Takes a port that is listened to.
    pub fn new(listener: TcpListener, settings: &WyomingSettings, parts: Parts) -> Self {
        Self {
            listener,
            networks: settings.networks.clone(),
            connections: Arc::new(Semaphore::new(settings.connections)),
            parts: Arc::new(parts),
        }
    }

    /// Serves until the server stops, and then until what is being answered is.
    pub async fn run(self, mut stopping: Stopping) {
        let mut sessions = JoinSet::new();
        let of_session = stopping.clone();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, address)) => self.admit(&mut sessions, stream, address, &of_session),
                    Err(error) if is_of_client(&error) => {}
                    Err(error) => {
                        tracing::warn!(%error, "a connection of an assistant cannot be accepted");
                        sleep(PAUSE).await;
                    }
                },
                Some(_) = sessions.join_next() => {}
                () = stopped(&mut stopping) => break,
            }
        }
        drop(self.listener);
        while sessions.join_next().await.is_some() {}
    }

    fn admit(
        &self,
        sessions: &mut JoinSet<()>,
        stream: TcpStream,
        address: SocketAddr,
        stopping: &Stopping,
    ) {
        // An IPv4 address may come in IPv6's clothes.
        let address = address.ip().to_canonical();
        if !self
            .networks
            .iter()
            .any(|network| network.contains(&address))
        {
            counter!("locutor_wyoming_refused_total", "why" => "network").increment(1);
            tracing::debug!(%address, "not in `wyoming.networks`; the connection is closed");
            return;
        }
        let Ok(place) = Arc::clone(&self.connections).try_acquire_owned() else {
            counter!("locutor_wyoming_refused_total", "why" => "connections").increment(1);
            tracing::debug!(%address, "as many connections as `wyoming.connections` allows; this one is closed");
            return;
        };
        counter!("locutor_wyoming_connections_total").increment(1);
        stream.set_nodelay(true).ok();
        let session = Session::new(Arc::clone(&self.parts), stream).run(stopping.clone());
        sessions.spawn(async move {
            let _place = place;
            session.await;
        });
    }
}

/// Whether the client had gone before it was accepted.
fn is_of_client(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}
