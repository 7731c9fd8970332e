//! The passages as sentences, with all that the checks compare.

use super::words::Words;
use crate::{Cancellation, Result, embed::Embedder, retrieve::Hit, text};

/// Most sentences to read, over all passages: bounds the time a question can take.
const MAX_SENTENCES: usize = 96;

/// One sentence of a passage.
pub(in crate::converse) struct Source {
    /// Index of its passage among the hits.
    pub(in crate::converse) passage: usize,
    /// Byte range in the passage's text.
    pub(in crate::converse) range: std::ops::Range<usize>,
    /// The sentence, on one line.
    pub(in crate::converse) text: String,
    /// Vector of the sentence under its heading.
    pub(super) vector: Vec<f32>,
    /// Its own words.
    pub(super) words: Words,
    /// Words of its title and heading.
    pub(super) context: Words,
}

/// The sentences of all hits, passage by passage.
pub(in crate::converse) struct Sources {
    pub(in crate::converse) sentences: Vec<Source>,
}

impl Sources {
    /// Splits and embeds the hits.
    pub(in crate::converse) fn read(
        hits: &[Hit],
        embedder: &dyn Embedder,
        cancellation: &Cancellation,
    ) -> Result<Self> {
        let mut sentences = Vec::new();
        for (passage, hit) in hits.iter().enumerate() {
            let heading = hit.passage.heading.as_deref().unwrap_or(&hit.passage.title);
            let context = Words::of(&format!("{} {heading}", hit.passage.title));
            let ranges = text::sentences(&hit.passage.text).into_iter();
            sentences.extend(ranges.map(|range| {
                let text = on_one_line(&hit.passage.text[range.clone()]);
                (
                    heading,
                    Source {
                        passage,
                        range,
                        vector: Vec::new(),
                        words: Words::of(&text),
                        context: context.clone(),
                        text,
                    },
                )
            }));
        }
        sentences.truncate(MAX_SENTENCES);
        let texts: Vec<String> = sentences
            .iter()
            .map(|(heading, sentence)| format!("{heading}: {}", sentence.text))
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let embeddings = embedder.embed(&texts, cancellation)?;
        let sentences = sentences.into_iter().zip(embeddings);
        Ok(Self {
            sentences: sentences
                .map(|((_, sentence), embedding)| Source {
                    vector: embedding.vector,
                    ..sentence
                })
                .collect(),
        })
    }

    /// Words of a sentence and of its headings: what a claim may rest on.
    pub(super) fn support(&self, index: usize) -> Words {
        let mut words = self.sentences[index].words.clone();
        words.extend(&self.sentences[index].context);
        words
    }

    /// Words of a sentence, of its neighbours in the passage and of its headings.
    pub(super) fn window(&self, index: usize) -> Words {
        let mut words = self.support(index);
        for neighbour in [index.checked_sub(1), Some(index + 1)]
            .into_iter()
            .flatten()
        {
            let neighbour = self.sentences.get(neighbour);
            if let Some(other) = neighbour.filter(|s| s.passage == self.sentences[index].passage) {
                words.extend(&other.words);
            }
        }
        words
    }
}

/// The text with every run of white space as one space.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cosine similarity of unit vectors.
pub(super) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
