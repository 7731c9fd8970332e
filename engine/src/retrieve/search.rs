//! What both stores do with a query: check it, ask for candidates, join them, fetch the winners.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    Filter, Hit, Passage, Point, Query, Ranking, bm25,
    bm25::SparseVector,
    fusion::{Candidate, convex, reciprocal_rank},
};
use crate::{Error, Result, text::Analyzer};

/// Most hits of one query.
const MOST_HITS: usize = 1_000;

/// Candidates to take from each ranking before they are joined: enough that a chunk which is
/// good in both is seen in both.
const CANDIDATES: usize = 100;

/// What a store must be able to do for [`search`].
pub(super) trait Candidates {
    /// Nearest by cosine similarity, best first.
    fn dense(&self, vector: &[f32], filter: &Filter, limit: usize) -> Result<Vec<Candidate>>;

    /// Best by the dot product with inverse document frequencies, best first.
    fn sparse(
        &self,
        vector: &SparseVector,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Candidate>>;

    /// The chunks of these ids, as far as they still exist.
    fn passages(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Passage>>;
}

/// Answers a query.
pub(super) fn search(
    store: &impl Candidates,
    query: &Query<'_>,
    dimensions: usize,
    analyzer: &Analyzer,
) -> Result<Vec<Hit>> {
    check_ranking(query.ranking)?;
    if query.ranking != Ranking::Sparse {
        check_vector(query.vector, dimensions)?;
    }
    let limit = query.limit.min(MOST_HITS);
    if limit == 0 {
        return Ok(Vec::new());
    }
    let dense = |limit| store.dense(query.vector, &query.filter, limit);
    let sparse = |limit| {
        let terms = bm25::question(analyzer, query.text);
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        store.sparse(&terms, &query.filter, limit)
    };
    let wide = CANDIDATES.max(2 * limit);
    let mut ranking = match query.ranking {
        Ranking::Dense => dense(limit)?,
        Ranking::Sparse => sparse(limit)?,
        Ranking::ReciprocalRank { k } => reciprocal_rank([&dense(wide)?, &sparse(wide)?], k),
        Ranking::Convex { dense_weight } => convex(&dense(wide)?, &sparse(wide)?, dense_weight),
    };
    ranking.truncate(limit);
    hits(store, &ranking)
}

fn hits(store: &impl Candidates, ranking: &[Candidate]) -> Result<Vec<Hit>> {
    let ids: Vec<Uuid> = ranking.iter().map(|candidate| candidate.id).collect();
    let mut passages = store.passages(&ids)?;
    Ok(ranking
        .iter()
        .filter_map(|candidate| {
            Some(Hit {
                id: candidate.id,
                score: candidate.score,
                passage: passages.remove(&candidate.id)?,
            })
        })
        .collect())
}

/// Refuses a batch of which any vector does not fit; gives the points with the last of each id.
pub(super) fn checked(points: &[Point], dimensions: usize) -> Result<Vec<&Point>> {
    let mut last = HashMap::new();
    for (index, point) in points.iter().enumerate() {
        check_vector(&point.vector, dimensions)?;
        last.insert(point.id, index);
    }
    let points = points.iter().enumerate();
    Ok(points
        .filter(|(index, point)| last.get(&point.id) == Some(index))
        .map(|(_, point)| point)
        .collect())
}

fn check_vector(vector: &[f32], dimensions: usize) -> Result<()> {
    if vector.len() != dimensions {
        let message = format!(
            "has {} values, the store holds vectors of {dimensions}; embed with the model that \
             the store was made for, or build a new store",
            vector.len()
        );
        return Err(Error::invalid("vector", message));
    }
    if vector.iter().all(|value| value.is_finite()) {
        Ok(())
    } else {
        Err(Error::invalid("vector", "has a value that is not a number"))
    }
}

fn check_ranking(ranking: Ranking) -> Result<()> {
    match ranking {
        Ranking::Convex { dense_weight } if !(0.0..=1.0).contains(&dense_weight) => {
            let message = format!("is {dense_weight}; it must be between 0 and 1");
            Err(Error::invalid("dense_weight", message))
        }
        _ => Ok(()),
    }
}
