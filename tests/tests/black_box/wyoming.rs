//! The Wyoming protocol with the client that Home Assistant uses.

use anyhow::{Context, Result, ensure};
use locutor_tests::{Server, folder, python::client_case};

/// The port that the server chose, as its log tells.
fn port(server: &Server) -> Result<u16> {
    let log = server.log()?;
    let (_, after) = log
        .split_once("listening to voice assistants")
        .context("no port for assistants")?;
    let (_, port) = after.split_once("127.0.0.1:").context("no address")?;
    let end = port.find(|one: char| !one.is_ascii_digit());
    Ok(port[..end.unwrap_or(port.len())].parse()?)
}

/// Runs a case of the client against a server with two places for streams.
fn case(name: &str) -> Result<()> {
    let server = Server::builder()?
        .environment("LOCUTOR_WYOMING__LISTEN", "127.0.0.1:0")
        .environment("LOCUTOR_LIMITS__LIVE_STREAMS", "2")
        .start()?;
    let port = port(&server)?;
    let speech = folder()?.join("fixtures/audio/jfk.wav");
    let environment = [
        ("WYOMING_PORT", port.to_string().into()),
        ("LOCUTOR_SPEECH", speech.into()),
    ];
    client_case(&server, "wyoming_client.py", name, &environment)
}

macro_rules! cases {
    ($($case:ident)*) => {
        $(#[test]
        fn $case() -> Result<()> {
            case(stringify!($case))
        })*
    };
}

cases! {
    describe
    hearing
    silence
    speaking
    refused
    vanishing
}

#[test]
fn other_networks_are_not_let_in() -> Result<()> {
    let server = Server::builder()?
        .environment("LOCUTOR_WYOMING__LISTEN", "127.0.0.1:0")
        .config("[wyoming]\nnetworks = [\"192.0.2.0/24\"]\n")
        .start()?;
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port(&server)?))?;
    let mut reply = Vec::new();
    // It may be closed or reset, but nothing is answered.
    std::io::Write::write_all(&mut stream, b"{\"type\":\"describe\"}\n").ok();
    std::io::Read::read_to_end(&mut stream, &mut reply).ok();
    ensure!(reply.is_empty(), "{reply:?}");
    let refused = server.metric("locutor_wyoming_refused_total", "network")?;
    ensure!((refused - 1.0).abs() < 1e-9, "{refused}");
    Ok(())
}
