//! The port.

use std::{
    io::{Error, ErrorKind},
    sync::Arc,
    time::Duration,
};

use metrics::counter;
use tokio::{
    io::{AsyncWriteExt, copy, sink},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    admission::Admission,
    message::Message,
    session::{Parts, Session},
};
use crate::{
    features::live::Standing,
    http::{ClientAddress, Fault, Stopping, stopped},
};

/// Pause after a connection could not be accepted, such as when the process has too many files open.
const PAUSE: Duration = Duration::from_millis(100);
/// Longest that somebody who is refused may take to read why.
const GOODBYE: Duration = Duration::from_secs(1);
/// Connections that are not let in yet, and as many that are told why not, at the same time; of more than that nobody is
/// told.
const DOORSTEP: usize = 64;

/// What serves the port.
pub struct Wyoming {
    listener: TcpListener,
    door: Arc<Door>,
}

/// What every connection passes.
struct Door {
    admission: Admission,
    parts: Arc<Parts>,
    /// Those that are neither let in nor refused.
    doorstep: Arc<Semaphore>,
    /// Those that are told why they are refused.
    goodbyes: Semaphore,
    /// How often an open connection's permission is looked at again.
    every: Duration,
}

impl Wyoming {
    /// Takes a port that is listened to; `every` so often connections that are open are held against the rules again.
    pub fn new(listener: TcpListener, admission: Admission, parts: Parts, every: Duration) -> Self {
        let door = Door {
            admission,
            parts: Arc::new(parts),
            doorstep: Arc::new(Semaphore::new(DOORSTEP)),
            goodbyes: Semaphore::new(DOORSTEP),
            every,
        };
        Self {
            listener,
            door: Arc::new(door),
        }
    }

    /// Serves until the server stops, and then until what is being answered is.
    pub async fn run(self, mut stopping: Stopping) {
        let mut sessions = JoinSet::new();
        let of_session = stopping.clone();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, address)) => {
                        // An IPv4 address may come in IPv6's clothes.
                        let address = ClientAddress(address.ip().to_canonical());
                        let door = Arc::clone(&self.door);
                        door.open(&mut sessions, stream, address, &of_session);
                    }
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
}

impl Door {
    fn open(
        self: Arc<Self>,
        sessions: &mut JoinSet<()>,
        stream: TcpStream,
        address: ClientAddress,
        stopping: &Stopping,
    ) {
        // Strangers learn nothing, and take nobody's place.
        if !self.admission.knows(address.0) {
            return;
        }
        let Ok(step) = Arc::clone(&self.doorstep).try_acquire_owned() else {
            counter!("locutor_wyoming_refused_total", "why" => "doorstep").increment(1);
            return;
        };
        let stopping = stopping.clone();
        sessions.spawn(async move {
            let admitted = self.admission.admit(address.0).await;
            drop(step);
            let place = match admitted {
                Ok(place) => place,
                Err(fault) => {
                    // Whoever is refused may not keep others from being asked in.
                    if let Ok(_goodbye) = self.goodbyes.try_acquire() {
                        turn_away(stream, &fault).await;
                    }
                    return;
                }
            };
            counter!("locutor_wyoming_connections_total").increment(1);
            stream.set_nodelay(true).ok();
            let standing = Standing {
                watch: self.admission.permission(address.0).watch(self.every),
                stopping,
                stall: self.parts.stall,
                _place: place,
            };
            let parts = Arc::clone(&self.parts);
            Session::new(parts, stream, address, standing).run().await;
        });
    }
}

/// Says why. What was sent meanwhile is read: bytes that are left unread would take the answer back.
async fn turn_away(mut stream: TcpStream, fault: &Fault) {
    let goodbye = async {
        let answer = Message::error(fault.code, &fault.message);
        answer.write(&mut stream).await?;
        stream.shutdown().await?;
        copy(&mut stream, &mut sink()).await
    };
    // Whoever does not listen is not told.
    timeout(GOODBYE, goodbye).await.ok();
}

/// Whether the client had gone before it was accepted.
fn is_of_client(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}
