//! Token-budget batching.

use std::ops::Range;

/// Groups of neighbouring inputs with at most `budget` tokens each; an input over the budget is a
/// group of its own. Inputs are laid end to end without padding, so sorting them would gain
/// nothing, and keeping their order keeps the results in order.
pub(super) fn groups(lengths: &[usize], budget: usize) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut start = 0;
    let mut tokens = 0;
    for (index, &length) in lengths.iter().enumerate() {
        if index > start && tokens + length > budget {
            groups.push(start..index);
            start = index;
            tokens = 0;
        }
        tokens += length;
    }
    if start < lengths.len() {
        groups.push(start..lengths.len());
    }
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fills_up_to_the_budget() {
        assert_eq!(groups(&[3, 3, 3, 9, 1], 6), [0..2, 2..3, 3..4, 4..5]);
        assert!(groups(&[], 6).is_empty());
    }

    proptest! {
        #[test]
        fn every_input_is_in_one_group_in_order(
            lengths in proptest::collection::vec(1_usize..300, 0..50),
            budget in 1_usize..1000,
        ) {
            let groups = groups(&lengths, budget);
            let indices: Vec<usize> = groups.iter().cloned().flatten().collect();
            prop_assert_eq!(indices, (0..lengths.len()).collect::<Vec<_>>());
            for group in groups {
                let tokens: usize = lengths[group.clone()].iter().sum();
                prop_assert!(tokens <= budget || group.len() == 1);
            }
        }
    }
}
