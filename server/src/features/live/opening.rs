//! From a request for a stream to its WebSocket.

use std::{convert::Infallible, future::Future, time::Duration};

use axum::{
    extract::{
        FromRequestParts, WebSocketUpgrade,
        ws::{WebSocket, rejection::WebSocketUpgradeRejection},
    },
    http::request::Parts,
    response::Response,
};

use super::{
    Bearer, Holder, Permission, Place, Places, Standing, count_stream, web_socket::no_web_socket,
};
use crate::{
    access::{Authorized, ClientSecret, Remembered, permission::EngineUse},
    features::{access_rules::Gate, sessions::Authenticator},
    http::{Fault, Origin, Stopping},
};

/// What the routes of streams share; clones share it too.
#[derive(Clone)]
pub struct Live {
    /// Places for streams.
    pub places: Places,
    /// Finds callers.
    pub authenticator: Authenticator,
    /// The rules about addresses.
    pub gate: Gate,
    /// How often an open stream's permission is looked at again.
    pub every: Duration,
    /// Tells when the server stops.
    pub stopping: Stopping,
    /// Longest time a client may leave events unread.
    pub stall: Duration,
}

/// A request for a stream.
pub struct Opening {
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    origin: Origin,
    path: String,
    secret: Option<ClientSecret>,
    holder: Option<Holder>,
}

/// A stream that may begin.
pub struct Admitted {
    upgrade: WebSocketUpgrade,
    permission: Permission,
    place: Place,
    live: Live,
}

impl<S: Send + Sync> FromRequestParts<S> for Opening {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let Ok(origin) = Origin::from_request_parts(parts, state).await;
        Ok(Self {
            upgrade: WebSocketUpgrade::from_request_parts(parts, state).await,
            origin,
            path: parts.uri.path().to_owned(),
            secret: parts.extensions.get::<ClientSecret>().cloned(),
            holder: parts.extensions.get::<Remembered>().map(Holder::from),
        })
    }
}

impl Opening {
    /// The client secret that it came with.
    pub fn secret(&self) -> Option<&ClientSecret> {
        self.secret.as_ref()
    }

    /// Gives it a place.
    ///
    /// # Errors
    /// 426 for a request that asks for no WebSocket, 429 when there is no place.
    pub fn admit(self, live: &Live, caller: &Authorized<EngineUse>) -> Result<Admitted, Fault> {
        let upgrade = self.upgrade.map_err(|_| no_web_socket())?;
        let caller = *caller.caller();
        // Whoever was authorized was found.
        let holder = self.holder.unwrap_or(Holder::Key(caller.actor.id()));
        let place = live.places.take_for_stream(holder)?;
        let permission = Permission {
            gate: live.gate.clone(),
            address: self.origin.address,
            path: self.path,
            bearer: Some(Bearer {
                authenticator: live.authenticator.clone(),
                caller,
                secret: self.secret,
            }),
        };
        Ok(Admitted {
            upgrade,
            permission,
            place,
            live: live.clone(),
        })
    }
}

impl Admitted {
    /// Upgrades, and serves what comes of it: messages of at most so many bytes, in one of these protocols where the
    /// client names any.
    pub fn open<F, Served>(
        self,
        message_bytes: usize,
        protocols: &'static [&'static str],
        serve: F,
    ) -> Response
    where
        F: FnOnce(WebSocket, Standing) -> Served + Send + 'static,
        Served: Future<Output = ()> + Send + 'static,
    {
        let (live, permission, place) = (self.live, self.permission, self.place);
        self.upgrade
            .protocols(protocols.iter().copied())
            .max_message_size(message_bytes)
            .max_frame_size(message_bytes)
            .on_upgrade(move |socket| {
                count_stream();
                let standing = Standing {
                    watch: permission.watch(live.every),
                    stopping: live.stopping,
                    stall: live.stall,
                    _place: place,
                };
                serve(socket, standing)
            })
    }
}
