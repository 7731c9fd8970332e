//! Fields that a request must not set: refused or ignored, never effective.

use anyhow::{Result, ensure};
use locutor_tests::{Reply, Server};
use serde_json::{Value, json};

use crate::{
    accounts::{self, Person, Session},
    client::Client,
    routes::{self, Operation},
    tally::Kind,
};

/// The attacker would like to have this.
const WISHED: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Fields and what the attacker would like them to be.
fn wishes() -> Vec<(&'static str, Value)> {
    vec![
        ("id", json!(WISHED)),
        ("role", json!("owner")),
        ("roles", json!(["owner"])),
        ("admin", json!(true)),
        ("is_admin", json!(true)),
        ("instance_admin", json!(true)),
        ("scopes", json!(["instance:manage"])),
        ("scope", json!("instance:manage")),
        ("permissions", json!(["instance:manage"])),
        ("organisation", json!(WISHED)),
        ("organisation_id", json!(WISHED)),
        ("user", json!(WISHED)),
        ("user_id", json!(WISHED)),
        ("owner", json!(WISHED)),
        ("owner_id", json!(WISHED)),
        ("verified", json!(true)),
        ("email_verified", json!(true)),
        ("email_verified_at", json!("2020-01-01T00:00:00Z")),
        (
            "password_hash",
            json!("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"),
        ),
        ("created_at", json!("2001-01-01T00:00:00Z")),
        ("locked_until", json!(null)),
        ("rate_limit", json!(1_000_000)),
        ("__proto__", json!({"admin": true})),
        ("constructor", json!({"prototype": {"admin": true}})),
    ]
}

/// What the session can reach: the status of every page that takes no names.
fn powers(server: &Server, session: &Session, pages: &[String]) -> Result<Vec<(String, u16)>> {
    let client = session.client(server);
    let status = |path: &String| Ok((path.clone(), client.patient("GET", path, None)?.status));
    pages.iter().map(status).collect()
}

/// Whether the value is there under that name, however deep.
fn shows(reply: &Value, name: &str, wish: &Value) -> bool {
    match reply {
        Value::Object(fields) => fields
            .iter()
            .any(|(found, value)| (found == name && value == wish) || shows(value, name, wish)),
        Value::Array(items) => items.iter().any(|item| shows(item, name, wish)),
        _ => false,
    }
}

fn ineffective(reply: &Reply, name: &str, wish: &Value) -> Result<()> {
    ensure!(reply.status < 500, "{}: {}", reply.status, reply.text());
    if reply.status < 300 {
        let body = reply.json().unwrap_or(Value::Null);
        ensure!(!shows(&body, name, wish), "it was taken: {body}");
    }
    Ok(())
}

/// Fields that describe the account and must stay as they are.
fn standing(me: &Value) -> Value {
    let mut standing = json!({});
    for name in [
        "id",
        "role",
        "scopes",
        "organisation",
        "email",
        "email_verified",
    ] {
        standing[name] = me[name].clone();
    }
    standing
}

/// Attacks one operation with one field more than it has.
fn attempt(client: &Client<'_>, operation: &Operation, name: &str, wish: &Value) -> Result<Reply> {
    let mut body = operation.body.clone().unwrap_or_else(|| json!({}));
    if let Some(fields) = body.as_object_mut() {
        fields.insert(name.to_owned(), wish.clone());
    }
    let path = operation.path_with(|_| WISHED.to_owned());
    client.patient(&operation.method, &path, Some(&body))
}

#[test]
fn fields_beyond_the_schema() -> Result<()> {
    let server = accounts::server()?;
    let session = Person::enter(&server)?.1;
    let operations = routes::all(&server)?;
    let engine = |operation: &&Operation| !operation.path.starts_with("/v1");
    let pages: Vec<_> = operations
        .iter()
        .filter(engine)
        .filter(|operation| {
            operation.method == "GET" && operation.names.is_empty() && !operation.ends_the_session()
        })
        .map(|operation| operation.path.clone())
        .collect();
    let before = powers(&server, &session, &pages)?;
    let me = |session: &Session| -> Result<Value> {
        Ok(standing(
            &session
                .client(&server)
                .get("/auth/me")?
                .expect(200)?
                .json()?,
        ))
    };
    let stood = me(&session)?;
    let mut kind = Kind::new("mass assignment");
    for operation in operations.iter().filter(engine) {
        if !operation.writes() || operation.body.is_none() || operation.ends_the_session() {
            continue;
        }
        for (name, wish) in wishes() {
            if operation.fields.iter().any(|field| field == name) {
                continue;
            }
            let reply = attempt(&session.client(&server), operation, name, &wish)?;
            kind.case(format!("{operation}: {name}"), || {
                ineffective(&reply, name, &wish)
            });
        }
        kind.case(format!("{operation}: the account afterwards"), || {
            let stands = me(&session)?;
            ensure!(stands == stood, "{stood} became {stands}");
            Ok(())
        });
    }
    kind.case("what the session can reach afterwards", || {
        let after = powers(&server, &session, &pages)?;
        ensure!(after == before, "{before:?} became {after:?}");
        Ok(())
    });
    kind.finish()
}

/// Fields that are in the schema, with more than the caller may give.
#[test]
fn more_than_the_caller_has() -> Result<()> {
    let server = accounts::server()?;
    let session = Person::enter(&server)?.1;
    let client = session.client(&server);
    let mut kind = Kind::new("more than the caller has");
    for scopes in [
        json!(["instance:manage"]),
        json!(["documents:read", "instance:manage"]),
        json!(["account:manage"]),
        json!(["*"]),
        json!(["instance:*"]),
        json!("instance:manage"),
        json!([["instance:manage"]]),
        json!(["INSTANCE:MANAGE"]),
        json!([" instance:manage"]),
    ] {
        kind.case(format!("an API key with {scopes}"), || {
            let body = json!({"name": "a key", "scopes": scopes});
            let reply = client.patient("POST", "/auth/api-keys", Some(&body))?;
            ensure!(
                (400..500).contains(&reply.status),
                "{}: {}",
                reply.status,
                reply.text()
            );
            Ok(())
        });
    }
    kind.finish()
}
