//! Replies are as the `OpenAPI` document describes them, for a person who logged in.

use anyhow::{Context, Result};
use locutor_tests::schemathesis::{LIMITS, Run, run};

use crate::accounts::{self, Person};

/// Logging out would end the run; `fixation` and `tokens` test it.
const LEFT_OUT: [&str; 4] = [
    "--exclude-path",
    "/auth/logout",
    "--exclude-path",
    "/auth/logout-all",
];

#[test]
fn replies_to_a_person_are_as_the_document_describes() -> Result<()> {
    let server = accounts::builder()?.config(LIMITS).start()?;
    let (_, session) = Person::enter(&server)?;
    let client = session.client(&server);
    let sessions = client.get("/auth/sessions")?.expect(200)?.json()?;
    let own = sessions["data"][0]["id"].as_str().context("a session")?;
    let settings = Run {
        credential: &session.access,
        protected: own,
        seconds: 90,
        arguments: &LEFT_OUT,
    };
    run(&server, settings)?;
    // Otherwise the account was removed, or the session ended, some time before.
    client.get("/auth/me")?.expect(200)?;
    Ok(())
}
