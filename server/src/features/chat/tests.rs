//! Reading requests and writing replies.

use locutor::generate::{FinishReason, ResponseFormat, Role, ScoredToken, TokenLogprobs};
use serde_json::json;

use super::{
    job::{self, Outcome},
    reply::Identity,
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

fn fields<T: std::fmt::Debug>(result: Result<T, Fault>) -> Vec<String> {
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
fn sampling_reaches_the_engine() {
    let checked = with(
        r#""top_k":40,"min_p":0.05,"repetition_penalty":1.1,"presence_penalty":-2,
        "frequency_penalty":0.5,"logit_bias":{"7":-100,"8":1.5},"logprobs":true,"top_logprobs":3"#,
    );
    let options = checked.unwrap().options;
    assert_eq!((options.top_k, options.logprobs), (Some(40), Some(3)));
    let numbers = [
        (options.min_p, 0.05),
        (options.repetition_penalty, 1.1),
        (options.presence_penalty, -2.0),
        (options.frequency_penalty, 0.5),
    ];
    assert!(
        numbers
            .iter()
            .all(|(found, sent)| (found - sent).abs() < 1e-9)
    );
    assert_eq!(options.logit_bias, [(7, -100.0), (8, 1.5)].into());
    for all in ["0", "-1", "null"] {
        let options = with(&format!(r#""top_k":{all}"#)).unwrap().options;
        assert_eq!(options.top_k, None);
    }
    let alone = with(r#""logprobs":true"#).unwrap().options;
    assert_eq!(alone.logprobs, Some(0));
    let off = with(r#""logprobs":false,"top_logprobs":0,"logit_bias":{}"#);
    assert_eq!(off.unwrap().options.logprobs, None);
}

#[test]
fn probabilities_are_refused_where_they_cannot_be_had() {
    assert_eq!(fields(with(r#""top_logprobs":2"#)), ["top_logprobs"]);
    let with_retrieval = with(r#""logprobs":true,"retrieval":{}"#);
    assert_eq!(fields(with_retrieval), ["logprobs"]);
    with(r#""logprobs":false,"retrieval":{}"#).unwrap();
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
            r#""tools":[{"type":"function"}],"n":2,"modalities":["audio"]"#
        )),
        ["tools", "n", "modalities"]
    );
    with(r#""tools":[],"n":1,"response_format":{"type":"text"},"user":"u","store":true"#).unwrap();
}

#[test]
fn forms_reach_the_engine() {
    let format = |format: &str| {
        let checked = with(&format!(r#""response_format":{format}"#));
        checked.map(|checked| checked.options.response_format)
    };
    let schema = || ResponseFormat::JsonSchema(json!({"type": "integer"}));
    assert_eq!(format("null").unwrap(), ResponseFormat::Text);
    assert_eq!(format(r#"{"type":"text"}"#).unwrap(), ResponseFormat::Text);
    let object = format(r#"{"type":"json_object"}"#).unwrap();
    assert_eq!(object, ResponseFormat::JsonObject);
    let extended = format(r#"{"type":"json_object","schema":{"type":"integer"}}"#).unwrap();
    assert_eq!(extended, schema());
    let named = r#"{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"integer"}}}"#;
    assert_eq!(format(named).unwrap(), schema());
    let open = format(r#"{"type":"json_schema","json_schema":{"name":"n"}}"#).unwrap();
    assert_eq!(open, ResponseFormat::JsonObject);
    for (wrong, field) in [
        (r#"{"type":"xml"}"#, "response_format.type"),
        (r#"{"type":"json_schema"}"#, "response_format.json_schema"),
        ("7", "response_format"),
        ("{}", "response_format.type"),
    ] {
        assert_eq!(fields(format(wrong)), [field], "{wrong}");
    }
    let both = with(r#""response_format":{"type":"json_object"},"retrieval":{}"#);
    assert_eq!(fields(both), ["response_format"]);
    with(r#""response_format":{"type":"text"},"retrieval":{}"#).unwrap();
}

#[test]
fn values_out_of_range_are_named() {
    assert_eq!(fields(with(r#""temperature":9"#)), ["temperature"]);
    assert_eq!(fields(with(r#""top_p":0"#)), ["top_p"]);
    assert_eq!(fields(with(r#""max_tokens":0"#)), ["max_tokens"]);
    assert_eq!(fields(with(r#""top_k":-2"#)), ["top_k"]);
    assert_eq!(fields(with(r#""min_p":1.1"#)), ["min_p"]);
    assert_eq!(
        fields(with(r#""repetition_penalty":0"#)),
        ["repetition_penalty"]
    );
    assert_eq!(
        fields(with(r#""presence_penalty":3,"frequency_penalty":-3"#)),
        ["frequency_penalty", "presence_penalty"]
    );
    assert_eq!(
        fields(with(r#""logprobs":true,"top_logprobs":21"#)),
        ["top_logprobs"]
    );
    assert_eq!(fields(with(r#""logit_bias":{"7":101}"#)), ["logit_bias"]);
    assert_eq!(fields(with(r#""logit_bias":{"cat":1}"#)), ["logit_bias"]);
    assert_eq!(fields(with(r#""logit_bias":{"7":"x"}"#)), ["logit_bias.7"]);
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
        cached_tokens: 1,
        finish_reason: FinishReason::Length,
        logprobs: None,
        answer: None,
    };
    let scored = |token, bytes: &[u8], logprob| ScoredToken {
        token,
        bytes: bytes.to_vec(),
        logprob,
    };
    let tokens = [TokenLogprobs {
        chosen: scored(7, b"Hi", -0.25),
        alternatives: vec![scored(7, b"Hi", -0.25), scored(8, &[0xc3], -2.5)],
    }];
    insta::assert_json_snapshot!("chunk", identity.text("Hi".into(), &[]));
    insta::assert_json_snapshot!("chunk_with_logprobs", identity.text("Hi".into(), &tokens));
    let reported = Outcome {
        logprobs: Some(tokens.to_vec()),
        ..outcome.clone()
    };
    let reply = |outcome| identity.clone().reply("Hi".into(), outcome);
    insta::assert_json_snapshot!("reply", reply(outcome));
    insta::assert_json_snapshot!("reply_with_logprobs", reply(reported));
}
