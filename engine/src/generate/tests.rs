//! The real model on real prompts. The catalog's digest fixes the weights, so greedy output is
//! fixed too.

use std::sync::{Arc, OnceLock};

use locutor_models::Store;

use super::*;
use crate::{Error, engine::LoadSettings};

mod structured;

const SMOLLM: &str = "smollm2-135m-instruct";

fn model() -> Arc<dyn Generator> {
    static MODEL: OnceLock<Arc<GgufGenerator>> = OnceLock::new();
    let load = || {
        let file = Store::default_folder().join(SMOLLM).join("model.gguf");
        let settings = LoadSettings::for_tests();
        let model = GgufGenerator::load(&file, &settings);
        Arc::new(model.expect("get the model with `locutor models pull smollm2-135m-instruct`"))
    };
    Arc::clone(MODEL.get_or_init(load)) as Arc<dyn Generator>
}

fn user(content: &str) -> Vec<Message> {
    vec![Message {
        role: Role::User,
        content: content.into(),
    }]
}

fn run(prompt: &str, options: &Options) -> (Generation, Vec<String>) {
    let mut pieces = Vec::new();
    let mut collect = |piece: Piece<'_>| {
        pieces.push(piece.text.to_owned());
        Continue::Continue(())
    };
    let generation = model()
        .generate(&user(prompt), options, &mut collect, &Cancellation::new())
        .unwrap();
    (generation, pieces)
}

#[test]
fn greedy_output_is_right_streamed_and_stable() {
    let options = Options {
        max_tokens: 24,
        ..Options::default()
    };
    let (first, pieces) = run("What is the capital of France?", &options);
    assert_eq!(first.text, "The capital of France is Paris.");
    assert_eq!(first.finish_reason, FinishReason::Stop);
    assert_eq!(pieces.concat(), first.text);
    assert!(pieces.len() > 3, "streamed: {pieces:?}");
    assert_eq!((first.prompt_tokens, first.completion_tokens), (37, 7));
    assert_eq!(run("What is the capital of France?", &options).0, first);
}

#[test]
fn a_seed_repeats_its_text_and_another_gives_another() {
    let options = |seed| Options {
        max_tokens: 24,
        temperature: 1.0,
        top_p: 0.9,
        seed,
        ..Options::default()
    };
    let write = |seed| run("Write a line of a poem.", &options(seed)).0.text;
    assert_eq!(write(1), write(1));
    let different = (2..6).any(|seed| write(seed) != write(1));
    assert!(different, "five seeds gave the same text");
}

#[test]
fn a_stop_text_ends_the_text_before_itself() {
    let options = Options {
        max_tokens: 24,
        stop: vec![" is P".into()],
        ..Options::default()
    };
    let (generation, pieces) = run("What is the capital of France?", &options);
    assert_eq!(generation.text, "The capital of France");
    assert_eq!(pieces.concat(), generation.text);
    assert_eq!(generation.finish_reason, FinishReason::Stop);
}

#[test]
fn the_budget_the_listener_and_the_caller_can_end_it() {
    let options = Options {
        max_tokens: 3,
        ..Options::default()
    };
    let (generation, _) = run("Count from one to fifty.", &options);
    assert_eq!(generation.finish_reason, FinishReason::Length);
    assert_eq!(generation.completion_tokens, 3);

    let mut heard = 0;
    let mut once = |_: Piece<'_>| {
        heard += 1;
        Continue::Break(())
    };
    let prompt = user("Count from one to fifty.");
    let model = model();
    let generation = model
        .generate(
            &prompt,
            &Options::default(),
            &mut once,
            &Cancellation::new(),
        )
        .unwrap();
    assert_eq!((heard, generation.finish_reason), (1, FinishReason::Stop));

    let cancellation = Cancellation::new();
    let mut cancel = |_: Piece<'_>| {
        cancellation.cancel();
        Continue::Continue(())
    };
    let outcome = model.generate(&prompt, &Options::default(), &mut cancel, &cancellation);
    assert!(matches!(outcome, Err(Error::Cancelled)));
}

#[test]
fn unusable_requests_are_refused_with_numbers() {
    let refuse = |prompt: &[Message], options: &Options| {
        let mut ignore = |_: Piece<'_>| Continue::Continue(());
        let outcome = model().generate(prompt, options, &mut ignore, &Cancellation::new());
        match outcome {
            Err(Error::InvalidInput { parameter, message }) => (parameter, message),
            other => panic!("accepted: {other:?}"),
        }
    };
    let fine = Options::default();
    let (parameter, message) = refuse(&user(&"word ".repeat(10_000)), &fine);
    assert_eq!(parameter, "messages");
    assert!(
        message.contains("8192") && message.contains("100"),
        "{message}"
    );
    assert_eq!(refuse(&[], &fine).0, "messages");
    for (parameter, options) in [
        (
            "temperature",
            Options {
                temperature: f64::NAN,
                ..fine.clone()
            },
        ),
        (
            "temperature",
            Options {
                temperature: 2.5,
                ..fine.clone()
            },
        ),
        (
            "top_p",
            Options {
                top_p: 0.0,
                ..fine.clone()
            },
        ),
        (
            "logit_bias",
            Options {
                logit_bias: [(49_152, 1.0)].into(),
                ..fine.clone()
            },
        ),
        (
            "max_tokens",
            Options {
                max_tokens: 0,
                ..fine.clone()
            },
        ),
        (
            "stop",
            Options {
                stop: vec![String::new()],
                ..fine.clone()
            },
        ),
    ] {
        assert_eq!(refuse(&user("hi"), &options).0, parameter);
    }
}

const FRANCE: &str = "What is the capital of France?";

/// Six words and their full stop, with two alternatives for each.
fn with_alternatives(changes: impl FnOnce(&mut Options)) -> Generation {
    let mut options = Options {
        max_tokens: 24,
        logprobs: Some(2),
        ..Options::default()
    };
    changes(&mut options);
    run(FRANCE, &options).0
}

fn joined(logprobs: &[TokenLogprobs]) -> Vec<u8> {
    let bytes = logprobs.iter().flat_map(|token| token.chosen.bytes.clone());
    bytes.collect()
}

#[test]
fn probabilities_come_with_every_token_of_the_text() {
    let generation = with_alternatives(|_| {});
    let logprobs = generation.logprobs.unwrap();
    assert_eq!(logprobs.len(), generation.completion_tokens);
    assert_eq!(joined(&logprobs), generation.text.as_bytes());
    assert_eq!(logprobs[5].chosen.text(), " Paris");
    for token in &logprobs {
        // The likeliest token was taken, so that the first alternative is that one.
        assert_eq!(token.alternatives.len(), 2);
        assert_eq!(token.alternatives[0], token.chosen);
        assert!(token.alternatives[1].logprob <= token.chosen.logprob);
        assert!(token.chosen.logprob <= 0.0 && token.chosen.logprob > -5.0);
    }
    assert_eq!(run(FRANCE, &Options::default()).0.logprobs, None);
}

#[test]
fn probabilities_are_streamed_with_their_text() {
    let options = Options {
        max_tokens: 40,
        logprobs: Some(0),
        stop: vec!["zzz".into()],
        ..Options::default()
    };
    let prompt = user("Repeat these: 🦀 ☕ 日本 é");
    let (mut text, mut tokens) = (String::new(), Vec::new());
    let mut collect = |piece: Piece<'_>| {
        text.push_str(piece.text);
        tokens.extend_from_slice(piece.logprobs);
        // No text is shown before its tokens.
        assert!(joined(&tokens).len() >= text.len() || text.contains('\u{fffd}'));
        Continue::Continue(())
    };
    let generation = model()
        .generate(&prompt, &options, &mut collect, &Cancellation::new())
        .unwrap();
    assert_eq!(text, generation.text);
    assert_eq!(String::from_utf8_lossy(&joined(&tokens)), text);
    assert_eq!(generation.logprobs.unwrap(), tokens);
}

#[test]
fn a_stop_text_takes_its_tokens_with_it() {
    let stopped = |stop: &str| with_alternatives(|options| options.stop = vec![stop.into()]);
    let generation = stopped(" is Paris");
    assert_eq!(generation.text, "The capital of France");
    assert_eq!(
        joined(&generation.logprobs.unwrap()),
        b"The capital of France"
    );
    // What begins within a token leaves that token.
    let generation = stopped("ance is");
    assert_eq!(generation.text, "The capital of Fr");
    assert_eq!(
        joined(&generation.logprobs.unwrap()),
        b"The capital of France"
    );
}

#[test]
fn biases_and_penalties_change_the_text() {
    let plain = with_alternatives(|_| {});
    let logprobs = plain.logprobs.unwrap();
    let paris = &logprobs[5].chosen;
    let banned = with_alternatives(|options| {
        options.logit_bias = [(paris.token, -100.0)].into();
    });
    assert!(!banned.text.contains(" Paris"), "{}", banned.text);
    // What is reported is what the model itself would have said.
    assert_eq!(banned.logprobs.unwrap()[5].alternatives[0].text(), " Paris");
    let forced = with_alternatives(|options| {
        options.logit_bias = [(paris.token, 100.0)].into();
        options.max_tokens = 3;
    });
    assert_eq!(forced.text, " Paris Paris Paris");
    let varied = with_alternatives(|options| {
        options.logit_bias = [(paris.token, 30.0)].into();
        options.frequency_penalty = 2.0;
        options.max_tokens = 24;
    });
    assert_ne!(varied.text, " Paris".repeat(24));
    let drawn = with_alternatives(|options| {
        options.temperature = 1.5;
        options.top_k = Some(1);
    });
    assert_eq!(drawn.text, plain.text);
}

#[test]
fn tokens_are_counted_as_the_model_sees_them() {
    let model = model();
    assert_eq!(model.count_tokens("").unwrap(), 0);
    assert_eq!(model.count_tokens("Hello world").unwrap(), 2);
    // Each digit is a token of its own in this vocabulary.
    assert_eq!(model.count_tokens("2026").unwrap(), 4);
    assert_eq!(model.count_tokens("<|im_end|>").unwrap(), 1);
}

/// The header of the real model, mangled here and there.
#[test]
fn mangled_vocabularies_are_read_or_refused() {
    use std::io::{Read, Write};

    use super::{gguf::Gguf, metadata::Metadata, tokenizer::Vocabulary};

    let path = Store::default_folder().join(SMOLLM).join("model.gguf");
    let mut whole = std::fs::File::open(path).unwrap();
    let length = whole.metadata().unwrap().len();
    let mut header = vec![0; 3 << 20];
    whole.read_exact(&mut header).unwrap();
    let (mut read, mut refused) = (0, 0);
    for place in (0..header.len())
        .step_by(77_777)
        .chain((0..1_200).step_by(30))
    {
        let mut bytes = header.clone();
        bytes[place..place + 8].fill(0xfe);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        // The weights are a hole, so that they have their place.
        file.as_file().set_len(length).unwrap();
        let gguf = Gguf::open(file.path());
        match gguf.and_then(|gguf| Vocabulary::read(&Metadata(&gguf.metadata))) {
            Ok(_) => read += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(read > 0 && refused > 20, "{read} read, {refused} refused");
}
