//! The contract, where a server can be had; conversions and errors everywhere.

use std::{io::Write, time::Instant};

use super::*;
use crate::retrieve::contract::{self, DIMENSIONS};

fn settings(url: &str) -> QdrantSettings {
    QdrantSettings {
        url: url.to_owned(),
        api_key: std::env::var("LOCUTOR_TEST_QDRANT_KEY").ok(),
        collection: format!("locutor-test-{}", Uuid::new_v4()),
        dimensions: DIMENSIONS,
        timeout: Duration::from_secs(10),
    }
}

#[test]
fn contract() {
    let Ok(url) = std::env::var("LOCUTOR_TEST_QDRANT_URL") else {
        // Straight to the terminal: the test runner hides what passing tests print.
        let notice =
            "SKIPPED: the contract of QdrantStore; set LOCUTOR_TEST_QDRANT_URL to run it\n";
        std::io::stderr().write_all(notice.as_bytes()).unwrap();
        return;
    };
    let store = QdrantStore::new(settings(&url)).unwrap();
    contract::run(&store);
    let name = &store.settings.collection;
    store.wait(store.client.delete_collection(name)).unwrap();
}

#[test]
fn chunks_survive_the_conversion() {
    let point = contract::point(1, 2, [0.0, 1.0, 0.0, 0.0], "A wing, “thin” — and 日本.");
    let converted = convert::point(&point, &Analyzer::default()).unwrap();
    assert_eq!(convert::id(converted.id).unwrap(), point.id);
    assert_eq!(convert::passage(converted.payload).unwrap(), point.passage);
}

#[test]
fn filters_are_joined_by_and() {
    assert!(to_filter(&Filter::default()).is_none());
    let filter = Filter {
        tenant: None,
        documents: vec![Uuid::nil()],
        tags: vec!["a".into(), "b".into()],
    };
    assert_eq!(to_filter(&filter).unwrap().must.len(), 2);
}

#[test]
fn an_absent_server_is_named() {
    // The port is taken and given up again, so nothing listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let url = format!("http://{}", port.unwrap());
    let started = Instant::now();
    let error = QdrantStore::new(settings(&url))
        .unwrap()
        .count()
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains(&url) && message.contains("gRPC port"),
        "{message}"
    );
    assert!(started.elapsed() < Duration::from_secs(21));
}

#[test]
fn an_address_that_is_none_is_refused() {
    let error = QdrantStore::new(settings("not an address")).err();
    assert!(
        matches!(
            error,
            Some(Error::InvalidInput {
                parameter: "url",
                ..
            })
        ),
        "{error:?}"
    );
}
