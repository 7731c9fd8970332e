//! The work on the engine's thread.

use locutor::{
    Cancellation, Engine, Result,
    converse::{self, Answer, Event, Question, Settings},
    generate::{Continue, FinishReason, Message, Options, Piece, Role, TokenLogprobs},
    retrieve::Hit,
};

use tokio::runtime::Handle;
use uuid::Uuid;

use super::request::Checked;
use crate::{bridge::Sender, features::documents::PassageSearch};

/// What the work reports, in this order: passages (with retrieval), text, the outcome.
#[derive(Debug)]
pub enum Progress {
    /// What was found.
    Passages(Vec<Hit>),
    /// More of the reply, and its tokens where the request asks how likely they were.
    Text(String, Vec<TokenLogprobs>),
    /// The end.
    Done(Box<Outcome>),
}

/// How the work ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Tokens read.
    pub prompt_tokens: usize,
    /// Of these, those that were read before.
    pub cached_tokens: usize,
    /// Tokens written.
    pub completion_tokens: usize,
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// The tokens of the whole text, where the request asks how likely they were.
    pub logprobs: Option<Vec<TokenLogprobs>>,
    /// With retrieval: the answer.
    pub answer: Option<Answer>,
}

/// Continues the conversation.
pub fn write(
    engine: &Engine,
    model: &str,
    request: &Checked,
    cancellation: &Cancellation,
    progress: &Sender<Progress>,
) -> Result<()> {
    let generator = engine.generator(Some(model))?;
    let mut gone = Ok(());
    let mut on_piece = |piece: Piece<'_>| {
        let text = Progress::Text(piece.text.to_owned(), piece.logprobs.to_vec());
        match progress.send(text) {
            Ok(()) => Continue::Continue(()),
            Err(error) => {
                gone = Err(error);
                Continue::Break(())
            }
        }
    };
    let generation = generator.generate(
        &request.messages,
        &request.options,
        &mut on_piece,
        cancellation,
    )?;
    gone?;
    progress.send(Progress::Done(Box::new(Outcome {
        prompt_tokens: generation.prompt_tokens,
        cached_tokens: generation.cached_tokens,
        completion_tokens: generation.completion_tokens,
        finish_reason: generation.finish_reason,
        logprobs: generation.logprobs,
        answer: None,
    })))
}

/// Answers the last message from an organisation's documents.
pub fn answer(
    engine: &Engine,
    passages: &(PassageSearch, Handle, Uuid),
    question: &Question,
    cancellation: &Cancellation,
    progress: &Sender<Progress>,
) -> Result<()> {
    let (search, runtime, organisation) = passages;
    let store = search.open(engine, runtime.clone(), *organisation)?;
    let mut on_event = |event: Event| {
        let sent = match event {
            Event::Passages(hits) => progress.send(Progress::Passages(hits)),
            Event::Text(text) => progress.send(Progress::Text(text, Vec::new())),
            // The verdict comes again with the outcome.
            _ => Ok(()),
        };
        if sent.is_err() {
            cancellation.cancel();
        }
    };
    let answer = converse::ask(engine, &store, question, &mut on_event, cancellation)?;
    progress.send(Progress::Done(Box::new(Outcome {
        prompt_tokens: answer.usage.prompt_tokens,
        cached_tokens: answer.usage.cached_tokens,
        completion_tokens: answer.usage.completion_tokens,
        finish_reason: answer.finish_reason,
        logprobs: None,
        answer: Some(answer),
    })))
}

/// The question that a conversation ends with; `None` when it asks for no retrieval.
pub fn question(request: &Checked, model: &str) -> Option<Question> {
    let retrieval = request.retrieval.as_ref()?;
    let (last, earlier) = request.messages.split_last()?;
    let of_role =
        |wanted: fn(&Message) -> bool| earlier.iter().filter(move |message| wanted(message));
    let instructions: Vec<&str> = of_role(|message| message.role == Role::System)
        .map(|message| message.content.as_str())
        .collect();
    let defaults = Settings::default();
    Some(Question {
        text: last.content.clone(),
        history: of_role(|message| message.role != Role::System)
            .cloned()
            .collect(),
        settings: Settings {
            limit: retrieval.limit,
            ranking: retrieval.ranking.unwrap_or(defaults.ranking),
            filter: retrieval.filter(),
            generator: Some(model.to_owned()),
            embedder: None,
            instructions: Some(instructions.join("\n")).filter(|text| !text.is_empty()),
            writing: Options {
                max_tokens: if request.limited {
                    request.options.max_tokens
                } else {
                    defaults.writing.max_tokens
                },
                ..request.options.clone()
            },
        },
    })
}
