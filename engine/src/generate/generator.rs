//! [`GgufGenerator`]: the loop from prompt to text.

use std::{path::Path, sync::Arc};

use super::{
    Continue, Generation, Generator, Message, Options, Piece,
    candle::CandleNetwork,
    constraint::Constraints,
    gguf::Gguf,
    lookup::{self, Lookup},
    metadata::{Metadata, damaged},
    model::{Model, Reading},
    network::Network,
    sampling::Sampler,
    template::Template,
    tokenizer::{Vocabulary, failed as tokenizer_failed},
    writer::Writer,
};
use crate::{
    Cancellation, Error, Result,
    engine::{Device, LoadSettings},
};

/// A language model from one GGUF file: Llama or Qwen2. Our kernels run it on a processor, candle
/// on a GPU.
pub struct GgufGenerator {
    model: Box<dyn Model>,
    vocabulary: Vocabulary,
    constraints: Constraints,
    template: Template,
}

impl GgufGenerator {
    /// Loads the file. Every byte should have been verified before.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be opened, [`Error::Backend`] when its header lacks
    /// something or names an architecture, vocabulary or pre-tokenizer that is not supported.
    pub fn load(path: &Path, settings: &LoadSettings) -> Result<Self> {
        let file = Gguf::open(path)?;
        let metadata = Metadata(&file.metadata);
        let vocabulary = Vocabulary::read(&metadata)?;
        let template = Template::new(
            metadata.text("tokenizer.chat_template")?,
            vocabulary.control.clone(),
            vocabulary.begin.clone(),
            vocabulary.end.clone(),
        )?;
        let model: Box<dyn Model> = match settings.device {
            Device::Cpu => Box::new(Network::read(file, Arc::clone(&settings.pool))?),
            other => Box::new(CandleNetwork::load(path, &metadata, other.candle()?)?),
        };
        Ok(Self {
            model,
            vocabulary,
            constraints: Constraints::default(),
            template,
        })
    }

    /// Tokens of the whole prompt.
    fn prompt(&self, messages: &[Message]) -> Result<Vec<u32>> {
        if messages.is_empty() {
            return Err(Error::invalid("messages", "is empty; give at least one"));
        }
        let text = self.template.render(messages)?;
        let encoding = self
            .vocabulary
            .tokenizer
            .encode(text, false)
            .map_err(tokenizer_failed)?;
        // Some templates write the first token themselves.
        let prefix = self
            .vocabulary
            .prefix
            .filter(|prefix| encoding.get_ids().first() != Some(prefix));
        let tokens: Vec<u32> = prefix
            .into_iter()
            .chain(encoding.get_ids().iter().copied())
            .collect();
        if tokens.is_empty() {
            return Err(damaged("the chat template made an empty prompt"));
        }
        if tokens.len() >= self.model.context() {
            return Err(Error::invalid(
                "messages",
                format!(
                    "take {} tokens, but the model reads at most {} with its reply; shorten them",
                    tokens.len(),
                    self.model.context()
                ),
            ));
        }
        Ok(tokens)
    }

    /// A number that is no token would be passed over in silence.
    fn check_biases(&self, options: &Options) -> Result<()> {
        let tokenizer = &self.vocabulary.tokenizer;
        let mut tokens = options.logit_bias.keys();
        match tokens.find(|token| tokenizer.id_to_token(**token).is_none()) {
            Some(token) => Err(Error::invalid(
                "logit_bias",
                format!("names the token {token}, which the model does not have"),
            )),
            None => Ok(()),
        }
    }
}

impl Generator for GgufGenerator {
    fn context_window(&self) -> usize {
        self.model.context()
    }

    fn count_tokens(&self, text: &str) -> Result<usize> {
        let encoding = self
            .vocabulary
            .tokenizer
            .encode(text, false)
            .map_err(tokenizer_failed)?;
        Ok(encoding.len())
    }

    fn generate(
        &self,
        messages: &[Message],
        options: &Options,
        on_piece: &mut dyn FnMut(Piece<'_>) -> Continue,
        cancellation: &Cancellation,
    ) -> Result<Generation> {
        if options.max_tokens == 0 {
            return Err(Error::invalid("max_tokens", "is 0; ask for at least 1"));
        }
        let format = &options.response_format;
        let constraint = self.constraints.constraint(format, &self.vocabulary)?;
        let mut sampler = Sampler::new(options, constraint)?;
        self.check_biases(options)?;
        let prompt = self.prompt(messages)?;
        sampler.read(&prompt);
        let room = self.model.context() - prompt.len();
        let writer = Writer::new(&self.vocabulary, options, room, on_piece)?;
        let run = Run {
            reading: self.model.begin(cancellation)?,
            sampler,
            lookup: options.guess.then(Lookup::default),
            writer,
            cancellation,
        };
        run.complete(prompt)
    }
}

/// One generation.
struct Run<'a> {
    reading: Box<dyn Reading + 'a>,
    sampler: Sampler,
    /// `None` where nothing is guessed.
    lookup: Option<Lookup>,
    writer: Writer<'a>,
    cancellation: &'a Cancellation,
}

impl Run<'_> {
    /// Reads the prompt and writes what follows.
    fn complete(mut self, prompt: Vec<u32>) -> Result<Generation> {
        let prompt_tokens = prompt.len();
        let mut tokens = prompt;
        let mut read = 0;
        let finish_reason = loop {
            // The token after the guesses is chosen too.
            let most = self.writer.left().saturating_sub(1);
            let forced = self.forced(most);
            let draft = match &self.lookup {
                _ if !forced.is_empty() => &forced,
                // What follows a prompt is rarely what followed its last words before.
                Some(lookup) if read > 0 => lookup.draft(&tokens, most),
                _ => &[],
            };
            let (mut chosen, mut outcome) = (Vec::new(), Ok(None));
            let (sampler, writer) = (&mut self.sampler, &mut self.writer);
            let mut choose = |scores: &mut [f32]| {
                let choice = match sampler.choose(scores) {
                    Ok(choice) => choice,
                    Err(error) => {
                        outcome = Err(error);
                        return None;
                    }
                };
                let token = choice.token;
                outcome = writer.take(choice);
                chosen.push(token);
                matches!(outcome, Ok(None)).then_some(token)
            };
            self.reading
                .read(&tokens[read..], draft, &mut choose, self.cancellation)?;
            if let Some(reason) = outcome? {
                break reason;
            }
            let guesses = if forced.is_empty() { draft.len() } else { 0 };
            if let Some(lookup) = &mut self.lookup {
                lookup.learn(guesses, chosen.len().saturating_sub(1));
            }
            tokens.append(&mut chosen);
            read = tokens.len() - 1;
        };
        let prompt_tokens = (prompt_tokens, self.reading.cached());
        Ok(self.writer.generation(prompt_tokens, finish_reason))
    }

    /// What the reply's form leaves no choice about, which is the surest guess.
    fn forced(&mut self, most: usize) -> Vec<u32> {
        if self.lookup.is_none() {
            return Vec::new();
        }
        let mut forced = self.sampler.forced();
        forced.truncate(most.min(lookup::MOST));
        forced
    }
}
