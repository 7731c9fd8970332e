//! Sentence embeddings: 32 inputs of 128 tokens, against candle's own BERT in f32 and ONNX Runtime
//! with weights of eight bits, both made from the same file, with the mean pooling and
//! normalisation that the model asks for.

use std::{fs, sync::Arc};

use anyhow::Result;
use candle_core::{DType, Device, IndexOp, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use locutor::{Cancellation, embed::Embedder};
use serde_json::{Value, json};

use super::{Context, timed};
use crate::{
    comparison::{Comparison, Part, Row, Run},
    peer::{Peer, number, text},
};

const MODEL: &str = "all-minilm-l6-v2";
const INPUTS: usize = 32;
const TOKENS: usize = 128;
/// `[CLS]` and `[SEP]` of the vocabulary.
const ENDS: [u32; 2] = [101, 102];

/// Cosines of two ways to round the same weights to eight bits; the words are drawn at random,
/// which leaves them further apart than sentences.
const ROUNDED: f32 = 0.97;
const EXACT: f32 = 0.99;

pub fn measure(context: &Context) -> Result<Vec<Row>> {
    let ours = context.engine.embedder(Some(MODEL))?;
    let mut rows = Vec::new();
    let plain = PlainBert::load(context)?;
    agree(&*ours, &plain.embed(&inputs(0))?, EXACT)?;
    let theirs = Box::new(move |run| Ok(vec![timed(|| plain.embed(&inputs(run)))?.0]));
    let peer = "candle-transformers BertModel, f32";
    rows.extend(against(&ours, peer, theirs).measure(context.repeats)?);

    let mut runtime = start_runtime(context)?;
    agree(&*ours, &vectors(&ask(&mut runtime, 0)?)?, ROUNDED)?;
    let name = runtime.name().to_owned();
    let theirs = Box::new(move |run| Ok(vec![number(&ask(&mut runtime, run)?, "seconds")?]));
    rows.extend(against(&ours, &name, theirs).measure(context.repeats)?);
    Ok(rows)
}

fn against<'a>(ours: &Arc<dyn Embedder>, peer: &str, theirs: Run<'a>) -> Comparison<'a> {
    let ours = Arc::clone(ours);
    Comparison {
        parts: vec![
            Part::new(format!("Embed {INPUTS} x {TOKENS} tokens")).rate(INPUTS as f64, "texts/s"),
        ],
        subject: MODEL.to_owned(),
        peer: peer.to_owned(),
        ours: Box::new(move |run| {
            let inputs = inputs(run);
            let inputs: Vec<&[u32]> = inputs.iter().map(Vec::as_slice).collect();
            let (seconds, _) = timed(|| Ok(ours.embed_tokens(&inputs, &Cancellation::new())?))?;
            Ok(vec![seconds])
        }),
        theirs,
    }
}

fn start_runtime(context: &Context) -> Result<Peer> {
    let folder = context.engine.store().folder().join(MODEL);
    let threads = context.threads.to_string();
    let arguments = [text(&folder)?, &threads];
    context.peers.start("onnxruntime_peer.py", arguments)
}

fn ask(runtime: &mut Peer, run: usize) -> Result<Value> {
    let framed: Vec<Vec<u32>> = inputs(run).iter().map(|input| framed(input)).collect();
    runtime.ask(&json!({"ids": framed, "vectors": run == 0}))
}

fn vectors(reply: &Value) -> Result<Vec<Vec<f32>>> {
    Ok(serde_json::from_value(reply["vectors"].clone())?)
}

/// An input with the tokens at its ends, which Locutor adds by itself.
fn framed(input: &[u32]) -> Vec<u32> {
    [&ENDS[..1], input, &ENDS[1..]].concat()
}

/// Ordinary words of the vocabulary, other ones for each run and input.
fn inputs(run: usize) -> Vec<Vec<u32>> {
    let word = |seed: usize| 2_000 + (seed * 2_654_435_761 % 20_000) as u32;
    let input = |row: usize| {
        let words = 0..TOKENS - ENDS.len();
        words
            .map(|column| word(run * 7_919 + row * 131 + column))
            .collect()
    };
    (0..INPUTS).map(input).collect()
}

/// A race counts only when both arrive at the same place, with every text.
fn agree(ours: &dyn Embedder, theirs: &[Vec<f32>], least: f32) -> Result<()> {
    let inputs = inputs(0);
    let slices: Vec<&[u32]> = inputs.iter().map(Vec::as_slice).collect();
    let ours = ours.embed_tokens(&slices, &Cancellation::new())?;
    anyhow::ensure!(ours.len() == theirs.len(), "a vector is missing");
    let cosines = ours.iter().zip(theirs).map(|(ours, theirs)| {
        let products = ours.vector.iter().zip(theirs).map(|(a, b)| a * b);
        products.sum::<f32>()
    });
    let cosine = cosines.fold(1.0, f32::min);
    eprintln!("the vectors' least cosine: {cosine:.4}");
    anyhow::ensure!(cosine > least, "the embeddings differ: cosine {cosine}");
    Ok(())
}

struct PlainBert(BertModel);

impl PlainBert {
    fn load(context: &Context) -> Result<Self> {
        let folder = context.engine.store().folder().join(MODEL);
        let config: Config = serde_json::from_slice(&fs::read(folder.join("config.json"))?)?;
        let weights = fs::read(folder.join("model.safetensors"))?;
        let weights = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)?;
        Ok(Self(BertModel::load(weights, &config)?))
    }

    fn embed(&self, inputs: &[Vec<u32>]) -> Result<Vec<Vec<f32>>> {
        let framed = inputs.iter().flat_map(|input| framed(input));
        let ids = Tensor::from_iter(framed, &Device::Cpu)?.reshape((inputs.len(), TOKENS))?;
        let mask = ids.ones_like()?;
        let hidden = self.0.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        let mean = (hidden.sum(1)? / TOKENS as f64)?;
        let norm = mean.sqr()?.sum_keepdim(1)?.sqrt()?;
        let unit = mean.broadcast_div(&norm)?;
        let rows = (0..inputs.len()).map(|row| Ok(unit.i(row)?.to_vec1()?));
        rows.collect()
    }
}
