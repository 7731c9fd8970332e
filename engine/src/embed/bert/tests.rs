//! `MiniLM` against reference values; the model must have been pulled.

use std::{path::PathBuf, sync::LazyLock};

use locutor_models::Store;

use super::*;
use crate::converse::shipped_documents;

const KIND: BertSettings = BertSettings {
    max_tokens: 256,
    pooling: Pooling::Mean,
};

fn folder() -> PathBuf {
    Store::default_folder().join("all-minilm-l6-v2")
}

static MINILM: LazyLock<BertEmbedder> = LazyLock::new(|| {
    BertEmbedder::load(&folder(), &KIND, &LoadSettings::for_tests())
        .unwrap_or_else(|error| panic!("{error}; pull all-minilm-l6-v2 first"))
});

/// The same weights on candle, in 32 bits.
static REFERENCE: LazyLock<BertEmbedder> = LazyLock::new(|| {
    let load = |weights: &VarBuilder<'_>, config: &Config| {
        let encoder = CandleEncoder::load(weights, config).unwrap();
        Ok(Box::new(encoder) as Box<dyn Encoder>)
    };
    BertEmbedder::load_with(&folder(), &KIND, &LoadSettings::for_tests(), load).unwrap()
});

const FOX: &str = "The quick brown fox jumps over the lazy dog.";
const HOUND: &str = "A fast auburn fox leaps above a sleepy hound.";
const REVENUE: &str = "Quarterly revenue rose by twelve percent, the company said.";

fn embed(texts: &[&str]) -> Vec<Embedding> {
    MINILM.embed(texts, &Cancellation::new()).unwrap()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn assert_close(a: &[f32], b: &[f32], tolerance: f32) {
    for (index, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() < tolerance, "{index}: {a} {b}");
    }
}

/// Values of a 64-bit implementation in numpy of the same weights.
#[test]
fn golden_vectors_of_the_reference() {
    let texts = [FOX, HOUND, REVENUE, ""];
    let embeddings = REFERENCE.embed(&texts, &Cancellation::new()).unwrap();
    let golden: [&[f32]; 4] = [
        &[
            0.043_934, 0.058_934, 0.048_178, 0.077_548, 0.026_744, -0.037_63, -0.002_605,
            -0.059_943,
        ],
        &[
            0.019_056, 0.021_052, 0.032_541, 0.094_779, -0.019_519, 0.039_793, -0.016_384,
            -0.082_059,
        ],
        &[
            0.036_671, -0.023_507, -0.062_644, -0.083_552, -0.033_385, -0.034_523, 0.016_306,
            0.002_937,
        ],
        &[-0.118_838, 0.048_299, -0.002_548, -0.011_011],
    ];
    for (embedding, golden) in embeddings.iter().zip(golden) {
        assert_close(&embedding.vector, golden, 1e-5);
        assert!((cosine(&embedding.vector, &embedding.vector) - 1.0).abs() < 1e-5);
        assert_eq!(embedding.vector.len(), REFERENCE.dimensions());
    }
    let tokens: Vec<usize> = embeddings
        .iter()
        .map(|embedding| embedding.tokens)
        .collect();
    assert_eq!(tokens, [12, 12, 13, 2]);
    assert!((cosine(&embeddings[0].vector, &embeddings[1].vector) - 0.699_59).abs() < 1e-4);
    assert!((cosine(&embeddings[0].vector, &embeddings[2].vector) - 0.058_36).abs() < 1e-4);
}

#[test]
fn vectors_are_those_of_the_reference() {
    let documents = shipped_documents();
    let mut texts = vec!["", "x", FOX, HOUND, REVENUE];
    texts.extend(documents.iter().flat_map(|document| document.text.lines()));
    texts.extend(documents.iter().map(|document| document.text.as_str()));
    let exact = REFERENCE.embed(&texts, &Cancellation::new()).unwrap();
    let mut cosines: Vec<f32> = embed(&texts)
        .iter()
        .zip(&exact)
        .map(|(found, exact)| cosine(&found.vector, &exact.vector))
        .collect();
    cosines.sort_by(f32::total_cmp);
    let median = cosines[cosines.len() / 2];
    println!(
        "{} texts: worst {}, median {median}",
        cosines.len(),
        cosines[0]
    );
    assert!(cosines[0] > 0.99 && median > 0.998);
}

#[test]
fn a_batch_gives_what_single_calls_give() {
    let long = FOX.repeat(9);
    let mut texts = vec![FOX, &long, "", REVENUE, HOUND, "x"];
    texts.extend([long.as_str(); 30]);
    for (batched, text) in embed(&texts).iter().zip(&texts) {
        let single = &embed(&[text])[0];
        assert_close(&batched.vector, &single.vector, 1e-5);
        assert_eq!(
            (batched.tokens, batched.truncated),
            (single.tokens, single.truncated)
        );
    }
}

#[test]
fn calls_at_the_same_time_give_what_single_calls_give() {
    let long = FOX.repeat(9);
    let texts = [FOX, HOUND, REVENUE, "", "x", &long];
    let alone = texts.map(|text| embed(&[text]).remove(0));
    let all = embed(&[long.as_str(); 60]);
    std::thread::scope(|scope| {
        let many = scope.spawn(|| embed(&[long.as_str(); 60]));
        for (text, alone) in texts.iter().zip(&alone) {
            scope.spawn(move || {
                for _ in 0..20 {
                    let found = embed(&[text, text]);
                    for found in found {
                        assert_close(&found.vector, &alone.vector, 1e-5);
                        assert_eq!(found.tokens, alone.tokens);
                    }
                }
            });
        }
        for (found, all) in many.join().unwrap().iter().zip(&all) {
            assert_close(&found.vector, &all.vector, 1e-5);
        }
    });
}

#[test]
fn a_cancelled_call_leaves_the_others_alone() {
    let cancellation = Cancellation::new();
    let long = FOX.repeat(20);
    let many = vec![long.as_str(); 2_000];
    std::thread::scope(|scope| {
        let leaving = scope.spawn(|| MINILM.embed(&many, &cancellation));
        let expected = embed(&[FOX]).remove(0);
        cancellation.cancel();
        assert!(matches!(leaving.join().unwrap(), Err(Error::Cancelled)));
        assert_close(&embed(&[FOX])[0].vector, &expected.vector, 1e-5);
    });
}

#[test]
fn truncation_is_reported() {
    let words = |count: usize| vec!["word"; count].join(" ");
    let fits = embed(&[&words(254)]).remove(0);
    assert_eq!((fits.tokens, fits.truncated), (256, false));
    let over = embed(&[&words(255)]).remove(0);
    assert_eq!((over.tokens, over.truncated), (256, true));
    assert_close(&over.vector, &fits.vector, 1e-6);
    let spaced = format!("word{}word", " ".repeat(100_000));
    assert_eq!(embed(&[&spaced])[0].tokens, 4);
    let huge = embed(&[&words(1_000_000)]).remove(0);
    assert_eq!((huge.tokens, huge.truncated), (256, true));
}

#[test]
fn tokens_are_accepted_in_place_of_text() {
    let fox: Vec<u32> = MINILM.vocabulary.encode(FOX, 256).unwrap().ids;
    let inner = &fox[1..fox.len() - 1];
    let embeddings = MINILM
        .embed_tokens(&[inner, &[]], &Cancellation::new())
        .unwrap();
    assert_close(&embeddings[0].vector, &embed(&[FOX])[0].vector, 1e-5);
    assert_eq!(embeddings[1].tokens, 2);
    let error = MINILM
        .embed_tokens(&[&[5, 30_522]], &Cancellation::new())
        .unwrap_err();
    assert!(error.to_string().contains("token 1 is 30522"), "{error}");
}

#[test]
fn nothing_gives_nothing_and_a_set_flag_stops_the_work() {
    assert!(embed(&[]).is_empty());
    let cancellation = Cancellation::new();
    cancellation.cancel();
    let result = MINILM.embed(&[FOX], &cancellation);
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
}

/// The estimate that chunking relies on is not below what the tokenizer makes of English text.
#[test]
fn default_chunks_fit_the_window() {
    let text = format!("{FOX} {HOUND} {REVENUE} ").repeat(60);
    let settings = crate::text::ChunkSettings::default();
    for chunk in crate::text::chunk(&text, crate::text::Format::Plain, &settings) {
        let embedding = embed(&[&chunk.text]).remove(0);
        assert!(!embedding.truncated);
        assert!(embedding.tokens <= crate::text::estimate_tokens(&chunk.text) + 2);
    }
}
