//! A server that cannot start says why; one that is told to stop finishes what it began.

use std::{
    fs,
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use locutor_tests::{Reply, Server, process, server};
use serde_json::json;

fn says(complaint: &str, fragments: &[&str]) -> Result<()> {
    for fragment in fragments {
        ensure!(
            complaint.contains(fragment),
            "no `{fragment}` in: {complaint}"
        );
    }
    Ok(())
}

#[test]
fn a_port_in_use_is_named() -> Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let complaint = Server::builder()?.listen(&address).fail()?;
    says(&complaint, &[&address, "in use", "--listen"])
}

#[test]
fn an_address_that_is_none_is_refused() -> Result<()> {
    let complaint = Server::builder()?.listen("here").fail()?;
    says(&complaint, &["here", "listen"])
}

#[test]
fn a_data_folder_that_is_a_file_is_refused() -> Result<()> {
    let builder = Server::builder()?;
    let folder = builder.data_folder().clone();
    let path = folder.path();
    fs::write(&path, "a file")?;
    let complaint = builder.fail()?;
    says(&complaint, &[&path.display().to_string(), "--data-dir"])?;
    ensure!(fs::read_to_string(&path)? == "a file");
    Ok(())
}

/// Root may write everywhere, so the folder is one that even root cannot write to.
#[test]
fn a_data_folder_without_write_permission_is_refused() -> Result<()> {
    let builder = Server::builder()?;
    let path = builder.data_folder().path();
    std::os::unix::fs::symlink("/proc/self", &path)?;
    let complaint = builder.fail()?;
    says(&complaint, &[&path.display().to_string(), "--data-dir"])
}

#[test]
fn a_second_server_on_one_data_folder_is_refused() -> Result<()> {
    let first = Server::builder()?.start()?;
    let complaint = Server::builder()?.folder(first.folder()).fail()?;
    says(&complaint, &[&first.folder().path().display().to_string()])?;
    first.get("/v1/models")?.expect(200)?;
    Ok(())
}

#[test]
fn a_misspelt_setting_is_refused() -> Result<()> {
    let complaint = Server::builder()?
        .config("[limits]\nupload_bites = 1")
        .fail()?;
    says(&complaint, &["upload_bites"])
}

/// Asks for a story of so many tokens, does `meanwhile` once it is being written, and gives the
/// reply.
fn while_writing(
    server: &Server,
    tokens: u32,
    meanwhile: impl FnOnce() -> Result<()>,
) -> Result<Result<Reply>> {
    let request = json!({
        "model": "gpt-4o-mini", "max_tokens": tokens, "temperature": 0,
        "messages": [{"role": "user", "content": "Write a long story about the sea."}],
    });
    thread::scope(|scope| {
        let asking = scope.spawn(|| server.post("/v1/chat/completions", &request));
        let started = Instant::now();
        while server.metric("locutor_lane_running", "generate")? < 1.0 {
            ensure!(started.elapsed() < Duration::from_secs(20), "never running");
            thread::sleep(Duration::from_millis(10));
        }
        meanwhile()?;
        asking.join().map_err(|_| anyhow::anyhow!("panicked"))
    })
}

#[test]
fn a_second_signal_leaves_at_once() -> Result<()> {
    let server = Server::builder()?.start()?;
    let reply = while_writing(&server, 1_000, || {
        server.signal("TERM")?;
        thread::sleep(Duration::from_millis(300));
        server.signal("TERM")?;
        let status = server.wait(Duration::from_secs(5))?;
        ensure!(status.code() == Some(130), "{status}");
        Ok(())
    })?;
    ensure!(reply.is_err(), "the story cannot have been written");
    Ok(())
}

#[test]
fn a_signal_to_stop_lets_the_running_request_finish() -> Result<()> {
    let server = Server::builder()?.start()?;
    let reply = while_writing(&server, 32, || server.signal("TERM"))??;
    let reply = reply.expect(200)?.json()?;
    ensure!(
        reply["choices"][0]["message"]["content"]
            .as_str()
            .is_some_and(|text| text.len() > 20)
    );
    let status = server.wait(Duration::from_secs(10))?;
    ensure!(status.success(), "{status}");
    Ok(())
}

#[test]
fn an_idle_server_stops_at_once() -> Result<()> {
    let server = Server::builder()?.start()?;
    let started = Instant::now();
    server.signal("INT")?;
    let status = server.wait(Duration::from_secs(10))?;
    ensure!(status.success(), "{status}");
    ensure!(started.elapsed() < Duration::from_secs(5));
    Ok(())
}

#[test]
fn a_command_without_sense_shows_how_to_use_it() -> Result<()> {
    let mut command = std::process::Command::new(process::binary()?);
    let mut child = command
        .args(["serve", "--no-such-option"])
        .stderr(std::process::Stdio::piped())
        .spawn()?;
    server::wait_for_end(&mut child, Duration::from_secs(10))?;
    let output = child.wait_with_output()?;
    ensure!(output.status.code() == Some(2));
    says(
        &String::from_utf8_lossy(&output.stderr),
        &["--no-such-option", "Usage"],
    )
}
