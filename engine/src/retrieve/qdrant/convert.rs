//! Our types to those of the Qdrant client and back.

use std::collections::HashMap;

use qdrant_client::{
    Payload,
    qdrant::{
        Condition, NamedVectors, PointId, PointStruct, Query, Value, Vector, VectorInput,
        point_id::PointIdOptions,
    },
};
use uuid::Uuid;

use crate::{
    Error, Result,
    retrieve::{
        Filter, Passage, Point,
        bm25::{self, SparseVector},
        schema::{DENSE, DOCUMENT, TAGS, TENANT, TERMS},
    },
    text::Analyzer,
};

pub(super) fn point(point: &Point, analyzer: &Analyzer) -> Result<PointStruct> {
    let terms = bm25::document(analyzer, &point.passage.text_with_heading());
    let vectors = NamedVectors::default()
        .add_vector(DENSE, point.vector.clone())
        .add_vector(TERMS, Vector::new_sparse(terms.indices, terms.values));
    let payload = serde_json::to_value(&point.passage).map_err(Error::store)?;
    let payload = Payload::try_from(payload).map_err(Error::store)?;
    Ok(PointStruct::new(point.id.to_string(), vectors, payload))
}

pub(super) fn dense_query(vector: &[f32]) -> Query {
    Query::new_nearest(vector.to_vec())
}

pub(super) fn sparse_query(vector: &SparseVector) -> Query {
    let input = VectorInput::new_sparse(vector.indices.clone(), vector.values.clone());
    Query::new_nearest(input)
}

pub(super) fn passage(payload: HashMap<String, Value>) -> Result<Passage> {
    let payload = serde_json::Value::from(Payload::from(payload));
    serde_json::from_value(payload).map_err(|error| {
        let message = format!("a stored chunk is unreadable: {error}; ingest its document again");
        Error::store(message)
    })
}

pub(super) fn id(id: Option<PointId>) -> Result<Uuid> {
    match id.and_then(|id| id.point_id_options) {
        Some(PointIdOptions::Uuid(text)) => text.parse().map_err(Error::store),
        other => Err(Error::store(format!(
            "point {other:?} was not written by this program"
        ))),
    }
}

/// The same condition in Qdrant's terms; `None` when nothing is restricted.
pub(super) fn to_filter(filter: &Filter) -> Option<qdrant_client::qdrant::Filter> {
    let documents: Vec<String> = filter.documents.iter().map(Uuid::to_string).collect();
    let tenant: Vec<String> = filter.tenant.iter().map(Uuid::to_string).collect();
    let restrictions = [
        (TENANT, tenant),
        (DOCUMENT, documents),
        (TAGS, filter.tags.clone()),
    ];
    let conditions: Vec<Condition> = restrictions
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(field, values)| Condition::matches(field, values))
        .collect();
    (!conditions.is_empty()).then(|| qdrant_client::qdrant::Filter::must(conditions))
}
