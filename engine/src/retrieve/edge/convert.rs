//! Our types to Qdrant's and back.

use qdrant_edge::{
    AnyVariants, Condition, FieldCondition, JsonPath, Match, MatchAny, NamedQuery, Payload,
    PointId, PointStruct, PointStructPersisted, Vector, VectorInternal, Vectors,
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

pub(super) fn point(point: &Point, analyzer: &Analyzer) -> Result<PointStructPersisted> {
    let terms = bm25::document(analyzer, &point.passage.text_with_heading());
    let vectors = Vectors::new_named([
        (DENSE, Vector::new_dense(point.vector.clone())),
        (TERMS, Vector(sparse(&terms)?)),
    ]);
    // A struct serialises to an object, which is all that `PointStruct::new` accepts.
    let payload = serde_json::to_value(&point.passage).map_err(Error::store)?;
    Ok(PointStruct::new(PointId::Uuid(point.id), vectors, payload).into())
}

pub(super) fn sparse(vector: &SparseVector) -> Result<VectorInternal> {
    Vector::new_sparse(vector.indices.clone(), vector.values.clone())
        .map(|vector| vector.0)
        .map_err(Error::store)
}

pub(super) fn named_query(
    name: &str,
    vector: impl Into<VectorInternal>,
) -> NamedQuery<VectorInternal> {
    NamedQuery::new(vector.into(), name)
}

pub(super) fn passage(payload: Option<Payload>) -> Result<Passage> {
    let payload = payload.unwrap_or_default().0;
    serde_json::from_value(payload.into_iter().collect()).map_err(|error| {
        let message = format!("a stored chunk is unreadable: {error}; ingest its document again");
        Error::store(message)
    })
}

pub(super) fn id(id: PointId) -> Result<Uuid> {
    match id {
        PointId::Uuid(id) => Ok(id),
        PointId::NumId(number) => Err(Error::store(format!(
            "point {number} was not written by this program"
        ))),
    }
}

/// The same condition in Qdrant's terms; `None` when nothing is restricted.
pub(super) fn to_filter(filter: &Filter) -> Result<Option<qdrant_edge::Filter>> {
    let documents = filter.documents.iter().map(Uuid::to_string).collect();
    let tenant = filter.tenant.iter().map(Uuid::to_string).collect();
    let restrictions = [
        any(TENANT, tenant)?,
        any(DOCUMENT, documents)?,
        any(TAGS, filter.tags.clone())?,
    ];
    let conditions: Vec<Condition> = restrictions.into_iter().flatten().collect();
    Ok((!conditions.is_empty()).then(|| qdrant_edge::Filter {
        must: Some(conditions),
        ..qdrant_edge::Filter::default()
    }))
}

fn any(field: &str, values: Vec<String>) -> Result<Option<Condition>> {
    if values.is_empty() {
        return Ok(None);
    }
    let any = AnyVariants::Strings(values.into_iter().collect());
    let condition = FieldCondition::new_match(path(field)?, Match::Any(MatchAny { any }));
    Ok(Some(Condition::Field(condition)))
}

pub(super) fn path(field: &str) -> Result<JsonPath> {
    JsonPath::try_from(field).map_err(|()| Error::store(format!("`{field}` is no field name")))
}
