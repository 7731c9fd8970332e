//! Edit distance (Levenshtein 1966).

/// The fewest insertions, deletions and substitutions that make one sequence the other.
pub fn distance<T: PartialEq>(left: &[T], right: &[T]) -> usize {
    // One row of the table: the distance of what is read of `left` to each beginning of `right`.
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, from) in left.iter().enumerate() {
        let mut diagonal = index;
        row[0] = index + 1;
        for (column, to) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(from != to);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_kind_of_error_counts_one() {
        let words = |text: &str| -> Vec<String> { text.split(' ').map(Into::into).collect() };
        let said = words("ask not what");
        for heard in ["ask what", "ask me not what", "ask knot what"] {
            assert_eq!(distance(&said, &words(heard)), 1, "{heard}");
        }
        assert_eq!(distance(&['a', 'b'], &[]), 2);
    }

    fn sequence() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(0_u8..4, 0..12)
    }

    proptest! {
        #[test]
        fn it_is_a_metric_within_the_bounds_of_the_lengths(
            left in sequence(),
            right in sequence(),
            third in sequence(),
        ) {
            let found = distance(&left, &right);
            prop_assert_eq!(distance(&left, &left), 0);
            prop_assert_eq!(found == 0, left == right);
            prop_assert_eq!(found, distance(&right, &left));
            prop_assert!(found >= left.len().abs_diff(right.len()));
            prop_assert!(found <= left.len().max(right.len()));
            prop_assert!(found <= distance(&left, &third) + distance(&third, &right));
        }
    }
}
