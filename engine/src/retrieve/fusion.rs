//! Two rankings to one.

use std::collections::BTreeMap;

use uuid::Uuid;

/// A chunk with its score in one ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub(super) id: Uuid,
    pub(super) score: f32,
}

/// Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009): the sum of `1 / (k + rank)`, ranks
/// from 1. Rankings are given best first.
pub(super) fn reciprocal_rank(rankings: [&[Candidate]; 2], k: u32) -> Vec<Candidate> {
    let mut scores = BTreeMap::new();
    for ranking in rankings {
        for (rank, candidate) in (1_u32..).zip(ranking) {
            *scores.entry(candidate.id).or_insert(0.0) += 1.0 / (k as f32 + rank as f32);
        }
    }
    ranked(scores)
}

/// Convex combination (Bruch, Gai & Ingber 2023) of the two scores, each scaled so that the best
/// candidate has 1 and the worst, or one that is missing from the ranking, has 0.
pub(super) fn convex(
    dense: &[Candidate],
    sparse: &[Candidate],
    dense_weight: f32,
) -> Vec<Candidate> {
    let mut scores = BTreeMap::new();
    for (ranking, weight) in [(dense, dense_weight), (sparse, 1.0 - dense_weight)] {
        let best = ranking.iter().map(|candidate| candidate.score);
        let (worst, best) = best.fold((f32::MAX, f32::MIN), |(low, high), score| {
            (low.min(score), high.max(score))
        });
        for candidate in ranking {
            let scaled = if best > worst {
                (candidate.score - worst) / (best - worst)
            } else {
                1.0
            };
            *scores.entry(candidate.id).or_insert(0.0) += weight * scaled;
        }
    }
    ranked(scores)
}

/// Best first; equal scores in the order of their ids, so that results can be repeated.
fn ranked(scores: BTreeMap<Uuid, f32>) -> Vec<Candidate> {
    let mut ranking: Vec<Candidate> = scores
        .into_iter()
        .map(|(id, score)| Candidate { id, score })
        .collect();
    ranking.sort_by(|a, b| b.score.total_cmp(&a.score));
    ranking
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranking(entries: &[(u128, f32)]) -> Vec<Candidate> {
        entries
            .iter()
            .map(|&(id, score)| Candidate {
                id: Uuid::from_u128(id),
                score,
            })
            .collect()
    }

    fn ids(ranking: &[Candidate]) -> Vec<u128> {
        ranking.iter().map(|found| found.id.as_u128()).collect()
    }

    #[test]
    fn reciprocal_ranks_add_up() {
        let fused = reciprocal_rank(
            [
                &ranking(&[(1, 0.9), (2, 0.8)]),
                &ranking(&[(2, 7.0), (3, 5.0)]),
            ],
            60,
        );
        assert_eq!(ids(&fused), [2, 1, 3]);
        assert!((fused[0].score - (1.0 / 62.0 + 1.0 / 61.0)).abs() < 1e-7);
    }

    #[test]
    fn convex_scales_both_sides() {
        let dense = ranking(&[(1, 0.9), (2, 0.6), (3, 0.5)]);
        let sparse = ranking(&[(4, 20.0), (2, 10.0)]);
        let fused = convex(&dense, &sparse, 0.75);
        assert_eq!(ids(&fused), [1, 4, 2, 3]);
        assert!((fused[2].score - 0.75 * 0.25).abs() < 1e-6);
        let alone = convex(&[], &ranking(&[(7, 3.0)]), 0.5);
        assert!((alone[0].score - 0.5).abs() < 1e-6);
    }

    fn rankings() -> impl Strategy<Value = Vec<Candidate>> {
        proptest::collection::btree_map(0_u128..30, -5.0_f32..50.0, 0..20).prop_map(|entries| {
            let mut found = ranking(&entries.into_iter().collect::<Vec<_>>());
            found.sort_by(|a, b| b.score.total_cmp(&a.score));
            found
        })
    }

    proptest! {
        #[test]
        fn fusion_is_a_ranking_of_the_union(
            dense in rankings(),
            sparse in rankings(),
            k in 0_u32..100,
            weight in 0.0_f32..=1.0,
        ) {
            let mut union = ids(&[dense.clone(), sparse.clone()].concat());
            union.sort_unstable();
            union.dedup();
            for fused in [reciprocal_rank([&dense, &sparse], k), convex(&dense, &sparse, weight)] {
                prop_assert!(fused.is_sorted_by(|a, b| a.score >= b.score));
                let mut found = ids(&fused);
                found.sort_unstable();
                prop_assert_eq!(&found, &union);
            }
        }

        #[test]
        fn one_side_alone_keeps_its_order(dense in rankings(), k in 0_u32..100) {
            prop_assert_eq!(ids(&reciprocal_rank([&dense, &[]], k)), ids(&dense));
            let fused = convex(&dense, &[], 1.0);
            prop_assert!(fused.iter().all(|found| (0.0..=1.0).contains(&found.score)));
        }
    }
}
