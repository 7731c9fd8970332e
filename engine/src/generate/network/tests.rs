//! Small networks with random weights against candle, and against themselves.

use std::{io::Write, sync::OnceLock};

use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tempfile::NamedTempFile;

use super::*;
use crate::{
    Cancellation,
    generate::{
        candle::CandleNetwork,
        gguf::{Format, testing::Writer},
        model::Model,
    },
};

const VOCABULARY: usize = 100;
/// Bytes of a small file that come before the weights, about.
const HEADER: usize = 2_400;

/// What the tests vary.
#[derive(Clone, Copy)]
struct Shape {
    architecture: &'static str,
    heads: u32,
    kv_heads: u32,
    head_width: u32,
    rotation_factors: bool,
}

const LLAMA: Shape = Shape {
    architecture: "llama",
    heads: 6,
    kv_heads: 2,
    head_width: 16,
    rotation_factors: false,
};

const QWEN: Shape = Shape {
    architecture: "qwen2",
    heads: 7,
    kv_heads: 1,
    head_width: 32,
    rotation_factors: false,
};

/// Writes a decoder of two layers.
struct Builder {
    writer: Writer,
    random: StdRng,
}

impl Builder {
    fn tensor(&mut self, name: &str, shape: &[usize], around: f32) {
        let count: usize = shape.iter().product();
        let size = 2.0 / (shape[0] as f32).sqrt();
        let bytes: Vec<u8> = (0..count)
            .flat_map(|_| (around + size * (self.random.random::<f32>() - 0.5)).to_le_bytes())
            .collect();
        self.writer.tensor(name, shape, Format::F32, &bytes);
    }
}

fn build(shape: Shape) -> NamedTempFile {
    let mut builder = Builder {
        writer: Writer::default(),
        random: StdRng::seed_from_u64(11),
    };
    let (query, kv) = (
        (shape.heads * shape.head_width) as usize,
        (shape.kv_heads * shape.head_width) as usize,
    );
    let (width, feed_forward) = (query, 160);
    let writer = &mut builder.writer;
    writer.text("general.architecture", shape.architecture);
    let key = |name: &str| format!("{}.{name}", shape.architecture);
    writer.number(&key("block_count"), 2);
    writer.number(&key("embedding_length"), width as u32);
    writer.number(&key("feed_forward_length"), feed_forward as u32);
    writer.number(&key("context_length"), 512);
    writer.number(&key("attention.head_count"), shape.heads);
    writer.number(&key("attention.head_count_kv"), shape.kv_heads);
    writer.number(&key("rope.dimension_count"), shape.head_width);
    writer.fraction(&key("rope.freq_base"), 10_000.0);
    writer.fraction(&key("attention.layer_norm_rms_epsilon"), 1e-5);
    builder.tensor("token_embd.weight", &[width, VOCABULARY], 0.0);
    builder.tensor("output.weight", &[width, VOCABULARY], 0.0);
    builder.tensor("output_norm.weight", &[width], 1.0);
    if shape.rotation_factors {
        builder.tensor("rope_freqs.weight", &[shape.head_width as usize / 2], 4.0);
    }
    for layer in 0..2 {
        let name = |part: &str| format!("blk.{layer}.{part}");
        builder.tensor(&name("attn_norm.weight"), &[width], 1.0);
        builder.tensor(&name("ffn_norm.weight"), &[width], 1.0);
        for (part, inputs, outputs) in [
            ("attn_q", width, query),
            ("attn_k", width, kv),
            ("attn_v", width, kv),
            ("attn_output", query, width),
            ("ffn_gate", width, feed_forward),
            ("ffn_up", width, feed_forward),
            ("ffn_down", feed_forward, width),
        ] {
            builder.tensor(&name(&format!("{part}.weight")), &[inputs, outputs], 0.0);
            let biased = ["attn_q", "attn_k", "attn_v"].contains(&part);
            if shape.architecture == "qwen2" && biased {
                builder.tensor(&name(&format!("{part}.bias")), &[outputs], 0.1);
            }
        }
    }
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(&builder.writer.finish()).unwrap();
    file
}

fn pool() -> Arc<Pool> {
    static POOL: OnceLock<Arc<Pool>> = OnceLock::new();
    Arc::clone(POOL.get_or_init(|| Arc::new(Pool::new(2).unwrap())))
}

fn network(file: &NamedTempFile) -> Network {
    Network::read(Gguf::open(file.path()).unwrap(), pool()).unwrap()
}

fn tokens(count: usize) -> Vec<u32> {
    (0..count)
        .map(|i| (i * i + 7 * i) as u32 % VOCABULARY as u32)
        .collect()
}

/// Scores after each of the pieces.
fn scores(model: &dyn Model, tokens: &[u32], pieces: &[usize]) -> Vec<Vec<f32>> {
    let cancellation = Cancellation::new();
    let mut reading = model.begin(&cancellation).unwrap();
    let mut rest = tokens;
    pieces
        .iter()
        .map(|piece| {
            let (next, others) = rest.split_at(*piece);
            rest = others;
            reading.scores(next, &cancellation).unwrap()
        })
        .collect()
}

/// Largest difference over the spread of the exact scores.
fn difference(found: &[f32], exact: &[f32]) -> f32 {
    assert_eq!(found.len(), exact.len());
    let spread = exact.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
    let errors = found.iter().zip(exact).map(|(a, b)| (a - b).abs());
    errors.fold(0.0_f32, f32::max) / spread
}

#[test]
fn scores_are_those_of_candle() {
    for shape in [LLAMA, QWEN] {
        let file = build(shape);
        let gguf = Gguf::open(file.path()).unwrap();
        let metadata = Metadata(&gguf.metadata);
        let device = candle_core::Device::Cpu;
        let exact = CandleNetwork::load(file.path(), &metadata, device).unwrap();
        let pieces = [32, 1, 8, 1, 1];
        let text = tokens(43);
        let exact = scores(&exact, &text, &pieces);
        for (precision, bound) in [(Precision::Eight, 0.03), (Precision::Sixteen, 0.015)] {
            let gguf = Gguf::open(file.path()).unwrap();
            let network = Network::read_with(gguf, pool(), precision).unwrap();
            let found = scores(&network, &text, &pieces);
            for (found, exact) in found.iter().zip(&exact) {
                let difference = difference(found, exact);
                assert!(difference < bound, "{}: {difference}", shape.architecture);
            }
        }
    }
}

#[test]
fn pieces_and_chunks_change_nothing() {
    let file = build(LLAMA);
    let network = network(&file);
    let text = tokens(301);
    let whole = scores(&network, &text, &[301]);
    let mut pieces = vec![1; 40];
    pieces.extend([17, 16, 15, 213]);
    let found = scores(&network, &text, &pieces);
    let difference = difference(&found[pieces.len() - 1], &whole[0]);
    assert!(difference < 1e-3, "{difference}");
}

#[test]
fn sequences_that_go_together_are_as_if_alone() {
    let file = build(QWEN);
    let network = network(&file);
    let texts = [tokens(5), tokens(33), tokens(20)[10..].to_vec()];
    let alone: Vec<Vec<f32>> = texts
        .iter()
        .map(|text| scores(&network, text, &[text.len()]).remove(0))
        .collect();
    let mut sequences: Vec<Sequence> = texts.iter().map(|_| network.sequence()).collect();
    let mut spans: Vec<Span<'_>> = texts
        .iter()
        .zip(&mut sequences)
        .map(|(tokens, sequence)| Span {
            sequence,
            tokens,
            scored: 1,
        })
        .collect();
    let mut workspace = Workspace::default();
    let together = network.forward(&mut spans, &mut workspace);
    for (found, alone) in together.chunks(VOCABULARY).zip(&alone) {
        assert!(difference(found, alone) < 1e-3);
    }
}

#[test]
fn a_shared_beginning_stays_as_it_was() {
    let file = build(LLAMA);
    let network = network(&file);
    let mut workspace = Workspace::default();
    let mut read = |sequence: &mut Sequence, tokens: &[u32]| {
        let mut spans = [Span {
            sequence,
            tokens,
            scored: 1,
        }];
        network.forward(&mut spans, &mut workspace).to_vec()
    };
    // Not a whole number of pages, so the last page is shared half full.
    let beginning = tokens(21);
    let mut first = network.sequence();
    read(&mut first, &beginning);
    let mut second = first.clone();
    let one = read(&mut first, &[1, 2, 3]);
    let other = read(&mut second, &[50, 60]);
    let text = |end: &[u32]| [beginning.as_slice(), end].concat();
    let alone = |text: &[u32]| scores(&network, text, &[text.len()]).remove(0);
    assert!(difference(&one, &alone(&text(&[1, 2, 3]))) < 1e-3);
    assert!(difference(&other, &alone(&text(&[50, 60]))) < 1e-3);
}

#[test]
fn rotation_factors_are_used() {
    let plain = build(LLAMA);
    let stretched = build(Shape {
        rotation_factors: true,
        ..LLAMA
    });
    let text = tokens(40);
    let plain = scores(&network(&plain), &text, &[40]);
    let stretched = scores(&network(&stretched), &text, &[40]);
    assert!(difference(&stretched[0], &plain[0]) > 1e-3);
}

#[test]
fn scores_of_several_tokens_are_those_of_each() {
    let file = build(LLAMA);
    let network = network(&file);
    let text = tokens(9);
    let each = scores(&network, &text, &[1; 9]);
    let mut sequence = network.sequence();
    let mut workspace = Workspace::default();
    let mut spans = [Span {
        sequence: &mut sequence,
        tokens: &text,
        scored: 4,
    }];
    let together = network.forward(&mut spans, &mut workspace);
    assert_eq!(together.len(), 4 * VOCABULARY);
    for (found, alone) in together.chunks(VOCABULARY).zip(&each[5..]) {
        assert!(difference(found, alone) < 1e-3);
    }
}

#[test]
fn tokens_without_weights_are_an_error() {
    let file = build(LLAMA);
    let network = network(&file);
    let cancellation = Cancellation::new();
    let mut reading = network.begin(&cancellation).unwrap();
    assert!(reading.scores(&[VOCABULARY as u32], &cancellation).is_err());
}

#[test]
fn readings_of_several_threads_are_as_if_alone() {
    let file = build(QWEN);
    let network = network(&file);
    let texts: Vec<Vec<u32>> = (0..5)
        .map(|i| tokens(90)[i * 3..60 + i * 7].to_vec())
        .collect();
    let pieces = |text: &[u32]| {
        let mut pieces = vec![1; 8];
        pieces.push(text.len() - 40);
        pieces.extend([1; 32]);
        pieces
    };
    let alone: Vec<_> = texts
        .iter()
        .map(|text| scores(&self::network(&file), text, &pieces(text)))
        .collect();
    let together: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = texts
            .iter()
            .map(|text| scope.spawn(|| scores(&network, text, &pieces(text))))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(together, alone);
}

#[test]
fn guesses_change_nothing() {
    let file = build(LLAMA);
    let network = network(&file);
    let cancellation = Cancellation::new();
    let text = tokens(60);
    let exact = scores(&network, &text, &[30, 1, 1, 1, 1, 1, 25]);
    // Three right guesses and a wrong one, then none.
    let mut draft = text[30..34].to_vec();
    draft[3] = (draft[3] + 1) % VOCABULARY as u32;
    let mut reading = network.begin(&cancellation).unwrap();
    let mut found = Vec::new();
    let mut choose = |scores: &mut [f32]| {
        found.push(scores.to_vec());
        Some(text[29 + found.len()])
    };
    reading
        .read(&text[..30], &draft, &mut choose, &cancellation)
        .unwrap();
    assert_eq!(found.len(), 4);
    for rest in [&text[33..34], &text[34..35], &text[35..60]] {
        found.push(reading.scores(rest, &cancellation).unwrap());
    }
    assert_eq!(found, exact);
}

#[test]
fn what_was_read_before_is_not_read_again_and_changes_nothing() {
    let file = build(QWEN);
    let network = network(&file);
    let text = tokens(70);
    let other = [&text[..45], &[3, 1, 4, 1, 5]].concat();
    let fresh = [
        scores(&self::network(&file), &text, &[70]),
        scores(&self::network(&file), &other, &[50]),
    ];
    assert!(network.remembered.recall(&text).is_none());
    assert_eq!(scores(&network, &text, &[70]), fresh[0]);
    let length = |tokens: &[u32]| network.remembered.recall(tokens).map(|(_, length)| length);
    assert_eq!(length(&other), Some(45));
    assert_eq!(length(&text), Some(69));
    assert_eq!(length(&text[..10]), None);
    assert_eq!(scores(&network, &other, &[50]), fresh[1]);
    assert_eq!(scores(&network, &text, &[70]), fresh[0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever a header says, loading ends with a network that works or with an error.
    #[test]
    fn mangled_headers_never_panic(
        places in prop::collection::vec((0_usize..HEADER, any::<u8>(), 1_usize..9), 1..4),
    ) {
        static WHOLE: OnceLock<Vec<u8>> = OnceLock::new();
        let whole = WHOLE.get_or_init(|| std::fs::read(build(QWEN).path()).unwrap());
        let mut bytes = whole.clone();
        for (place, value, length) in places {
            bytes[place..place + length].fill(value);
        }
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        let network = Gguf::open(file.path()).and_then(|gguf| Network::read(gguf, pool()));
        if let Ok(network) = network {
            let cancellation = Cancellation::new();
            let mut reading = network.begin(&cancellation).unwrap();
            // A mangled table may have fewer tokens.
            let _ = reading.read(&tokens(5), &[], &mut |_| None, &cancellation);
        }
    }
}
