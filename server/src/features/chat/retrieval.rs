//! The extension field `retrieval`: answers from the documents, checked against them.

use garde::Validate;
use locutor::{
    converse::{Answer, Citation, Grounding, Timing},
    retrieve::{Filter, Hit, Ranking},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How to find passages; `{}` takes all defaults.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an object such as {\"limit\": 5}, or {}"
)]
pub struct RetrievalRequest {
    /// Most passages to consider.
    #[serde(default = "default_limit")]
    #[garde(range(min = 1, max = 20))]
    #[schema(default = 5, minimum = 1, maximum = 20)]
    pub limit: usize,
    /// `dense`, `sparse`, `{"reciprocal_rank": {"k": 60}}` or `{"convex": {"dense_weight": 0.5}}`;
    /// absent: reciprocal rank fusion of both.
    #[garde(skip)]
    #[schema(value_type = Option<Object>)]
    pub ranking: Option<Ranking>,
    /// Only these documents; empty: all.
    #[serde(default)]
    #[garde(length(max = 100))]
    #[schema(value_type = Vec<String>)]
    pub documents: Vec<Uuid>,
    /// Only documents with at least one of these tags; empty: all.
    #[serde(default)]
    #[garde(length(max = 100))]
    pub tags: Vec<String>,
}

fn default_limit() -> usize {
    5
}

impl RetrievalRequest {
    /// Which chunks may be found, among those of the caller's organisation.
    pub fn filter(&self) -> Filter {
        Filter {
            tenant: None,
            documents: self.documents.clone(),
            tags: self.tags.clone(),
        }
    }
}

/// A passage that was considered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PassageReply {
    /// The document.
    #[schema(value_type = String, format = "uuid")]
    document: Uuid,
    /// What to cite it by.
    title: String,
    /// Headings above the passage, outermost first.
    #[serde(skip_serializing_if = "Option::is_none")]
    heading: Option<String>,
    /// Position of the passage in its document, from 0.
    ordinal: u32,
    /// The text.
    text: String,
    /// Byte offset in the document's text where it starts.
    start: usize,
    /// Byte offset just past its end.
    end: usize,
    /// Labels of the document.
    tags: Vec<String>,
    /// Higher is better; comparable within one request only.
    score: f32,
}

/// Where a reply comes from; part of the reply when `retrieval` was asked for.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RetrievalReply {
    /// Passages that were considered, best first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passages: Option<Vec<PassageReply>>,
    /// Sentences of the documents that the reply rests on: `passage` (index into `passages`),
    /// `document`, `title`, `start` and `end` (byte offsets), `quote`, `score`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    pub citations: Option<Vec<Citation>>,
    /// `verdict` (`grounded`: the model's words, supported by the passages; `quoted`: the passages'
    /// own words; `not_answered`: the documents do not answer) and its `evidence` per sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub grounding: Option<Grounding>,
    /// Seconds per stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    pub timings: Option<Vec<Timing>>,
}

impl RetrievalReply {
    /// What was found, before the answer is known.
    pub fn found(hits: Vec<Hit>) -> Self {
        Self {
            passages: Some(hits.into_iter().map(PassageReply::from).collect()),
            ..Self::default()
        }
    }

    /// The whole outcome.
    pub fn answered(answer: Answer) -> Self {
        Self {
            citations: Some(answer.citations),
            grounding: Some(answer.grounding),
            timings: Some(answer.timings),
            ..Self::found(answer.passages)
        }
    }
}

impl From<Hit> for PassageReply {
    fn from(hit: Hit) -> Self {
        let passage = hit.passage;
        Self {
            document: passage.document,
            title: passage.title,
            heading: passage.heading,
            ordinal: passage.ordinal,
            text: passage.text,
            start: passage.start,
            end: passage.end,
            tags: passage.tags,
            score: hit.score,
        }
    }
}
