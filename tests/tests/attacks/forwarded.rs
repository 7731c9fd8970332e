//! Clients that lie about their address: only what a trusted proxy added counts, read from the right.

use anyhow::{Context, Result, ensure};
use locutor_tests::Server;

use crate::{
    accounts::{self, Person, Session},
    client::{Client, fresh_address},
    tally::Kind,
};

/// Logs in with these headers and gives the address that the session is listed with.
fn seen_address(server: &Server, person: &Person, headers: &[(&str, &str)]) -> Result<String> {
    let mut client = Client::bare(server);
    for (name, value) in headers {
        client = client.header(name, value);
    }
    let reply = client.post("/auth/login", &person.credentials())?;
    let session = Session::of(&reply.expect(200).context("logging in")?)?;
    let list = session.client(server).get("/auth/sessions")?;
    let list = list.expect(200)?.json()?;
    let list = list.get("data").or(list.get("sessions")).unwrap_or(&list);
    let sessions = list.as_array().context("a list of sessions")?;
    let own = sessions.iter().find(|session| session["current"] == true);
    let own = own.context("no session is marked as the current one")?;
    let address = own["address"]
        .as_str()
        .context("a session without an address")?;
    Ok(address.to_owned())
}

/// What a client behind the proxy sends besides what the proxy adds, and what is believed.
fn behind_a_proxy(real: &str) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let chain = |chain: String| ("x-forwarded-for", chain);
    let lie = "203.0.113.66";
    vec![
        ("a lie before it", vec![chain(format!("{lie}, {real}"))]),
        (
            "many lies before it",
            vec![chain(format!("{}{real}", format!("{lie}, ").repeat(200)))],
        ),
        (
            "this machine before it",
            vec![chain(format!("127.0.0.1, {real}"))],
        ),
        (
            "trusted proxies after it",
            vec![chain(format!("{lie}, {real}, 127.0.0.2, 127.0.0.3"))],
        ),
        (
            "the lie in a field before",
            vec![chain(lie.to_owned()), chain(real.to_owned())],
        ),
        (
            "rubbish before it",
            vec![chain(format!("x, ;, \"{lie}\", , {real}"))],
        ),
        ("no spaces", vec![chain(format!("{lie},{real}"))]),
        ("many spaces", vec![chain(format!("{lie} \t ,   {real}  "))]),
        (
            "X-Real-IP",
            vec![chain(real.to_owned()), ("x-real-ip", lie.to_owned())],
        ),
        (
            "Forwarded",
            vec![chain(real.to_owned()), ("forwarded", format!("for={lie}"))],
        ),
        (
            "True-Client-IP",
            vec![chain(real.to_owned()), ("true-client-ip", lie.to_owned())],
        ),
        (
            "CF-Connecting-IP",
            vec![chain(real.to_owned()), ("cf-connecting-ip", lie.to_owned())],
        ),
        (
            "X-Client-IP",
            vec![chain(real.to_owned()), ("x-client-ip", lie.to_owned())],
        ),
        (
            "X_Forwarded_For",
            vec![chain(real.to_owned()), ("x_forwarded_for", lie.to_owned())],
        ),
    ]
}

#[test]
fn lies_behind_a_proxy() -> Result<()> {
    let server = accounts::server()?;
    let mut kind = Kind::new("forwarded addresses behind a proxy");
    let person = Person::register(&server)?;
    for index in 0..behind_a_proxy("").len() {
        let real = fresh_address();
        let Some((name, headers)) = behind_a_proxy(&real).into_iter().nth(index) else {
            break;
        };
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        kind.case(name, || {
            let seen = seen_address(&server, &person, &headers)?;
            ensure!(seen == real, "seen as {seen}, is {real}");
            Ok(())
        });
    }
    kind.finish()
}

/// The peer is no proxy: whatever it says about itself is nothing.
#[test]
fn lies_without_a_proxy() -> Result<()> {
    let helper = accounts::builder()?.start()?;
    let person = Person::register(&helper)?;
    let folder = helper.folder().clone();
    drop(helper);
    let server = Server::builder()?
        .folder(&folder)
        .environment("LOCUTOR_RATE_LIMITS__LOGIN", "3/minute")
        .start()?;
    let lies = [
        ("X-Forwarded-For", vec![("x-forwarded-for", "203.0.113.66")]),
        (
            "every header at once",
            vec![
                ("x-forwarded-for", "203.0.113.66, 127.0.0.1"),
                ("forwarded", "for=203.0.113.66"),
                ("x-real-ip", "203.0.113.66"),
                ("true-client-ip", "203.0.113.66"),
                ("x-client-ip", "203.0.113.66"),
            ],
        ),
    ];
    let mut kind = Kind::new("forwarded addresses without a proxy");
    for (name, headers) in lies {
        kind.case(name, || {
            let seen = seen_address(&server, &person, &headers)?;
            ensure!(seen == "127.0.0.1", "seen as {seen}");
            Ok(())
        });
    }
    kind.case(
        "a new address for each login does not escape the limit",
        || {
            let limited = (0..30).map(|_| -> Result<bool> {
                let reply =
                    Client::new(&server).post("/auth/login", &Person::new().credentials())?;
                Ok(reply.status == 429 && !reply.header("retry-after").is_empty())
            });
            let limited = limited.collect::<Result<Vec<_>>>()?;
            ensure!(limited.contains(&true), "thirty logins in a row");
            Ok(())
        },
    );
    kind.finish()
}

/// An address must not be a way to write into the log or the list of sessions.
#[test]
fn addresses_that_are_none() -> Result<()> {
    let server = accounts::server()?;
    let mut kind = Kind::new("forwarded rubbish");
    for value in [
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "999.999.999.999",
        "::ffff:999.1.1.1",
        "unknown",
        "_hidden",
        "1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "[::1",
        "::1]",
        "127.0.0.1:99999",
        "127.0.0.1 x",
    ] {
        kind.case(value, || {
            let client = Client::bare(&server).header("x-forwarded-for", value);
            let reply = client.get("/health/live")?.expect(200)?;
            let person = Person::new();
            let login = client.post("/auth/login", &person.credentials())?;
            ensure!(
                [401, 429].contains(&login.status),
                "{}: {}",
                login.status,
                login.text()
            );
            // Shorter ones stand in many replies by chance.
            let told =
                value.len() > 3 && [reply, login].iter().any(|one| one.text().contains(value));
            ensure!(!told, "a reply repeats it");
            Ok(())
        });
    }
    kind.finish()
}
