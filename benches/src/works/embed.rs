//! Sentence embeddings: 32 inputs of 128 tokens, against candle's own BERT in f32 on the same
//! weights, with the mean pooling and normalisation that the model asks for.

use std::fs;

use anyhow::Result;
use candle_core::{DType, Device, IndexOp, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use locutor::Cancellation;

use super::{Context, timed};
use crate::comparison::{Comparison, Part};

const MODEL: &str = "all-minilm-l6-v2";
const INPUTS: usize = 32;
const TOKENS: usize = 128;
/// `[CLS]` and `[SEP]` of the vocabulary.
const ENDS: [u32; 2] = [101, 102];

pub fn comparison(context: &Context) -> Result<Comparison<'_>> {
    let ours = context.engine.embedder(Some(MODEL))?;
    let plain = PlainBert::load(context)?;
    agree(&*ours, &plain)?;
    Ok(Comparison {
        parts: vec![
            Part::new(format!("Embed {INPUTS} x {TOKENS} tokens")).rate(INPUTS as f64, "texts/s"),
        ],
        subject: MODEL.to_owned(),
        peer: "candle-transformers BertModel, f32".to_owned(),
        ours: Box::new(move |run| {
            let inputs = inputs(run);
            let inputs: Vec<&[u32]> = inputs.iter().map(Vec::as_slice).collect();
            let (seconds, _) = timed(|| Ok(ours.embed_tokens(&inputs, &Cancellation::new())?))?;
            Ok(vec![seconds])
        }),
        theirs: Box::new(move |run| Ok(vec![timed(|| plain.embed(&inputs(run)))?.0])),
    })
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

/// A race counts only when both arrive at the same place.
fn agree(ours: &dyn locutor::embed::Embedder, plain: &PlainBert) -> Result<()> {
    let inputs = inputs(0);
    let slices: Vec<&[u32]> = inputs.iter().map(Vec::as_slice).collect();
    let ours = ours.embed_tokens(&slices, &Cancellation::new())?;
    let theirs = plain.embed(&inputs)?;
    for (ours, theirs) in ours.iter().zip(&theirs) {
        let cosine: f32 = ours.vector.iter().zip(theirs).map(|(a, b)| a * b).sum();
        anyhow::ensure!(cosine > 0.99, "the embeddings differ: cosine {cosine}");
    }
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
        let framed = inputs
            .iter()
            .flat_map(|input| [&ENDS[..1], input, &ENDS[1..]].concat());
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
