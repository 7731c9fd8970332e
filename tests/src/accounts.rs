//! Servers for tests of accounts, and people with accounts on them.
//!
//! [`server`] -> [`Person::register`] (with the mailed token) -> [`Person::login`] -> [`Session`].

use std::sync::{
    Arc, Mutex, PoisonError, Weak,
    atomic::{AtomicU32, Ordering},
};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::{Reply, Server, client::Client, outbox, server::Builder};

/// This machine is the proxy of these servers.
const PROXY: &str = "[proxies]\ntrusted = [\"127.0.0.0/8\"]\n";

/// The field of a login that asks for cookies instead of tokens in the reply.
pub const COOKIES: &str = "cookies";

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct Person {
    /// Mail address.
    pub email: String,
    /// Password.
    pub password: String,
}

/// What a login gave.
#[derive(Debug, Clone)]
pub struct Session {
    /// Goes with every request.
    pub access: String,
    /// Gets the next one.
    pub refresh: String,
}

/// Settings of a server that takes this machine for its proxy.
///
/// # Errors
/// When no temporary folder can be made.
pub fn builder() -> Result<Builder> {
    Ok(Server::builder()?.config(PROXY))
}

/// A server that tests share which do not stop it. It ends with its last user.
///
/// # Errors
/// When it does not start.
pub fn server() -> Result<Arc<Server>> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return Ok(server);
    }
    let server = Arc::new(builder()?.start()?);
    *shared = Arc::downgrade(&server);
    Ok(server)
}

impl Default for Person {
    fn default() -> Self {
        Self::new()
    }
}

impl Person {
    /// Somebody new, without an account yet.
    pub fn new() -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        Self {
            email: format!("person{number}@example.com"),
            password: format!("violet-Tractor-{number}-hums-Sideways"),
        }
    }

    /// Somebody new who asked for an account; a token to prove the address is on its way.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn apply(server: &Server) -> Result<Self> {
        let person = Self::new();
        let request = json!({
            "email": person.email, "password": person.password, "name": "A Person",
        });
        let reply = Client::new(server).post("/auth/register", &request)?;
        reply.expect(202).context("registering")?;
        Ok(person)
    }

    /// Proves an address with the mailed token.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn verify(server: &Server, token: &str) -> Result<()> {
        let reply = Client::new(server).post("/auth/verify-email", &json!({"token": token}))?;
        reply.expect(200).context("verifying the address")?;
        Ok(())
    }

    /// Somebody new with a verified account.
    ///
    /// # Errors
    /// When the server refuses, or mails nothing.
    pub fn register(server: &Server) -> Result<Self> {
        let person = Self::apply(server)?;
        Self::verify(server, &outbox::token(server, &person.email, 0)?)?;
        Ok(person)
    }

    /// The body of a login.
    pub fn credentials(&self) -> Value {
        json!({"email": self.email, "password": self.password})
    }

    /// Logs in from an address of its own.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn login(&self, server: &Server) -> Result<Session> {
        let reply = Client::new(server).post("/auth/login", &self.credentials())?;
        Session::of(&reply.expect(200).context("logging in")?)
    }

    /// Logs in with an account made just now.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn enter(server: &Server) -> Result<(Self, Session)> {
        let person = Self::register(server)?;
        let session = person.login(server)?;
        Ok((person, session))
    }
}

impl Session {
    /// Reads the reply to a login or refresh.
    ///
    /// # Errors
    /// When it lacks a token.
    pub fn of(reply: &Reply) -> Result<Self> {
        let body = reply.json()?;
        let field = |name: &str| {
            let text = body[name].as_str().map(ToOwned::to_owned);
            text.with_context(|| format!("no {name} in the reply"))
        };
        Ok(Self {
            access: field("access_token")?,
            refresh: field("refresh_token")?,
        })
    }

    /// A client with this session, at an address of its own.
    pub fn client<'server>(&self, server: &'server Server) -> Client<'server> {
        Client::new(server).bearer(&self.access)
    }
}

/// Asks for the next tokens, from an address of its own.
///
/// # Errors
/// When the connection breaks.
pub fn refresh(server: &Server, token: &str) -> Result<Reply> {
    Client::new(server).post("/auth/refresh", &json!({"refresh_token": token}))
}
