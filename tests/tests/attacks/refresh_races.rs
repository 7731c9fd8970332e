//! One refresh token, used more than once: at the same moment, a moment later, and by a thief.

use std::{
    sync::Barrier,
    thread::{self, ScopedJoinHandle},
    time::Duration,
};

use anyhow::{Context, Result, anyhow, ensure};
use locutor_tests::{Reply, Server};

use crate::{
    accounts::{self, Person, Session},
    outbox,
    tally::Kind,
};

/// As many as race at the same time.
const RACERS: usize = 32;

/// A reply that was lost may be asked for again within this time; a little is added.
const GRACE: Duration = Duration::from_secs(11);

/// Uses the token in as many threads, which start at the same moment.
fn race(server: &Server, token: &str) -> Result<Vec<Reply>> {
    let start = Barrier::new(RACERS);
    thread::scope(|scope| {
        let racers: Vec<_> = (0..RACERS)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    accounts::refresh(server, token)
                })
            })
            .collect();
        let replies = racers.into_iter().map(ScopedJoinHandle::join);
        replies
            .map(|reply| reply.map_err(|_| anyhow!("a racer panicked"))?)
            .collect()
    })
}

/// Each gets the one child, or is refused; somebody gets it.
fn one_child(kind: &mut Kind, replies: &[Reply]) -> Result<Session> {
    let winner = replies.iter().find(|reply| reply.status == 200);
    let child = Session::of(winner.context("nobody got the next token")?)?;
    for reply in replies {
        kind.case("racing refresh", || match reply.status {
            200 => {
                let another = Session::of(reply)?;
                ensure!(another.refresh == child.refresh, "a second child");
                Ok(())
            }
            status => {
                ensure!((400..500).contains(&status), "{status}: {}", reply.text());
                Ok(())
            }
        });
    }
    Ok(child)
}

fn dead(server: &Server, token: &str) -> Result<()> {
    let reply = accounts::refresh(server, token)?;
    ensure!(reply.status == 401, "{}: {}", reply.status, reply.text());
    Ok(())
}

#[test]
fn many_at_once_get_one_child() -> Result<()> {
    let server = accounts::server()?;
    let mut kind = Kind::new("refresh races");
    for _ in 0..5 {
        let (_, session) = Person::enter(&server)?;
        let child = one_child(&mut kind, &race(&server, &session.refresh)?)?;
        kind.case("the child works", || {
            let next = accounts::refresh(&server, &child.refresh)?.expect(200)?;
            ensure!(Session::of(&next)?.refresh != child.refresh, "not rotated");
            Ok(())
        });
    }
    kind.finish()
}

/// The thief comes late: both lose the session, and the owner is told.
#[test]
fn a_stolen_token_ends_its_family() -> Result<()> {
    let server = accounts::server()?;
    let (owner, first) = Person::enter(&server)?;
    let untouched = owner.login(&server)?;
    let child = Session::of(&accounts::refresh(&server, &first.refresh)?.expect(200)?)?;
    thread::sleep(GRACE);
    let mut kind = Kind::new("stolen refresh tokens");
    kind.case("reuse after the grace", || dead(&server, &first.refresh));
    kind.case("its child after the reuse", || {
        dead(&server, &child.refresh)
    });
    kind.case("the session of the family", || {
        let list = untouched.client(&server).get("/auth/sessions")?;
        let list = list.expect(200)?.json()?;
        let list = list.get("data").or(list.get("sessions")).unwrap_or(&list);
        let live = list.as_array().context("a list of sessions")?.len();
        ensure!(live == 1, "{live} sessions, one of them the revoked one");
        Ok(())
    });
    kind.case("another session of the owner goes on", || {
        accounts::refresh(&server, &untouched.refresh)?.expect(200)?;
        Ok(())
    });
    kind.case("the owner is told", || {
        outbox::mentions(
            &server,
            &owner.email,
            &["stolen", "reused", "used twice", "signed out", "ended"],
        )
    });
    kind.finish()
}

/// Many thieves at once, late: none may win, whatever the order.
#[test]
fn many_late_reuses_at_once() -> Result<()> {
    let server = accounts::server()?;
    let (_, first) = Person::enter(&server)?;
    let child = Session::of(&accounts::refresh(&server, &first.refresh)?.expect(200)?)?;
    thread::sleep(GRACE);
    let mut kind = Kind::new("late refresh races");
    for reply in race(&server, &first.refresh)? {
        kind.case("racing reuse", || {
            ensure!(reply.status == 401, "{}: {}", reply.status, reply.text());
            Ok(())
        });
    }
    kind.case("the child", || dead(&server, &child.refresh));
    kind.finish()
}

/// Logging out while refreshing must not leave a token that lives.
#[test]
fn a_logout_beats_a_refresh() -> Result<()> {
    let server = accounts::server()?;
    let mut kind = Kind::new("refresh against logout");
    for _ in 0..8 {
        let (_, session) = Person::enter(&server)?;
        let client = session.client(&server);
        let body = serde_json::json!({"refresh_token": session.refresh});
        let refreshed = thread::scope(|scope| {
            let refreshing = scope.spawn(|| accounts::refresh(&server, &session.refresh));
            let logout = client.post("/auth/logout", &body);
            (refreshing.join(), logout)
        });
        let refreshed = refreshed.0.map_err(|_| anyhow!("panicked"))??;
        kind.case("after the logout", || {
            dead(&server, &session.refresh)?;
            if refreshed.status == 200 {
                dead(&server, &Session::of(&refreshed)?.refresh)?;
            }
            Ok(())
        });
    }
    kind.finish()
}
