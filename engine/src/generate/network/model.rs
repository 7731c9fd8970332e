//! The network as a [`Model`].

use super::{Network, Sequence, Span, Workspace};
use crate::{
    Cancellation, Error, Result,
    generate::model::{Model, Reading},
};

/// Most tokens between two looks at the cancellation, and the rows for which there is room: enough
/// for the products to be limited by arithmetic.
const CHUNK: usize = 128;

impl Model for Network {
    fn context(&self) -> usize {
        self.config.context
    }

    fn begin(&self, cancellation: &Cancellation) -> Result<Box<dyn Reading + '_>> {
        cancellation.check()?;
        Ok(Box::new(NetworkReading {
            network: self,
            sequence: self.sequence(),
            workspace: Workspace::default(),
        }))
    }
}

struct NetworkReading<'a> {
    network: &'a Network,
    sequence: Sequence,
    workspace: Workspace,
}

impl Reading for NetworkReading<'_> {
    fn read(&mut self, tokens: &[u32], cancellation: &Cancellation) -> Result<&[f32]> {
        let vocabulary = self.network.vocabulary();
        if let Some(foreign) = tokens.iter().find(|token| **token as usize >= vocabulary) {
            return Err(Error::backend(
                "gguf",
                format!("the token {foreign} has no weights; there are {vocabulary}"),
            ));
        }
        let mut chunks = tokens.chunks(CHUNK).peekable();
        while let Some(chunk) = chunks.next() {
            cancellation.check()?;
            let scored = usize::from(chunks.peek().is_none());
            let mut span = [Span {
                sequence: &mut self.sequence,
                tokens: chunk,
                scored,
            }];
            self.network.forward(&mut span, &mut self.workspace);
        }
        Ok(&self.workspace.scores)
    }
}
