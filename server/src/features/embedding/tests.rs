//! Reading requests and writing replies.

use locutor::embed::Embedding;

use super::{
    reply::EmbeddingReply,
    request::{EmbeddingRequest, Encoding, Inputs},
};
use crate::http::parse_json;

fn inputs(input: &str) -> Result<Inputs, crate::http::Fault> {
    let body = format!(r#"{{"model":"m","input":{input}}}"#);
    parse_json::<EmbeddingRequest>(body.as_bytes())?
        .input
        .checked(3, 10)
}

#[test]
fn all_four_kinds_of_input_are_read() {
    assert!(matches!(inputs(r#""a""#), Ok(Inputs::Texts(texts)) if texts == ["a"]));
    assert!(matches!(inputs(r#"["a","b"]"#), Ok(Inputs::Texts(texts)) if texts == ["a", "b"]));
    assert!(matches!(inputs("[1,2]"), Ok(Inputs::Tokens(lists)) if lists == [[1, 2]]));
    assert!(
        matches!(inputs("[[1],[2,3]]"), Ok(Inputs::Tokens(lists)) if lists == [vec![1], vec![2, 3]])
    );
}

#[test]
fn no_format_means_numbers() {
    for (format, expected) in [("null", None), (r#""base64""#, Some(Encoding::Base64))] {
        let body = format!(r#"{{"model":"m","input":"a","encoding_format":{format}}}"#);
        let request = parse_json::<EmbeddingRequest>(body.as_bytes()).unwrap();
        assert_eq!(request.encoding_format, expected);
    }
    assert_eq!(Encoding::default(), Encoding::Float);
}

#[test]
fn unusable_input_is_named() {
    for (input, fragment) in [
        (r#""""#, "empty"),
        (r#"["a",""]"#, "number 1"),
        (r#"["a","b","c","d"]"#, "4 inputs"),
        ("[]", "0 inputs"),
        ("[[1],[]]", "number 1"),
        (r#""12345678901""#, "11"),
        ("{}", "array"),
        ("[-1]", "array"),
    ] {
        let fault = inputs(input).unwrap_err();
        assert_eq!(fault.fields[0].field, "input");
        assert!(
            fault.message.contains(fragment),
            "{input}: {}",
            fault.message
        );
    }
}

#[test]
fn both_encodings_hold_the_same_numbers() {
    let embeddings = vec![
        Embedding {
            vector: vec![0.6, -0.8],
            tokens: 3,
            truncated: false,
        },
        Embedding {
            vector: vec![1.0, 0.0],
            tokens: 256,
            truncated: true,
        },
    ];
    let reply = |encoding| EmbeddingReply::new("m".into(), embeddings.clone(), encoding);
    insta::assert_json_snapshot!("float", reply(Encoding::Float));
    insta::assert_json_snapshot!("base64", reply(Encoding::Base64));
}
