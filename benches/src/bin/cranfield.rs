//! Retrieval quality on the Cranfield collection: nDCG@10 of every ranking of the in-process
//! store.
//!
//! `--data DIR` -> abstracts and questions -> chunks -> vectors -> [`EdgeStore`] -> hits, grouped
//! by abstract -> nDCG@10 per ranking. `--export FILE` writes the parsed collection as JSON for
//! `benches/peers/bm25s_cranfield.py`, so that both score the very same texts.

use std::{collections::HashMap, fs, path::PathBuf, time::Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use locutor::{
    Cancellation, Engine,
    retrieve::{EdgeStore, Filter, Passage, Point, Query, Ranking, VectorStore},
    text::{ChunkSettings, Format, chunk},
};
use serde::Serialize;
use uuid::Uuid;

/// Measures retrieval quality on the Cranfield collection.
#[derive(Debug, Parser)]
struct Options {
    /// Folder with cran.all.1400, cran.qry and cranqrel.
    #[arg(long)]
    data: PathBuf,
    /// Writes the parsed collection there as JSON and ends.
    #[arg(long)]
    export: Option<PathBuf>,
    /// Also prints other settings of the fusions, to show how little they matter.
    #[arg(long)]
    sweep: bool,
}

/// The test collection.
#[derive(Debug, Serialize)]
struct Collection {
    /// Abstracts with their titles, in order; document numbers count from 1.
    documents: Vec<String>,
    questions: Vec<String>,
    /// For each question, the gain of each relevant document number.
    gains: Vec<HashMap<usize, f64>>,
}

/// Hits are judged down to this rank.
const DEPTH: usize = 10;

fn main() -> Result<()> {
    let options = Options::parse();
    let collection = Collection::read(&options.data)?;
    if let Some(path) = options.export {
        let json = serde_json::to_vec(&collection)?;
        return fs::write(&path, json).with_context(|| path.display().to_string());
    }
    let engine = Engine::builder().build()?;
    let embedder = engine.embedder(None)?;
    let folder = std::env::temp_dir().join(format!("locutor-cranfield-{}", Uuid::new_v4()));
    let store = EdgeStore::open(&folder, embedder.dimensions())?;
    let measured = measure(&collection, &engine, &store, options.sweep);
    drop(store);
    fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    measured
}

fn measure(collection: &Collection, engine: &Engine, store: &EdgeStore, sweep: bool) -> Result<()> {
    let started = Instant::now();
    let chunks = ingest(collection, engine, store)?;
    println!(
        "{} documents, {chunks} chunks, {} questions; embedded and stored in {:.0} s",
        collection.documents.len(),
        collection.questions.len(),
        started.elapsed().as_secs_f64()
    );
    let questions: Vec<&str> = collection.questions.iter().map(String::as_str).collect();
    let embedded = engine
        .embedder(None)?
        .embed(&questions, &Cancellation::new())?;
    let quality = |ranking| -> Result<f64> {
        let mut sum = 0.0;
        for (index, question) in questions.iter().enumerate() {
            let query = Query {
                text: question,
                vector: &embedded[index].vector,
                ranking,
                filter: Filter::default(),
                limit: 5 * DEPTH,
            };
            sum += ndcg(&documents(&store.search(&query)?), &collection.gains[index]);
        }
        Ok(sum / questions.len() as f64)
    };
    println!("| ranking | nDCG@10 |\n| --- | --- |");
    for (name, ranking) in rankings(sweep) {
        println!("| {name} | {:.4} |", quality(ranking)?);
    }
    Ok(())
}

fn rankings(sweep: bool) -> Vec<(String, Ranking)> {
    let mut rankings = vec![
        ("dense".to_owned(), Ranking::Dense),
        ("BM25".to_owned(), Ranking::Sparse),
    ];
    let ks: &[u32] = if sweep { &[1, 10, 60, 100] } else { &[60] };
    for &k in ks {
        let name = format!("hybrid, reciprocal rank, k = {k}");
        rankings.push((name, Ranking::ReciprocalRank { k }));
    }
    let weights: &[f32] = if sweep {
        &[0.3, 0.4, 0.5, 0.6, 0.7]
    } else {
        &[0.5]
    };
    for &dense_weight in weights {
        let name = format!("hybrid, convex, dense weight {dense_weight}");
        rankings.push((name, Ranking::Convex { dense_weight }));
    }
    rankings
}

/// Stores all documents; returns the number of chunks.
fn ingest(collection: &Collection, engine: &Engine, store: &EdgeStore) -> Result<usize> {
    let mut passages = Vec::new();
    for (index, text) in collection.documents.iter().enumerate() {
        let chunks = chunk(text, Format::Plain, &ChunkSettings::default());
        passages.extend((0..).zip(chunks).map(|(ordinal, chunk)| Passage {
            tenant: None,
            document: Uuid::from_u128(index as u128 + 1),
            title: String::new(),
            heading: chunk.heading,
            ordinal,
            text: chunk.text,
            start: chunk.start,
            end: chunk.end,
            tags: Vec::new(),
        }));
    }
    let texts: Vec<&str> = passages
        .iter()
        .map(|passage| passage.text.as_str())
        .collect();
    let embeddings = engine.embedder(None)?.embed(&texts, &Cancellation::new())?;
    let truncated = embeddings.iter().filter(|embedding| embedding.truncated);
    ensure!(
        truncated.count() == 0,
        "a chunk did not fit the embedding model"
    );
    let points: Vec<Point> = passages
        .into_iter()
        .zip(embeddings)
        .map(|(passage, embedding)| Point {
            id: Uuid::new_v4(),
            vector: embedding.vector,
            passage,
        })
        .collect();
    store.upsert(&points)?;
    Ok(points.len())
}

/// Document numbers of the hits, each at its best chunk.
fn documents(hits: &[locutor::retrieve::Hit]) -> Vec<usize> {
    let mut documents = Vec::new();
    for hit in hits {
        let number = hit.passage.document.as_u128() as usize;
        if !documents.contains(&number) {
            documents.push(number);
        }
    }
    documents.truncate(DEPTH);
    documents
}

/// Normalised discounted cumulative gain (Järvelin & Kekäläinen 2002), linear gains.
fn ndcg(found: &[usize], gains: &HashMap<usize, f64>) -> f64 {
    let discounted = |gains: &mut dyn Iterator<Item = f64>| -> f64 {
        (2_u32..)
            .zip(gains)
            .take(DEPTH)
            .map(|(rank, gain)| gain / f64::from(rank).log2())
            .sum()
    };
    let mut ideal: Vec<f64> = gains.values().copied().collect();
    ideal.sort_by(|a, b| b.total_cmp(a));
    let gain = |document| gains.get(document).copied().unwrap_or(0.0);
    let ideal = discounted(&mut ideal.into_iter());
    if ideal > 0.0 {
        discounted(&mut found.iter().map(gain)) / ideal
    } else {
        0.0
    }
}

impl Collection {
    fn read(folder: &std::path::Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).with_context(|| path.display().to_string())
        };
        let documents = records(&read("cran.all.1400")?, &[".T", ".W"]);
        // Questions are numbered by their place in the file, not by their .I line.
        let questions = records(&read("cran.qry")?, &[".W"]);
        let mut gains = vec![HashMap::new(); questions.len()];
        for line in read("cranqrel")?.lines() {
            let numbers = line.split_whitespace().map(str::parse::<i64>);
            let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
            let [question, document, grade] = numbers[..] else {
                anyhow::bail!("cranqrel: {line:?} is not question, document, grade");
            };
            let question = usize::try_from(question - 1)?;
            let gains = gains.get_mut(question).context("unknown question")?;
            gains.insert(usize::try_from(document)?, gain(grade));
        }
        Ok(Self {
            documents,
            questions,
            gains,
        })
    }
}

/// Grades run from 1, a complete answer, to 4, of minimum interest; -1 is of none. The gain is 4
/// for the best and 1 for the least, and nothing for no interest.
fn gain(grade: i64) -> f64 {
    match grade {
        1..=4 => (5 - grade) as f64,
        _ => 0.0,
    }
}

/// The texts of the given sections of each record, joined.
fn records(file: &str, wanted: &[&str]) -> Vec<String> {
    let mut records: Vec<String> = Vec::new();
    let mut keep = false;
    for line in file.lines() {
        if line.starts_with(".I ") {
            records.push(String::new());
            keep = false;
        } else if matches!(line.trim(), ".T" | ".A" | ".B" | ".W") {
            keep = wanted.contains(&line.trim());
            if let Some(record) = records
                .last_mut()
                .filter(|record| !record.is_empty() && keep)
            {
                record.push('\n');
            }
        } else if let Some(record) = records.last_mut().filter(|_| keep) {
            record.push_str(line.trim());
            record.push('\n');
        }
    }
    records
}
