//! `locutor ask`.

use std::io::Write;

use clap::Args;
use locutor::{
    Cancellation, Engine,
    converse::{self, Answer, Event, Question, Verdict},
    engine::LaneName,
};

use super::{Settings, library::with_library, output, task};
use crate::features::{models::Kind, organisations::FIRST};

/// Answer a question from the documents that were added.
#[derive(Debug, Args)]
pub struct Ask {
    /// The question.
    question: String,
    /// Language model to write with.
    #[arg(long, short)]
    model: Option<String>,
    /// Most passages to consider.
    #[arg(long, default_value_t = 5)]
    limit: usize,
    /// Only documents with this label; repeat it for several.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
}

impl Ask {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let configuration = settings.load()?;
        let json = settings.json;
        let answer = with_library(&configuration, async |library| {
            library.indexer().drain().await?;
            let mut question = Question::new(self.question);
            question.settings.limit = self.limit;
            question.settings.filter.tags = self.tags;
            question.settings.filter.tenant = Some(FIRST);
            question.settings.generator =
                task::model(&library.engine, Kind::Generate, self.model.as_deref())?;
            let index = library.index.clone();
            // On the engine's thread, as in the server: a store may wait for its own runtime.
            let work = move |engine: &Engine, cancellation: &Cancellation| {
                let store = index.get(engine)?;
                let mut on_event = |event: Event| {
                    if let (Event::Text(text), false) = (event, json) {
                        show(&text);
                    }
                };
                converse::ask(
                    engine,
                    store.as_ref(),
                    &question,
                    &mut on_event,
                    cancellation,
                )
            };
            let running = library
                .engine
                .submit(LaneName::Generate, Cancellation::new(), work)?;
            let answer = running.wait()?;
            Ok(answer)
        })?;
        if json {
            output::json(&answer)
        } else {
            footnotes(&answer)
        }
    }
}

/// As it is written; a closed standard output is met again by the footnotes.
fn show(text: &str) {
    let mut output = std::io::stdout().lock();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .ok();
}

fn footnotes(answer: &Answer) -> anyhow::Result<()> {
    output::line("")?;
    for (number, citation) in (1..).zip(&answer.citations) {
        let (title, start, end) = (&citation.title, citation.start, citation.end);
        output::line(format!(
            "  [{number}] {title}, bytes {start} to {end}: {}",
            citation.quote
        ))?;
    }
    let verdict = match answer.grounding.verdict {
        Verdict::Grounded => "checked: the documents support every sentence",
        Verdict::Quoted => "quoted: the documents' own words",
        Verdict::NotAnswered => "the documents do not answer this",
    };
    output::line(format!(
        "({verdict}; {:.1} s)",
        converse::total_seconds(&answer.timings)
    ))
}
