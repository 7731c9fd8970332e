//! Reading requests and writing replies.

use locutor::generate::{FinishReason, Role};

use super::{
    job::{self, Outcome},
    reply::{Delta, Identity},
    request::{ChatRequest, Checked},
};
use crate::http::{Fault, parse_json, validated};

fn check(body: &str) -> Result<Checked, Fault> {
    validated(parse_json::<ChatRequest>(body.as_bytes())?)?.checked(10, 42)
}

fn with(fields: &str) -> Result<Checked, Fault> {
    check(&format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}],{fields}}}"#
    ))
}

fn fields(result: Result<Checked, Fault>) -> Vec<String> {
    result
        .unwrap_err()
        .fields
        .into_iter()
        .map(|error| error.field)
        .collect()
}

#[test]
fn settings_reach_the_engine() {
    let checked = with(r#""max_tokens":5,"max_completion_tokens":7,"temperature":0.5,"top_p":0.9,"seed":-1,"stop":"x""#).unwrap();
    let options = checked.options;
    assert_eq!((options.max_tokens, options.seed), (7, u64::MAX));
    assert!((options.temperature - 0.5).abs() < 1e-9 && (options.top_p - 0.9).abs() < 1e-9);
    assert_eq!(options.stop, ["x"]);
    assert_eq!(with(r#""seed":null"#).unwrap().options.seed, 42);
}

#[test]
fn null_means_the_default() {
    let parse = |fields: &str| {
        let body = format!(r#"{{"model":"m","messages":[],{fields}}}"#);
        let request = parse_json::<ChatRequest>(body.as_bytes()).unwrap();
        (request.streamed(), request.include_usage())
    };
    assert_eq!(
        parse(r#""stream":null,"stream_options":null"#),
        (false, false)
    );
    assert_eq!(
        parse(r#""stream":true,"stream_options":{"include_usage":null}"#),
        (true, false)
    );
    assert_eq!(
        parse(r#""stream":true,"stream_options":{"include_usage":true}"#),
        (true, true)
    );
    let wrong = check(r#"{"model":"m","messages":[],"stream":"yes"}"#);
    assert_eq!(fields(wrong), ["stream"]);
}

#[test]
fn parts_of_text_are_joined_and_others_refused() {
    let content = |parts: &str| {
        check(&format!(
            r#"{{"model":"m","messages":[{{"role":"developer","content":{parts}}}]}}"#
        ))
    };
    let checked = content(r#"[{"type":"text","text":"a"},{"type":"text","text":"b"}]"#).unwrap();
    assert_eq!(
        (
            checked.messages[0].role,
            checked.messages[0].content.as_str()
        ),
        (Role::System, "a\nb")
    );
    let image = content(r#"[{"type":"image_url","image_url":{"url":"x"}}]"#);
    assert_eq!(fields(image), ["messages[0].content"]);
    assert_eq!(fields(content("null")), ["messages[0].content"]);
}

#[test]
fn unsupported_parameters_are_refused_unless_they_ask_for_nothing() {
    assert_eq!(
        fields(with(
            r#""tools":[{"type":"function"}],"n":2,"logprobs":true,"response_format":{"type":"json_object"}"#
        )),
        ["tools", "logprobs", "n", "response_format"]
    );
    with(r#""tools":[],"n":1,"logprobs":false,"presence_penalty":0,"response_format":{"type":"text"},"user":"u","store":true"#).unwrap();
}

#[test]
fn values_out_of_range_are_named() {
    assert_eq!(fields(with(r#""temperature":9"#)), ["temperature"]);
    assert_eq!(fields(with(r#""top_p":0"#)), ["top_p"]);
    assert_eq!(fields(with(r#""max_tokens":0"#)), ["max_tokens"]);
    assert_eq!(
        fields(with(r#""retrieval":{"limit":0}"#)),
        ["retrieval.limit"]
    );
    assert_eq!(
        fields(with(r#""retrieval":{"limits":1}"#)),
        ["retrieval.limits"]
    );
    assert_eq!(
        fields(check(r#"{"model":"m","messages":[]}"#)),
        ["messages"]
    );
    assert_eq!(fields(check(r#"{"model":"m"}"#)), ["messages"]);
    assert_eq!(
        fields(check(
            r#"{"model":"m","messages":[{"role":"wizard","content":"x"}]}"#
        )),
        ["messages[0].role"]
    );
}

#[test]
fn a_conversation_becomes_a_question() {
    let body = r#"{"model":"m","retrieval":{"limit":3,"tags":["a"]},"messages":[
        {"role":"system","content":"Be brief."},
        {"role":"user","content":"Hello"},
        {"role":"assistant","content":"Hi"},
        {"role":"user","content":"Why?"}]}"#;
    let question = job::question(&check(body).unwrap(), "m").unwrap();
    assert_eq!(question.text, "Why?");
    assert_eq!(question.settings.instructions.as_deref(), Some("Be brief."));
    assert_eq!((question.history.len(), question.settings.limit), (2, 3));
    assert_eq!(question.settings.filter.tags, ["a"]);
    let last = r#"{"model":"m","retrieval":{},"messages":[{"role":"assistant","content":"Hi"}]}"#;
    assert_eq!(fields(check(last)), ["messages"]);
}

#[test]
fn replies_have_the_shape_that_clients_expect() {
    let identity = Identity {
        id: "chatcmpl-1".into(),
        created: 1_767_225_600,
        model: "m".into(),
    };
    let outcome = Outcome {
        prompt_tokens: 5,
        completion_tokens: 2,
        finish_reason: FinishReason::Length,
        answer: None,
    };
    insta::assert_json_snapshot!(
        "chunk",
        identity.chunk(
            Delta {
                role: None,
                content: Some("Hi".into())
            },
            None
        )
    );
    insta::assert_json_snapshot!("reply", identity.reply("Hi".into(), outcome));
}
