//! Sessions that an attacker prepared, kept or passed on: none may outlive what should end it.

use anyhow::{Result, ensure};
use locutor_tests::Server;
use serde_json::{Value, json};

use crate::{
    accounts::{self, Person, Session},
    client::Client,
    outbox,
    tally::Kind,
};

/// Names that a session's cookie has or might have.
const COOKIES: [&str; 6] = [
    "__Host-locutor_session",
    "__Host-locutor_refresh",
    "locutor_session",
    "session",
    "sid",
    "JSESSIONID",
];

/// What the new password is wherever one is set.
const NEXT: &str = "orange-Glacier-77-whistles-Twice";

fn dead(server: &Server, session: &Session) -> Result<()> {
    let reply = accounts::refresh(server, &session.refresh)?;
    ensure!(reply.status == 401, "refresh: {}", reply.status);
    let reply = session.client(server).get("/auth/me")?;
    ensure!(reply.status == 401, "access: {}", reply.status);
    Ok(())
}

fn alive(server: &Server, session: &Session) -> Result<()> {
    session.client(server).get("/auth/me")?.expect(200)?;
    Ok(())
}

#[test]
fn planted_cookies() -> Result<()> {
    let server = accounts::server()?;
    let person = Person::register(&server)?;
    let attacker = Person::enter(&server)?.1;
    let mut kind = Kind::new("planted cookies");
    for name in COOKIES {
        for planted in ["planted", &attacker.access, &attacker.refresh] {
            let cookie = format!("{name}={planted}");
            let client = Client::new(&server)
                .header("cookie", &cookie)
                .header("sec-fetch-site", "same-origin");
            let reply = client.patient("POST", "/auth/login", Some(&person.credentials()))?;
            kind.case(format!("logging in with {name}"), || {
                let session = Session::of(&reply.expect(200)?)?;
                ensure!(session.access != planted && session.refresh != planted);
                Ok(())
            });
            kind.case(format!("{name} after the victim's login"), || {
                let reply = Client::new(&server)
                    .header("cookie", &cookie)
                    .get("/auth/me")?;
                ensure!(!reply.text().contains(&person.email), "it is the victim's");
                Ok(())
            });
        }
    }
    kind.finish()
}

#[test]
fn planted_fields() -> Result<()> {
    let server = accounts::server()?;
    let person = Person::register(&server)?;
    let mut kind = Kind::new("planted fields");
    for name in [
        "session",
        "session_id",
        "refresh_token",
        "access_token",
        "family",
    ] {
        kind.case(format!("`{name}` in a login"), || {
            let mut body = person.credentials();
            body[name] = json!("01890a5d-ac96-774b-bcce-b302099a8057");
            let reply = Client::new(&server).post("/auth/login", &body)?;
            ensure!(reply.status == 400, "{}: {}", reply.status, reply.text());
            Ok(())
        });
    }
    let session = person.login(&server)?;
    for place in ["access_token", "token", "bearer", "api_key", "key"] {
        kind.case(format!("a credential as ?{place}="), || {
            let path = format!("/auth/me?{place}={}", session.access);
            let reply = Client::new(&server).get(&path)?;
            ensure!((400..=401).contains(&reply.status), "{}", reply.status);
            Ok(())
        });
    }
    kind.case("two logins share nothing", || {
        let other = person.login(&server)?;
        ensure!(other.access != session.access && other.refresh != session.refresh);
        Ok(())
    });
    kind.finish()
}

#[test]
fn sessions_that_should_have_ended() -> Result<()> {
    let server = accounts::server()?;
    let mut kind = Kind::new("sessions that should have ended");
    kind.case("logout", || {
        let (person, session) = Person::enter(&server)?;
        let other = person.login(&server)?;
        let body = json!({"refresh_token": session.refresh});
        let reply = session.client(&server).post("/auth/logout", &body)?;
        ensure!(reply.status < 300, "{}: {}", reply.status, reply.text());
        dead(&server, &session)?;
        alive(&server, &other)
    });
    kind.case("logout of all", || {
        let (person, session) = Person::enter(&server)?;
        let other = person.login(&server)?;
        let reply = session
            .client(&server)
            .call("POST", "/auth/logout-all", None)?;
        ensure!(reply.status < 300, "{}: {}", reply.status, reply.text());
        dead(&server, &session)?;
        dead(&server, &other)
    });
    kind.case("a change of the password", || {
        let (person, thief) = Person::enter(&server)?;
        let owner = person.login(&server)?;
        let body = json!({"current": person.password, "new": NEXT});
        let reply = owner.client(&server).post("/auth/password/change", &body)?;
        ensure!(reply.status < 300, "{}: {}", reply.status, reply.text());
        dead(&server, &thief)?;
        let old = Client::new(&server).post("/auth/login", &person.credentials())?;
        ensure!(old.status == 401, "the old password: {}", old.status);
        Ok(())
    });
    kind.case("a reset of the password", || {
        let (person, thief) = Person::enter(&server)?;
        reset(&server, &person)?;
        dead(&server, &thief)
    });
    kind.finish()
}

fn ask_reset(server: &Server, person: &Person) -> Result<String> {
    let seen = outbox::messages(server, &person.email)?.len();
    let body = json!({"email": person.email});
    let reply = Client::new(server).post("/auth/password/forgot", &body)?;
    ensure!(
        reply.status == 202 || reply.status == 200,
        "{}",
        reply.text()
    );
    outbox::token(server, &person.email, seen)
}

/// Sets the next password and gives the token that did it.
fn reset(server: &Server, person: &Person) -> Result<String> {
    let token = ask_reset(server, person)?;
    let reply = set(server, &token, NEXT)?;
    ensure!(reply.0 < 300, "{}: {}", reply.0, reply.1);
    Ok(token)
}

fn set(server: &Server, token: &str, password: &str) -> Result<(u16, String)> {
    let body = json!({"token": token, "password": password});
    let reply = Client::new(server).post("/auth/password/reset", &body)?;
    Ok((reply.status, reply.text()))
}

#[test]
fn mailed_tokens_used_again_or_elsewhere() -> Result<()> {
    let server = accounts::server()?;
    let person = Person::register(&server)?;
    let mut kind = Kind::new("mailed tokens");
    let verify = |token: &str| {
        let reply = Client::new(&server).post("/auth/verify-email", &json!({"token": token}))?;
        verified_nothing(reply.status, &reply.json().unwrap_or(Value::Null))
    };
    let verification = outbox::token(&server, &person.email, 0)?;
    kind.case("verifying twice", || verify(&verification));
    kind.case("a verification as a reset", || {
        let (status, text) = set(&server, &verification, NEXT)?;
        ensure!((400..500).contains(&status), "{status}: {text}");
        Ok(())
    });
    let used = reset(&server, &person)?;
    kind.case("resetting twice", || {
        let (status, text) = set(&server, &used, "purple-Harbour-31-dances-Once")?;
        ensure!((400..500).contains(&status), "{status}: {text}");
        Ok(())
    });
    kind.case("a reset as a verification", || verify(&used));
    for guess in [
        "",
        "0",
        "null",
        "' OR 1=1 --",
        &"A".repeat(43),
        &"A".repeat(100_000),
    ] {
        kind.case("a guessed verification", || verify(guess));
        kind.case("a guessed reset", || {
            let (status, text) = set(&server, guess, NEXT)?;
            ensure!((400..500).contains(&status), "{status}: {text}");
            Ok(())
        });
    }
    kind.finish()
}

/// Refused, or told that it failed and why.
fn verified_nothing(status: u16, body: &Value) -> Result<()> {
    let refused = (400..500).contains(&status);
    let told = status == 200 && body["status"] != "verified";
    ensure!(refused || told, "{status}: {body}");
    Ok(())
}
