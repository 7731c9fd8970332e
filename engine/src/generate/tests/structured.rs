//! Replies in a form.

use super::*;

fn schema(schema: serde_json::Value) -> Options {
    Options {
        response_format: ResponseFormat::JsonSchema(schema),
        ..Options::default()
    }
}

#[test]
fn replies_keep_to_a_schema() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct City {
        name: String,
        country: String,
        inhabitants: u64,
        kind: String,
    }
    let options = schema(serde_json::json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 20},
            "country": {"type": "string", "maxLength": 20},
            "inhabitants": {"type": "integer", "minimum": 1, "maximum": 40_000_000},
            "kind": {"enum": ["capital", "other"]},
        },
        "required": ["name", "country", "inhabitants", "kind"],
        "additionalProperties": false,
    }));
    let prompt = "Describe Paris, the capital of France, as JSON.";
    let (reply, pieces) = run(prompt, &options);
    let city: City = serde_json::from_str(&reply.text).unwrap();
    assert_eq!(
        (city.name.as_str(), city.country.to_lowercase().as_str()),
        ("Paris", "france")
    );
    assert_eq!(city.kind, "capital", "{city:?}");
    assert!((1..=40_000_000).contains(&city.inhabitants));
    // It is whole, so the model is not asked for more.
    assert_eq!(reply.finish_reason, FinishReason::Stop);
    assert_eq!(pieces.concat(), reply.text);

    // Guesses change nothing, however they are drawn, and neither do probabilities.
    for temperature in [0.0, 0.9] {
        let guessing = Options {
            temperature,
            seed: 3,
            ..options.clone()
        };
        let plain = Options {
            guess: false,
            ..guessing.clone()
        };
        assert_eq!(run(prompt, &guessing).0.text, run(prompt, &plain).0.text);
    }
    let scored = Options {
        logprobs: Some(2),
        ..options.clone()
    };
    let (scored, _) = run(prompt, &scored);
    assert_eq!(scored.text, reply.text);
    let bytes: Vec<u8> = scored
        .logprobs
        .unwrap()
        .iter()
        .flat_map(|token| token.chosen.bytes.clone())
        .collect();
    assert_eq!(bytes, reply.text.as_bytes());
}

#[test]
fn replies_in_a_form_end_where_they_are_whole_or_cut_off() {
    let number = schema(serde_json::json!({"type": "integer", "minimum": 0, "maximum": 9}));
    let (reply, _) = run("How many legs does a dog have?", &number);
    assert!(reply.text.parse::<u8>().unwrap() <= 9, "{reply:?}");
    assert_eq!(reply.finish_reason, FinishReason::Stop);
    // Its last token is the budget's last, too.
    let exact = Options {
        max_tokens: reply.completion_tokens,
        ..number.clone()
    };
    let (exact, _) = run("How many legs does a dog have?", &exact);
    assert_eq!(
        (exact.text, exact.finish_reason),
        (reply.text, FinishReason::Stop)
    );

    let object = Options {
        response_format: ResponseFormat::JsonObject,
        max_tokens: 5,
        ..Options::default()
    };
    let (cut, _) = run("Describe Paris as JSON.", &object);
    assert!(cut.text.starts_with('{'), "{cut:?}");
    assert_eq!(cut.finish_reason, FinishReason::Length);

    let nonsense = schema(serde_json::json!({"type": "x"}));
    let outcome = model().generate(
        &user("x"),
        &nonsense,
        &mut |_| Continue::Continue(()),
        &Cancellation::new(),
    );
    assert!(matches!(
        outcome,
        Err(Error::InvalidInput {
            parameter: "response_format",
            ..
        })
    ));
}
