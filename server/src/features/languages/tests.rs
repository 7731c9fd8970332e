//! Replies, and requests that cannot be read.

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::StatusCode,
};
use locutor::{Cancellation, language};
use serde_json::Value;

use super::{reply::TextLanguages, request::LanguageRequest};

fn told(text: &str) -> TextLanguages {
    TextLanguages::new(text, language::report(text, &Cancellation::new()).unwrap())
}

#[test]
fn places_are_counted_in_characters() {
    let text = "The colour of the naïve sky above the old harbour is grey – isn’t it? Я не знаю, какого цвета небо.";
    let reply = serde_json::to_value(told(text)).unwrap();
    let characters: Vec<char> = text.chars().collect();
    let places = [&reply["spans"], &reply["variety"]["evidence"]];
    let places = places.map(|list| list.as_array().unwrap().iter());
    for place in places.into_iter().flatten() {
        let number = |name: &str| usize::try_from(place[name].as_u64().unwrap()).unwrap();
        let piece: String = characters[number("start")..number("end")].iter().collect();
        assert_eq!(place["text"], Value::from(piece));
    }
    let languages = reply["spans"].as_array().unwrap().iter();
    let languages: Vec<&str> = languages
        .map(|span| span["language"].as_str().unwrap())
        .collect();
    assert_eq!(languages, ["en", "ru"]);
    assert_eq!(reply["variety"]["evidence"][0]["text"], "colour");
}

#[test]
fn without_words_there_is_nothing_to_tell() {
    insta::assert_json_snapshot!(told("123 !"));
}

async fn read(kind: &str, body: &str) -> Result<LanguageRequest, StatusCode> {
    let request = Request::builder().header("content-type", kind);
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let read = LanguageRequest::from_request(request, &()).await;
    read.map_err(|fault| fault.status)
}

#[tokio::test]
async fn bodies_are_read_or_refused() {
    let form = |name: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\nRIFF\r\n--x--\r\n")
    };
    let multipart = "multipart/form-data; boundary=x";
    let text = read("application/json", r#"{"input":"hello"}"#).await;
    assert!(matches!(text, Ok(LanguageRequest::Text(text)) if text == "hello"));
    let recording = read(multipart, &form("file")).await;
    assert!(matches!(
        recording,
        Ok(LanguageRequest::Recording { model: None, .. })
    ));
    for (kind, body, expected) in [
        ("application/json", r#"{"input":""}"#, 400),
        ("application/json", r#"{"text":"hello"}"#, 400),
        ("text/plain", "hello", 415),
        (multipart, &form("model"), 400),
        (multipart, &form("language"), 400),
        (multipart, "--y", 400),
    ] {
        let status = read(kind, body).await.err().map(|status| status.as_u16());
        // Outside of the routes below `/v1`, what breaks a rule is a 422.
        assert!(
            status == Some(expected) || status == Some(422),
            "{body}: {status:?}"
        );
    }
}
