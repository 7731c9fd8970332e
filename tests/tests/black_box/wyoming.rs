//! The Wyoming protocol with the client that Home Assistant uses.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
};

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
        .environment("LOCUTOR_LIMITS__LIVE_STREAMS_PER_CALLER", "2")
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

/// All that is answered to somebody who asks what there is.
fn answer_to_describe(server: &Server) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port(server)?))?;
    stream.write_all(b"{\"type\":\"describe\"}\n")?;
    stream.shutdown(Shutdown::Write)?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    Ok(reply)
}

#[test]
fn one_address_asks_so_often() -> Result<()> {
    let server = Server::builder()?
        .environment("LOCUTOR_WYOMING__LISTEN", "127.0.0.1:0")
        .environment("LOCUTOR_RATE_LIMITS__ASSISTANT", "3/hour")
        .start()?;
    // A connection and a request each count.
    ensure!(answer_to_describe(&server)?.contains("\"info\""));
    for _ in 0..2 {
        let reply = answer_to_describe(&server)?;
        ensure!(reply.contains("rate_limited"), "{reply}");
    }
    Ok(())
}

#[test]
fn other_machines_are_let_in_only_by_decision() -> Result<()> {
    let open =
        || Server::builder().map(|server| server.config("[wyoming]\nlisten = \"0.0.0.0:0\"\n"));
    let complaint = open()?.fail()?;
    ensure!(complaint.contains("wyoming.anonymous"), "{complaint}");
    open()?.config("anonymous = true\n").start()?;
    Ok(())
}

#[test]
fn other_networks_are_not_let_in() -> Result<()> {
    let server = Server::builder()?
        .environment("LOCUTOR_WYOMING__LISTEN", "127.0.0.1:0")
        .config("[wyoming]\nnetworks = [\"192.0.2.0/24\"]\n")
        .start()?;
    // Strangers are told nothing, not even what is listening.
    let reply = answer_to_describe(&server).unwrap_or_default();
    ensure!(reply.is_empty(), "{reply}");
    let refused = server.metric("locutor_wyoming_refused_total", "network")?;
    ensure!((refused - 1.0).abs() < 1e-9, "{refused}");
    Ok(())
}
