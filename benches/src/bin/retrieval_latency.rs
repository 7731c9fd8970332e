//! Query latency of the in-process store at 1,000, 10,000 and 100,000 chunks.
//!
//! Chunk texts are sentences of the Cranfield abstracts, drawn at random; vectors are those of a
//! few thousand real sentences with noise added, because embedding 100,000 texts would take most
//! of an hour and the time of a query does not depend on what the vectors mean.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use locutor::{
    Cancellation, Engine,
    retrieve::{EdgeStore, Filter, Passage, Point, Query, Ranking, VectorStore},
    text::sentences,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

/// Measures query latency.
#[derive(Debug, Parser)]
struct Options {
    /// Folder with cran.all.1400 and cran.qry.
    #[arg(long)]
    data: PathBuf,
    /// Store sizes in chunks.
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000")]
    sizes: Vec<usize>,
}

/// Sentences that are really embedded.
const EMBEDDED: usize = 2_000;
/// Points written at a time.
const BATCH: usize = 1_000;
/// Length of the noise on a unit vector: the result has a cosine of about 0.9 to the original.
const NOISE: f32 = 0.5;

struct Material {
    sentences: Vec<String>,
    vectors: Vec<Vec<f32>>,
    questions: Vec<(String, Vec<f32>)>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let material = material(&options.data)?;
    println!("| chunks | state | ranking | median ms | p99 ms |\n| --- | --- | --- | --- | --- |");
    for size in options.sizes {
        let folder = std::env::temp_dir().join(format!("locutor-latency-{}", Uuid::new_v4()));
        let measured = measure(&folder, size, &material);
        fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        measured?;
    }
    Ok(())
}

fn measure(folder: &std::path::Path, size: usize, material: &Material) -> Result<()> {
    let dimensions = material.vectors[0].len();
    let store = EdgeStore::open(folder, dimensions)?;
    let started = Instant::now();
    fill(&store, size, material)?;
    let written = started.elapsed();
    table(&store, size, "as written", material)?;
    let started = Instant::now();
    store.optimize()?;
    let optimized = started.elapsed();
    table(&store, size, "optimized", material)?;
    drop(store);
    let started = Instant::now();
    let store = EdgeStore::open(folder, dimensions)?;
    ensure!(store.count()? == size, "chunks were lost");
    eprintln!(
        "{size} chunks: written in {:.1} s ({:.0} a second), optimized in {:.1} s, reopened in {:.2} s",
        written.as_secs_f64(),
        size as f64 / written.as_secs_f64(),
        optimized.as_secs_f64(),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

fn table(store: &EdgeStore, size: usize, state: &str, material: &Material) -> Result<()> {
    let rankings = [
        ("dense", Ranking::Dense),
        ("BM25", Ranking::Sparse),
        ("hybrid, reciprocal rank", Ranking::ReciprocalRank { k: 60 }),
        ("hybrid, convex", Ranking::Convex { dense_weight: 0.5 }),
    ];
    for (name, ranking) in rankings {
        let mut times = Vec::new();
        for (text, vector) in &material.questions {
            let query = Query {
                text,
                vector,
                ranking,
                filter: Filter::default(),
                limit: 10,
            };
            let started = Instant::now();
            let hits = store.search(&query)?;
            times.push(started.elapsed());
            ensure!(!hits.is_empty(), "{text:?} found nothing");
        }
        times.sort_unstable();
        let at = |share: f64| milliseconds(times[((times.len() - 1) as f64 * share) as usize]);
        println!(
            "| {size} | {state} | {name} | {:.2} | {:.2} |",
            at(0.5),
            at(0.99)
        );
    }
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    1000.0 * time.as_secs_f64()
}

fn fill(store: &EdgeStore, size: usize, material: &Material) -> Result<()> {
    let mut random = StdRng::seed_from_u64(42);
    let mut points = Vec::with_capacity(BATCH);
    for index in 0..size {
        points.push(point(index, material, &mut random));
        if points.len() == BATCH || index + 1 == size {
            store.upsert(&points)?;
            points.clear();
        }
    }
    Ok(())
}

fn point(index: usize, material: &Material, random: &mut StdRng) -> Point {
    let text = (0..4)
        .map(|_| material.sentences[random.random_range(0..material.sentences.len())].as_str())
        .collect::<Vec<_>>()
        .join(" ");
    let vector = &material.vectors[random.random_range(0..material.vectors.len())];
    let spread = NOISE * (3.0 / vector.len() as f32).sqrt();
    let vector: Vec<f32> = vector
        .iter()
        .map(|value| value + random.random_range(-spread..spread))
        .collect();
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    Point {
        id: Uuid::from_u128(index as u128),
        vector: vector.into_iter().map(|value| value / length).collect(),
        passage: Passage {
            tenant: None,
            document: Uuid::from_u128((index / 10) as u128),
            title: "Abstract".to_owned(),
            heading: None,
            ordinal: (index % 10) as u32,
            start: 0,
            end: text.len(),
            text,
            tags: Vec::new(),
        },
    }
}

fn material(folder: &std::path::Path) -> Result<Material> {
    let read = |name: &str| {
        let path = folder.join(name);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        anyhow::Ok(text.replace('\r', ""))
    };
    let (abstracts, questions) = (read("cran.all.1400")?, read("cran.qry")?);
    let sentences: Vec<String> = split(&abstracts);
    let questions: Vec<String> = split(&questions);
    ensure!(
        sentences.len() > EMBEDDED,
        "too few sentences in cran.all.1400"
    );
    let embedder = Engine::builder().build()?.embedder(None)?;
    let embed = |texts: &[String]| -> Result<Vec<Vec<f32>>> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let embeddings = embedder.embed(&texts, &Cancellation::new())?;
        Ok(embeddings.into_iter().map(|found| found.vector).collect())
    };
    let vectors = embed(&sentences[..EMBEDDED])?;
    let answers = embed(&questions)?;
    Ok(Material {
        sentences,
        vectors,
        questions: questions.into_iter().zip(answers).collect(),
    })
}

/// Sentences of the text sections, on one line each.
fn split(file: &str) -> Vec<String> {
    let texts = file.split("\n.W\n").skip(1);
    texts
        .filter_map(|text| text.split("\n.I ").next())
        .flat_map(|text| sentences(text).into_iter().map(move |range| &text[range]))
        .map(|sentence| sentence.replace('\n', " "))
        .filter(|sentence| sentence.len() > 20)
        .collect()
}
