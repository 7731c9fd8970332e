//! Documents: what was acknowledged stays, can be found, and goes when it is deleted.

use std::{
    collections::HashSet,
    fs,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use locutor_tests::{Form, Server};
use serde_json::{Value, json};

/// A document about a town that exists nowhere else, so that only it answers.
fn document(number: usize) -> Value {
    json!({
        "title": format!("Town {number}"),
        "text": format!(
            "The town of Quorlem{number} lies in a valley. The mayor of Quorlem{number} is \
             Ada Vonwick{number}. It has {number} bridges and one old mill."
        ),
    })
}

fn add(server: &Server, body: &Value) -> Result<String> {
    let reply = server.post("/documents", body)?.expect(201)?.json()?;
    Ok(reply["id"].as_str().context("an id")?.to_owned())
}

/// Ids of all documents, page by page.
fn listed(server: &Server) -> Result<HashSet<String>> {
    let mut ids = HashSet::new();
    let mut path = "/documents?limit=100".to_owned();
    loop {
        let page = server.get(&path)?.expect(200)?.json()?;
        for document in page["data"].as_array().context("data")? {
            let id = document["id"].as_str().context("an id")?;
            ensure!(ids.insert(id.to_owned()), "{id} is listed twice");
        }
        match page["next"].as_str() {
            Some(next) => path = format!("/documents?limit=100&after={next}"),
            None => return Ok(ids),
        }
    }
}

/// Documents that an answer to the question considered.
fn found(server: &Server, question: &str) -> Result<Vec<String>> {
    let request = json!({
        "model": "gpt-4o-mini",
        "max_tokens": 32,
        "messages": [{"role": "user", "content": question}],
        "retrieval": {"limit": 5},
    });
    let reply = server
        .post("/v1/chat/completions", &request)?
        .expect(200)?
        .json()?;
    let passages = reply["retrieval"]["passages"].as_array();
    let passages = passages.with_context(|| reply.to_string())?;
    let documents = passages
        .iter()
        .filter_map(|passage| passage["document"].as_str());
    Ok(documents.map(str::to_owned).collect())
}

/// Waits until a question finds the document.
fn wait_until_found(server: &Server, number: usize, id: &str) -> Result<()> {
    let question = format!("Who is the mayor of Quorlem{number}?");
    let started = Instant::now();
    while !found(server, &question)?
        .iter()
        .any(|document| document == id)
    {
        ensure!(
            started.elapsed() < Duration::from_mins(1),
            "{id} is never found"
        );
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

#[test]
fn a_document_is_added_listed_read_found_and_deleted() -> Result<()> {
    let server = Server::builder()?.start()?;
    ensure!(listed(&server)?.is_empty());
    let id = add(&server, &document(7))?;
    let other = add(&server, &document(8))?;
    ensure!(listed(&server)? == HashSet::from([id.clone(), other.clone()]));
    let path = format!("/documents/{id}");
    let read = server.get(&path)?.expect(200)?.json()?;
    ensure!(read["title"] == "Town 7", "{read}");
    wait_until_found(&server, 7, &id)?;
    let gone = server.delete(&path)?;
    ensure!([200, 204].contains(&gone.status), "{}", gone.text());
    server.get(&path)?.expect(404)?;
    server.delete(&path)?.expect(404)?;
    ensure!(listed(&server)? == HashSet::from([other.clone()]));
    let found = found(&server, "Who is the mayor of Quorlem7?")?;
    ensure!(!found.contains(&id), "a deleted document is found");
    Ok(())
}

#[test]
fn files_are_added_as_forms() -> Result<()> {
    let server = Server::builder()?.start()?;
    let page = "<html><head><title>Mill</title></head><body><h1>The mill</h1>\
                <p>The mill of Quorlem grinds barley.</p></body></html>";
    let form = Form::new().file("file", "mill.html", page.as_bytes());
    let id = server.post_form("/documents", form)?.expect(201)?.json()?;
    let id = id["id"].as_str().context("an id")?;
    let read = server
        .get(&format!("/documents/{id}"))?
        .expect(200)?
        .json()?;
    ensure!(read["format"] == "html", "{read}");
    let broken = Form::new().file("file", "broken.txt", b"\xff\xfe\xfa");
    let reply = server.post_form("/documents", broken)?.expect(422)?;
    ensure!(reply.text().contains("UTF-8"), "{}", reply.text());
    let empty = Form::new().file("file", "empty.txt", b"");
    server.post_form("/documents", empty)?.expect(422)?;
    ensure!(listed(&server)?.len() == 1);
    Ok(())
}

/// Adds documents from several threads until `stop` says so; gives those that were acknowledged.
fn add_until_killed(server: &Server, first: usize) -> Vec<(usize, String)> {
    let next = AtomicUsize::new(first);
    let acknowledged = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    // The first failure is the server's death.
                    let Ok(id) = add(server, &document(number)) else {
                        break;
                    };
                    let mut acknowledged =
                        acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
                    acknowledged.push((number, id));
                }
            });
        }
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(900));
            server.signal("KILL").ok();
        });
    });
    acknowledged
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_killed_server_loses_no_acknowledged_document() -> Result<()> {
    let mut server = Server::builder()?.start()?;
    let folder = server.folder().clone();
    let mut kept = Vec::new();
    for round in 0..3 {
        let added = add_until_killed(&server, round * 10_000);
        ensure!(!added.is_empty(), "nothing was added in round {round}");
        server.wait(Duration::from_secs(10))?;
        kept.extend(added);
        server = Server::builder()?.folder(&folder).start()?;
        let listed = listed(&server)?;
        for (number, id) in &kept {
            ensure!(listed.contains(id), "round {round} lost document {number}");
        }
    }
    let some = kept
        .iter()
        .step_by((kept.len() / 4).max(1))
        .chain(kept.last());
    for (number, id) in some {
        wait_until_found(&server, *number, id)?;
    }
    Ok(())
}

#[test]
fn deleted_vectors_are_rebuilt_from_the_rows() -> Result<()> {
    let server = Server::builder()?.start()?;
    let ids = (1..=4).map(|number| add(&server, &document(number)));
    let ids = ids.collect::<Result<Vec<_>>>()?;
    for (number, id) in (1..).zip(&ids) {
        wait_until_found(&server, number, id)?;
    }
    let folder = server.folder().clone();
    server.signal("TERM")?;
    server.wait(Duration::from_secs(30))?;
    fs::remove_dir_all(folder.path().join("vectors"))?;
    let server = Server::builder()?.folder(&folder).start()?;
    for (number, id) in (1..).zip(&ids) {
        wait_until_found(&server, number, id)?;
    }
    Ok(())
}
