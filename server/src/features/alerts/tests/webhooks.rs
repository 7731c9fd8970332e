//! Web hooks, received on a socket of our own.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{Bed, beds, requester, requests, running};
use crate::{
    config::AlertSettings,
    features::alerts::{WebHookJob, request::AlertRuleChange, webhook::signature},
    ports::{JobError, JobHandler},
};

/// What came, as text: head and body.
async fn receive(listener: &TcpListener, reply: &[u8]) -> (String, String) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.unwrap();
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            assert!(read > 0, "{text}");
            continue;
        };
        let length: usize = header(head, "content-length").unwrap().parse().unwrap();
        if body.len() >= length {
            stream.write_all(reply).await.ok();
            return (head.to_owned(), body.to_owned());
        }
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.to_owned())
}

fn job(bed: &Bed, allow_private: bool) -> WebHookJob {
    WebHookJob::new(
        bed.world.foundation.clone(),
        &AlertSettings { allow_private },
    )
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?of=us", listener.local_addr().unwrap());
    (listener, url)
}

fn above_zero() -> Value {
    json!({"kind": "threshold", "metric": "requests", "comparison": "above", "value": 0})
}

const FINE: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn a_firing_is_posted_with_a_signature_that_the_receiver_can_check() {
    for bed in beds().await {
        let (listener, url) = listen().await;
        let created = bed
            .rule(above_zero(), json!({"webhook_url": url, "recipients": []}))
            .await;
        bed.count("/a", requests(3)).await;
        bed.minutes(7).await;
        let queued = bed.queued().await;
        assert_eq!(queued.len(), 2);
        let sender = job(&bed, true);
        let mut states = Vec::new();
        for row in queued {
            let payload = row.payload.to_string();
            assert!(!payload.contains("127.0.0.1") && !payload.contains("lochook_"));
            let attempt = running(row.payload);
            let (sent, received) = tokio::join!(sender.work(&attempt), receive(&listener, FINE));
            sent.unwrap();
            let (head, body) = received;
            assert!(head.starts_with("POST /hook?of=us HTTP/1.1"), "{head}");
            assert_eq!(header(&head, "content-type").unwrap(), "application/json");
            let seconds = bed.world.foundation.clock.now().as_second();
            assert_eq!(
                header(&head, "locutor-signature").unwrap(),
                signature(&created.webhook_secret, seconds, &body)
            );
            let hook: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(hook["rule"], json!(created.rule.id));
            assert_eq!(hook["name"], "trouble");
            assert!(hook["at"].is_string() && hook["id"].is_string());
            states.push((hook["state"].clone(), hook["measured"].clone()));
        }
        let expected = [
            (json!("firing"), json!(3.0)),
            (json!("resolved"), json!(0.0)),
        ];
        assert!(
            expected.iter().all(|one| states.contains(one)),
            "{states:?}"
        );
    }
}

#[tokio::test]
async fn private_addresses_are_refused_unless_they_are_allowed() {
    for bed in beds().await {
        let (listener, url) = listen().await;
        let port = listener.local_addr().unwrap().port();
        for url in [
            url,
            format!("http://localhost:{port}/"),
            format!("http://[::ffff:127.0.0.1]:{port}/"),
            "http://169.254.169.254/latest".to_owned(),
            "https://[::1]/".to_owned(),
            "http://0.0.0.0/".to_owned(),
        ] {
            let rule = bed.rule(above_zero(), json!({"webhook_url": url})).await;
            let refused = test_message(&bed, &rule.rule.id.to_string(), false).await;
            let JobError::Lasting(message) = refused.unwrap_err() else {
                panic!("it would be tried again: {url}")
            };
            assert!(message.contains("alerts.allow_private"), "{message}");
            assert!(!message.contains("latest"), "{message}");
        }
        let nobody_came =
            tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept());
        assert!(nobody_came.await.is_err());
    }
}

/// Queues a test message and sends it.
async fn test_message(bed: &Bed, rule: &str, allow_private: bool) -> Result<(), JobError> {
    let id = rule.parse().unwrap();
    bed.alerts.test(id, &requester()).await.unwrap();
    let queued = bed.queued().await;
    let row = queued
        .into_iter()
        .rfind(|row| row.payload["rule"] == json!(rule))
        .unwrap();
    let attempt = running(row.payload);
    job(bed, allow_private).work(&attempt).await.map(drop)
}

#[tokio::test]
async fn replies_that_are_no_success_are_failures() {
    for bed in beds().await {
        let (listener, url) = listen().await;
        let rule = bed.rule(above_zero(), json!({"webhook_url": url})).await;
        let id = rule.rule.id.to_string();
        let elsewhere =
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let broken = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";
        let mut long = b"HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n".to_vec();
        long.resize(long.len() + 200_000, b'x');
        let attempt = async |reply: &[u8]| {
            let (sent, _) = tokio::join!(test_message(&bed, &id, true), receive(&listener, reply));
            sent
        };
        assert!(matches!(
            attempt(elsewhere).await,
            Err(JobError::Lasting(_))
        ));
        assert!(matches!(attempt(broken).await, Err(JobError::Passing(_))));
        attempt(&long).await.unwrap();
        attempt(FINE).await.unwrap();
        drop(listener);
        let gone = test_message(&bed, &id, true).await;
        assert!(matches!(gone, Err(JobError::Passing(_))), "{gone:?}");
        // Whoever takes the web hook away wants no more of those that still wait.
        let removed = serde_json::from_value::<AlertRuleChange>(json!({"webhook_url": null}));
        bed.alerts
            .change(rule.rule.id, removed.unwrap(), &requester())
            .await
            .unwrap();
        for row in bed.queued().await {
            job(&bed, false).work(&running(row.payload)).await.unwrap();
        }
    }
}
