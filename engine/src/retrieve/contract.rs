//! What every [`VectorStore`] must do, run against each implementation and compared with a plain
//! list in memory.

use std::collections::BTreeMap;

use proptest::{prelude::*, test_runner::TestRunner};
use uuid::Uuid;

use super::{Filter, Passage, Point, Query, Ranking, VectorStore};
use crate::Error;

/// Length of the vectors that the suite writes.
pub(super) const DIMENSIONS: usize = 4;

const DENSE: Ranking = Ranking::Dense;
const HYBRID: [Ranking; 2] = [
    Ranking::ReciprocalRank { k: 60 },
    Ranking::Convex { dense_weight: 0.5 },
];

/// Runs the whole suite against an empty store.
pub(super) fn run(store: &dyn VectorStore) {
    an_empty_store_finds_nothing(store);
    chunks_are_found_by_meaning_and_by_words(store);
    the_same_id_replaces(store);
    filters_restrict_every_ranking(store);
    a_document_is_deleted_whole(store);
    unusable_requests_are_refused(store);
    it_agrees_with_a_plain_list(store);
    store.clear().unwrap();
    assert_eq!(store.count().unwrap(), 0);
}

/// A chunk of document `document`.
pub(super) fn point(id: u128, document: u128, vector: [f32; 4], text: &str) -> Point {
    Point {
        id: Uuid::from_u128(id),
        vector: vector.to_vec(),
        passage: Passage {
            // Documents below 200 are one tenant's, the others another's.
            tenant: Some(Uuid::from_u128(document / 200)),
            document: Uuid::from_u128(document),
            title: format!("Document {document}"),
            heading: (id == 1).then(|| "Guide > Aerodynamics".to_owned()),
            ordinal: id as u32,
            text: text.to_owned(),
            start: 10,
            end: 10 + text.len(),
            tags: vec![format!("tag{}", id % 2), "all".to_owned()],
        },
    }
}

/// Ids of the hits of a query, best first.
pub(super) fn ids(
    store: &dyn VectorStore,
    text: &str,
    vector: &[f32],
    ranking: Ranking,
    filter: Filter,
) -> Vec<u128> {
    let query = Query {
        text,
        vector,
        ranking,
        filter,
        limit: 10,
    };
    let hits = store.search(&query).unwrap();
    assert!(hits.is_sorted_by(|a, b| a.score >= b.score), "{hits:?}");
    hits.iter().map(|hit| hit.id.as_u128()).collect()
}

fn all() -> Filter {
    Filter::default()
}

fn fill(store: &dyn VectorStore) {
    store.clear().unwrap();
    store
        .upsert(&[
            point(
                1,
                100,
                [1.0, 0.0, 0.0, 0.0],
                "The wing flutters at high speed.",
            ),
            point(2, 100, [0.8, 0.6, 0.0, 0.0], "Boundary layers are thin."),
            point(
                3,
                200,
                [0.0, 0.0, 1.0, 0.0],
                "Bread needs flour, water and salt.",
            ),
        ])
        .unwrap();
    assert_eq!(store.count().unwrap(), 3);
}

fn an_empty_store_finds_nothing(store: &dyn VectorStore) {
    store.clear().unwrap();
    assert_eq!(store.count().unwrap(), 0);
    for ranking in [DENSE, Ranking::Sparse, HYBRID[0], HYBRID[1]] {
        assert!(ids(store, "wing", &[1.0, 0.0, 0.0, 0.0], ranking, all()).is_empty());
    }
    store.delete_document(Uuid::from_u128(1)).unwrap();
    store.upsert(&[]).unwrap();
}

fn chunks_are_found_by_meaning_and_by_words(store: &dyn VectorStore) {
    fill(store);
    let near = [1.0, 0.1, 0.0, 0.0];
    assert_eq!(ids(store, "", &near, DENSE, all()), [1, 2, 3]);
    assert_eq!(
        ids(store, "fluttering wings", &[], Ranking::Sparse, all()),
        [1]
    );
    assert_eq!(
        ids(store, "aerodynamic", &[], Ranking::Sparse, all()),
        [1],
        "by its heading"
    );
    assert!(ids(store, "the of and", &[], Ranking::Sparse, all()).is_empty());
    for ranking in HYBRID {
        let found = ids(store, "flour and salt", &near, ranking, all());
        assert_eq!(found.len(), 3);
        assert!(
            found[..2].contains(&3) && found[..2].contains(&1),
            "{ranking:?}: {found:?}"
        );
    }
    let query = Query {
        text: "",
        vector: &near,
        ranking: DENSE,
        filter: all(),
        limit: 1,
    };
    let hits = store.search(&query).unwrap();
    assert_eq!(hits.len(), 1);
    assert_eq!(
        hits[0].passage,
        point(1, 100, near, "The wing flutters at high speed.").passage
    );
    assert!(
        (hits[0].score - 0.995).abs() < 1e-3,
        "a cosine: {}",
        hits[0].score
    );
    assert!(
        store
            .search(&Query { limit: 0, ..query })
            .unwrap()
            .is_empty()
    );
}

fn the_same_id_replaces(store: &dyn VectorStore) {
    fill(store);
    let last = point(1, 300, [0.0, 0.0, 0.0, 1.0], "Rain tomorrow.");
    let first = point(1, 300, [0.0, 1.0, 0.0, 0.0], "Snow.");
    store.upsert(&[first, last]).unwrap();
    assert_eq!(store.count().unwrap(), 3);
    assert_eq!(ids(store, "", &[0.0, 0.0, 0.0, 1.0], DENSE, all())[0], 1);
    assert_eq!(ids(store, "rain", &[], Ranking::Sparse, all()), [1]);
    assert!(ids(store, "flutter snow", &[], Ranking::Sparse, all()).is_empty());
}

fn filters_restrict_every_ranking(store: &dyn VectorStore) {
    fill(store);
    let near = [1.0, 0.1, 0.0, 0.0];
    let filter = |documents: &[u128], tags: &[&str]| Filter {
        tenant: None,
        documents: documents.iter().copied().map(Uuid::from_u128).collect(),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
    };
    for ranking in [DENSE, HYBRID[0], HYBRID[1]] {
        let found = |filter| {
            let mut found = ids(store, "wing layers flour", &near, ranking, filter);
            found.sort_unstable();
            found
        };
        assert_eq!(found(filter(&[100], &[])), [1, 2], "{ranking:?}");
        assert_eq!(found(filter(&[100, 200], &["tag1"])), [1, 3], "{ranking:?}");
        assert_eq!(found(filter(&[], &["tag0", "none"])), [2], "{ranking:?}");
        assert!(found(filter(&[999], &[])).is_empty());
        let tenant = |id, documents: &[u128]| Filter {
            tenant: Some(Uuid::from_u128(id)),
            ..filter(documents, &[])
        };
        assert_eq!(found(tenant(0, &[])), [1, 2], "{ranking:?}");
        assert_eq!(found(tenant(1, &[])), [3], "{ranking:?}");
        assert!(found(tenant(0, &[200])).is_empty(), "{ranking:?}");
        assert!(found(tenant(2, &[])).is_empty(), "{ranking:?}");
    }
    let found = ids(
        store,
        "wing flour",
        &[],
        Ranking::Sparse,
        filter(&[200], &[]),
    );
    assert_eq!(found, [3]);
}

fn a_document_is_deleted_whole(store: &dyn VectorStore) {
    fill(store);
    store.delete_document(Uuid::from_u128(100)).unwrap();
    assert_eq!(store.count().unwrap(), 1);
    assert_eq!(ids(store, "", &[1.0, 0.0, 0.0, 0.0], DENSE, all()), [3]);
    assert!(ids(store, "wing", &[], Ranking::Sparse, all()).is_empty());
    fill(store);
    assert_eq!(
        ids(store, "wing", &[], Ranking::Sparse, all()),
        [1],
        "and comes back"
    );
}

fn unusable_requests_are_refused(store: &dyn VectorStore) {
    fill(store);
    let refused = |result: crate::Result<()>, name: &str| match result {
        Err(Error::InvalidInput { parameter, .. }) => assert_eq!(parameter, name),
        other => panic!("{name}: {other:?}"),
    };
    let mut short = point(9, 9, [0.0; 4], "x");
    short.vector.pop();
    let good = point(8, 8, [1.0, 0.0, 0.0, 0.0], "y");
    refused(store.upsert(&[good, short]), "vector");
    assert_eq!(
        store.count().unwrap(),
        3,
        "nothing of the batch was written"
    );
    refused(store.upsert(&[point(9, 9, [f32::NAN; 4], "x")]), "vector");
    let query = |vector, ranking| Query {
        text: "x",
        vector,
        ranking,
        filter: all(),
        limit: 5,
    };
    let search = |query: &Query<'_>| store.search(query).map(drop);
    refused(search(&query(&[1.0], DENSE)), "vector");
    let heavy = Ranking::Convex { dense_weight: 1.5 };
    refused(search(&query(&[1.0, 0.0, 0.0, 0.0], heavy)), "dense_weight");
}

/// Random writes and deletions, then every filter, against a brute-force model.
fn it_agrees_with_a_plain_list(store: &dyn VectorStore) {
    let vector = proptest::array::uniform4(-1.0_f32..1.0)
        .prop_filter("has a direction", |vector| {
            vector.iter().any(|value| value.abs() > 0.1)
        });
    let write = (
        0_u128..12,
        0_u128..4,
        vector.clone(),
        "[a-e]{3}( [a-e]{3}){0,4}",
    );
    let steps = proptest::collection::vec(
        prop_oneof![
            4 => proptest::collection::vec(write, 1..4).prop_map(Ok),
            1 => (0_u128..4).prop_map(Err),
        ],
        1..8,
    );
    let filter = (
        proptest::option::weighted(0.3, 0_u128..3),
        proptest::collection::vec(0_u128..5, 0..3),
        proptest::collection::vec("tag[0-2]", 0..2),
    );
    let config = ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    TestRunner::new(config)
        .run(
            &(steps, filter, vector),
            |(steps, (tenant, documents, tags), question)| {
                let tenant = tenant.map(Uuid::from_u128);
                store.clear().unwrap();
                let mut model = BTreeMap::new();
                for step in steps {
                    match step {
                        Ok(writes) => {
                            let points: Vec<Point> = writes
                                .iter()
                                .map(|(id, document, vector, text)| {
                                    point(*id, *document, *vector, text)
                                })
                                .collect();
                            store.upsert(&points).unwrap();
                            model.extend(points.into_iter().map(|point| (point.id, point)));
                        }
                        Err(document) => {
                            let document = Uuid::from_u128(document);
                            store.delete_document(document).unwrap();
                            model.retain(|_, point: &mut Point| point.passage.document != document);
                        }
                    }
                }
                let filter = Filter {
                    tenant,
                    documents: documents.into_iter().map(Uuid::from_u128).collect(),
                    tags,
                };
                prop_assert_eq!(store.count().unwrap(), model.len());
                let hits = store
                    .search(&Query {
                        text: "",
                        vector: &question,
                        ranking: DENSE,
                        filter: filter.clone(),
                        limit: 100,
                    })
                    .unwrap();
                let mut expected: Vec<(f32, &Point)> = model
                    .values()
                    .filter(|point| passes(&filter, &point.passage))
                    .map(|point| (cosine(&question, &point.vector), point))
                    .collect();
                expected.sort_by(|a, b| b.0.total_cmp(&a.0));
                prop_assert_eq!(hits.len(), expected.len());
                for (hit, (score, _)) in hits.iter().zip(&expected) {
                    prop_assert!((hit.score - score).abs() < 1e-4, "{} {}", hit.score, score);
                    prop_assert_eq!(&hit.passage, &model[&hit.id].passage);
                }
                Ok(())
            },
        )
        .unwrap();
}

fn passes(filter: &Filter, passage: &Passage) -> bool {
    let documents = &filter.documents;
    let tags = &filter.tags;
    (filter.tenant.is_none() || filter.tenant == passage.tenant)
        && (documents.is_empty() || documents.contains(&passage.document))
        && (tags.is_empty() || tags.iter().any(|tag| passage.tags.contains(tag)))
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a).sqrt() * dot(b, b).sqrt())
}
