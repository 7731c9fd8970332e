//! Access tokens that the server did not sign, or signed for something else or long ago.

use std::{process::Command, thread, time::Duration};

use anyhow::{Context, Result, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use locutor_tests::{Server, process};
use serde_json::{Value, json};

use crate::{
    accounts::{self, Person},
    client::Client,
    forge::{Genuine, encoded, forged, merged, pem, symmetric},
    routes,
    tally::Kind,
};

/// Makes access tokens live shorter than a test.
const SHORT_LIVED: (&str, &str) = ("LOCUTOR_AUTH__ACCESS_SECONDS", "10");

/// Tokens without a signature, or with one that anybody can make.
fn confused(genuine: &Genuine) -> Result<Vec<(String, String)>> {
    let claims = &genuine.claims;
    let mut tokens = Vec::new();
    for name in ["none", "None", "NONE", "nOnE", ""] {
        let header = genuine.header_with(&json!({"alg": name}));
        let unsigned = format!("{}.{}", encoded(&header), encoded(claims));
        let signature = genuine.token.rsplit('.').next().unwrap_or_default();
        tokens.push((
            format!("alg={name:?}, no signature"),
            format!("{unsigned}."),
        ));
        tokens.push((format!("alg={name:?}, two parts"), unsigned.clone()));
        tokens.push((
            format!("alg={name:?}, its signature"),
            format!("{unsigned}.{signature}"),
        ));
    }
    let public = genuine.public()?;
    let pem = pem(&public);
    let secrets = [
        ("raw", public.clone()),
        ("base64", URL_SAFE_NO_PAD.encode(&public).into_bytes()),
        ("PEM", pem.clone().into_bytes()),
        (
            "PEM without its last line break",
            pem.trim_end().as_bytes().to_vec(),
        ),
        ("JWK", genuine.key.to_string().into_bytes()),
        ("empty", Vec::new()),
    ];
    for (name, secret) in secrets {
        let header = genuine.header_with(&json!({"alg": "HS256"}));
        let token = symmetric(&header, claims, &secret)?;
        tokens.push((format!("HS256 with the public key ({name})"), token));
    }
    Ok(tokens)
}

/// Tokens signed with the attacker's key, which their header offers in every way there is.
fn other_keys(genuine: &Genuine) -> Vec<(String, String)> {
    let public = SigningKey::from_bytes(&[7; 32]).verifying_key();
    let key = json!({
        "kty": "OKP", "crv": "Ed25519", "kid": "mine", "alg": "EdDSA",
        "x": URL_SAFE_NO_PAD.encode(public.as_bytes()),
    });
    let headers = [
        ("the right kid", json!({})),
        ("an unknown kid", json!({"kid": "no-such-key"})),
        ("no kid", json!({"kid": null})),
        ("a kid that is a number", json!({"kid": 1})),
        (
            "a kid that is a path",
            json!({"kid": "../../../../dev/null"}),
        ),
        ("a kid that is SQL", json!({"kid": "x' UNION SELECT 'mine"})),
        ("its key in the header", json!({"kid": "mine", "jwk": key})),
        (
            "the address of its keys",
            json!({"kid": "mine", "jku": "http://127.0.0.1:9/jwks.json"}),
        ),
        (
            "a certificate's address",
            json!({"x5u": "http://127.0.0.1:9/cert.pem"}),
        ),
        (
            "a critical extension",
            json!({"crit": ["exp"], "exp": 4_000_000_000_u64}),
        ),
    ];
    let headers = headers.into_iter();
    headers
        .map(|(name, changes)| {
            let token = forged(&genuine.header_with(&changes), &genuine.claims);
            (format!("the wrong key and {name}"), token)
        })
        .collect()
}

/// The genuine token, damaged, or with parts of another.
fn damaged(genuine: &Genuine, other: &str) -> Vec<(String, String)> {
    let parts: Vec<_> = genuine.token.split('.').collect();
    let others: Vec<_> = other.split('.').collect();
    let (&[header, claims, signature], &[_, other_claims, other_signature]) =
        (parts.as_slice(), others.as_slice())
    else {
        return vec![("not three parts".to_owned(), genuine.token.clone())];
    };
    let raised = merged(
        &genuine.claims,
        &json!({"exp": 4_000_000_000_u64, "scope": "instance:manage", "role": "owner"}),
    );
    // The last character of a signature also holds bits that mean nothing; the first one does not.
    let flipped = if signature.starts_with('A') { 'B' } else { 'A' };
    let mut tokens = vec![
        (
            "another's claims",
            format!("{header}.{other_claims}.{signature}"),
        ),
        (
            "another's signature",
            format!("{header}.{claims}.{other_signature}"),
        ),
        (
            "raised claims",
            format!("{header}.{}.{signature}", encoded(&raised)),
        ),
        ("parts swapped", format!("{claims}.{header}.{signature}")),
        (
            "a changed signature",
            format!("{header}.{claims}.{flipped}{}", &signature[1..]),
        ),
        (
            "an all-zero signature",
            format!("{header}.{claims}.{}", "A".repeat(86)),
        ),
        ("a fourth part", format!("{}.{signature}", genuine.token)),
        ("padding", format!("{}==", genuine.token)),
        ("only dots", "..".to_owned()),
        ("nothing", String::new()),
    ]
    .into_iter()
    .map(|(name, token)| (name.to_owned(), token))
    .collect::<Vec<_>>();
    for length in [
        1,
        10,
        header.len(),
        header.len() + claims.len() + 1,
        genuine.token.len() - 1,
    ] {
        let token = genuine.token[..length].to_owned();
        tokens.push((format!("cut to {length} characters"), token));
    }
    tokens
}

fn refused(server: &Server, path: &str, token: &str) -> Result<()> {
    let reply = Client::new(server)
        .bearer(token)
        .patient("GET", path, None)?;
    ensure!(
        reply.status == 401,
        "{path}: {}: {}",
        reply.status,
        reply.text()
    );
    Ok(())
}

#[test]
fn forged_tokens() -> Result<()> {
    let server = accounts::server()?;
    let genuine = Genuine::of(&server)?;
    let other = Genuine::of(&server)?;
    let me = Client::new(&server)
        .bearer(&genuine.token)
        .get("/auth/me")?;
    me.expect(200).context("the genuine token")?;
    let mut tokens = confused(&genuine)?;
    tokens.extend(other_keys(&genuine));
    tokens.extend(damaged(&genuine, &other.token));
    let mut kind = Kind::new("forged tokens");
    for (name, token) in &tokens {
        kind.case(name, || refused(&server, "/auth/me", token));
    }
    kind.finish()
}

/// One check of tokens serves every route; that no route goes without is what this shows.
#[test]
fn forged_tokens_on_every_route() -> Result<()> {
    let server = accounts::server()?;
    let genuine = Genuine::of(&server)?;
    let unsigned = genuine.header_with(&json!({"alg": "none"}));
    let unsigned = format!("{}.{}.", encoded(&unsigned), encoded(&genuine.claims));
    let tokens = [unsigned, forged(&genuine.header, &genuine.claims)];
    let mut kind = Kind::new("forged tokens on every route");
    for operation in routes::all(&server)? {
        let path = operation.path_with(|_| "01890a5d-ac96-774b-bcce-b302099a8057".to_owned());
        for token in tokens.iter().filter(|_| operation.secured) {
            let client = Client::new(&server).bearer(token);
            let reply = client.patient(&operation.method, &path, operation.body.as_ref())?;
            kind.case(&operation, || {
                ensure!(reply.status == 401, "{}: {}", reply.status, reply.text());
                Ok(())
            });
        }
    }
    kind.finish()
}

#[test]
fn expired_tokens() -> Result<()> {
    let server = accounts::builder()?
        .environment(SHORT_LIVED.0, SHORT_LIVED.1)
        .start()?;
    let (person, session) = Person::enter(&server)?;
    let client = session.client(&server);
    client.get("/auth/me")?.expect(200)?;
    // The bound that is allowed for clocks that differ is none here: one clock signs and checks.
    thread::sleep(Duration::from_secs(12));
    let mut kind = Kind::new("expired tokens");
    for path in ["/auth/me", "/auth/sessions", "/documents", "/v1/models"] {
        kind.case(path, || refused(&server, path, &session.access));
    }
    kind.case("a refresh token as an access token", || {
        let fresh = person.login(&server)?;
        refused(&server, "/auth/me", &fresh.refresh)
    });
    kind.case("an access token as a refresh token", || {
        let reply = accounts::refresh(&server, &session.access)?;
        ensure!((400..=401).contains(&reply.status), "{}", reply.text());
        Ok(())
    });
    kind.finish()
}

/// A library that is not ours verifies genuine tokens with the published keys, and so takes the
/// attacks above for what they are.
#[test]
fn genuine_tokens_are_verified_by_others() -> Result<()> {
    let server = accounts::server()?;
    let genuine = Genuine::of(&server)?;
    let output = Command::new(process::python()?)
        .arg(locutor_tests::folder()?.join("clients/verify_token.py"))
        .arg(format!("{}/auth/.well-known/jwks.json", server.address()))
        .arg(&genuine.token)
        .output()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{complaint}");
    let claims: Value = serde_json::from_slice(&output.stdout)?;
    ensure!(claims["sub"] == genuine.claims["sub"], "{claims}");
    let life = claims["exp"].as_i64().zip(claims["iat"].as_i64());
    ensure!(
        life.is_some_and(|(end, start)| end - start <= 600),
        "{claims}"
    );
    Ok(())
}
