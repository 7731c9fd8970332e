//! Replies in a form: before each choice, the tokens lose their chance after which the text could
//! no longer become what the form asks for.
//!
//! form -> JSON Schema -> `bounds` -> grammar -> [`Constraint`], which follows the tokens of one
//! reply. The grammar and its parser over a trie of the vocabulary (`tokens`) are llguidance's.

mod bounds;
mod growth;
mod keywords;
#[cfg(test)]
mod tests;
mod tokens;

use std::{
    sync::{Arc, OnceLock},
    thread,
};

use llguidance::{Matcher, ParserFactory, api::TopLevelGrammar, toktrie::InferenceCapabilities};
use serde_json::{Map, Value, json};

use super::{ResponseFormat, tokenizer::Vocabulary};
use crate::{Error, Result};
use tokens::Tokens;

/// Compiling recurses as deep as a schema's references lead.
const STACK_BYTES: usize = 64 << 20;
/// Expressions that are made of a schema's; one of 64 KiB needs a quarter of them.
const MOST_LEXER_WORK: u64 = 200_000;
/// Of the parser; each takes up to 2 KB.
const MOST_LEXER_STATES: usize = 50_000;
/// Characters of a reason.
const MOST_REASON: usize = 300;

/// What all replies of a model in a form have in common; made when the first one is asked for,
/// since the trie takes a while and some megabytes.
#[derive(Default)]
pub(super) struct Constraints(OnceLock<Result<ParserFactory, String>>);

impl Constraints {
    /// What keeps a reply in the form; `None` where it may be any text.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] that says what of the schema cannot be kept.
    pub(super) fn constraint(
        &self,
        format: &ResponseFormat,
        vocabulary: &Vocabulary,
    ) -> Result<Option<Constraint>> {
        let schema = match format {
            ResponseFormat::Text => return Ok(None),
            ResponseFormat::JsonObject => json!({"type": "object"}),
            ResponseFormat::JsonSchema(schema) => schema.clone(),
        };
        let factory = self.0.get_or_init(|| factory(vocabulary));
        let factory = factory.as_ref().map_err(failed)?;
        let matcher = compile(factory, schema)?;
        Ok(Some(Constraint { matcher }))
    }
}

/// Keeps one reply in its form.
pub(super) struct Constraint {
    matcher: Matcher,
}

impl Constraint {
    /// Takes their chance from tokens that cannot come next.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] when no token can, or when to tell which takes too much work.
    pub(super) fn narrow(&mut self, scores: &mut [f32]) -> Result<()> {
        let allowed = self.matcher.compute_mask_or_eos().map_err(refused)?;
        let tokens = allowed.len().min(scores.len());
        scores[tokens..].fill(f32::NEG_INFINITY);
        allowed.iter_unset_entries(|token| {
            if let Some(score) = scores.get_mut(token) {
                *score = f32::NEG_INFINITY;
            }
        });
        Ok(())
    }

    /// Follows the reply; tells whether it is whole, so that nothing can come after the token.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] when the token cannot come next, or when going on takes too much
    /// work.
    pub(super) fn take(&mut self, token: u32) -> Result<bool> {
        self.matcher.consume_token(token).map_err(refused)?;
        Ok(self.matcher.is_stopped())
    }

    /// The next tokens where the form leaves no choice, as the model's tokenizer would write them.
    pub(super) fn forced(&mut self) -> Vec<u32> {
        self.matcher.compute_ff_tokens()
    }
}

fn factory(vocabulary: &Vocabulary) -> Result<ParserFactory, String> {
    let tokens = Arc::new(Tokens::new(vocabulary));
    let capabilities = InferenceCapabilities {
        ff_tokens: true,
        ..InferenceCapabilities::default()
    };
    let slices = llguidance::earley::SlicedBiasComputer::json_slices();
    let mut factory = ParserFactory::new(&(tokens as _), capabilities, &slices)
        .map_err(|error| error.to_string())?;
    factory.quiet();
    let limits = factory.limits_mut();
    limits.max_lexer_states = MOST_LEXER_STATES;
    limits.verbose_errors = false;
    limits.initial_lexer_fuel = MOST_LEXER_WORK;
    Ok(factory)
}

/// Compiles on a stack of its own; whatever breaks there is the schema's fault.
fn compile(factory: &ParserFactory, schema: Value) -> Result<Matcher> {
    let work = move || {
        let schema = prepared(schema)?;
        let grammar = TopLevelGrammar::from_json_schema(schema);
        let parser = factory.create_parser(grammar);
        let matcher = Matcher::new(parser);
        matcher.get_error().map_or(Ok(matcher), Err)
    };
    let outcome = thread::scope(|scope| {
        let builder = thread::Builder::new().name("locutor-schema".into());
        let worker = builder.stack_size(STACK_BYTES).spawn_scoped(scope, work);
        worker.map(thread::ScopedJoinHandle::join)
    });
    let compiled = outcome.map_err(failed)?;
    compiled
        .unwrap_or_else(|_| Err("it is not understood".into()))
        .map_err(refused)
}

/// The schema with how it is to be written: on one line, a space after commas and colons. (Where
/// white space is free, small models write nothing else.)
fn prepared(schema: Value) -> Result<Value, String> {
    bounds::check(&schema)?;
    let mut keywords = match schema {
        Value::Object(keywords) => keywords,
        Value::Bool(true) => Map::new(),
        Value::Bool(false) => return Err("nothing fits `false`".into()),
        _ => return Err("it is no object".into()),
    };
    let writing = json!({
        "whitespace_flexible": false,
        "item_separator": ", ",
        "key_separator": ": ",
        "coerce_one_of": true,
    });
    keywords.insert("x-guidance".into(), writing);
    Ok(Value::Object(keywords))
}

fn refused(reason: impl std::fmt::Display) -> Error {
    let reason = reason.to_string();
    // A panic inside comes with the whole stack, an expression with all of itself.
    let reason = reason.split("\n<").next().unwrap_or_default();
    let words: String = reason
        .split_whitespace()
        .flat_map(|word| [word, " "])
        .collect();
    let short: String = words.trim_end().chars().take(MOST_REASON).collect();
    Error::invalid(
        "response_format",
        format!("has a schema that cannot be kept: {short}"),
    )
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::backend("llguidance", error)
}
