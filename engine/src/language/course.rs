//! The likeliest course of languages over the pieces of a text or a recording (Viterbi): each piece has a chance
//! in each language, each change of language costs something.

/// Index of the likeliest candidate for each piece. `chances` holds, for each piece, the natural logarithm of its
/// chance in each candidate, as many for each; `change` is what a change costs, in the same measure.
pub(crate) fn likeliest_course(chances: &[Vec<f64>], change: f64) -> Vec<usize> {
    let candidates = chances.first().map_or(0, Vec::len);
    // The best course that ends in each candidate, and from which it came there.
    let mut best = vec![0.0; candidates];
    let mut from: Vec<Vec<usize>> = Vec::with_capacity(chances.len());
    for piece in chances {
        let other = likeliest(&best);
        let came = (0..candidates).map(|one| {
            let stays = best[one] >= best[other] - change;
            if stays { one } else { other }
        });
        let came: Vec<usize> = came.collect();
        best = came
            .iter()
            .enumerate()
            .map(|(one, &before)| {
                let cost = if one == before { 0.0 } else { change };
                best[before] - cost + piece[one]
            })
            .collect();
        from.push(came);
    }
    let mut at = likeliest(&best);
    let mut course = vec![0; chances.len()];
    for (place, came) in course.iter_mut().zip(&from).rev() {
        *place = at;
        at = came[at];
    }
    course
}

fn likeliest(scores: &[f64]) -> usize {
    let numbered = scores.iter().enumerate();
    numbered
        .max_by(|one, other| one.1.total_cmp(other.1))
        .map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubtful_piece_goes_with_its_neighbours_and_a_clear_one_does_not() {
        let sure = vec![-0.1, -5.0];
        let doubtful = vec![-1.0, -0.6];
        let other = vec![-9.0, 0.0];
        let chances = [
            sure.clone(),
            doubtful,
            sure.clone(),
            other.clone(),
            other,
            sure,
        ];
        assert_eq!(likeliest_course(&chances, 2.0), [0, 0, 0, 1, 1, 0]);
        assert!(likeliest_course(&[], 2.0).is_empty());
    }

    #[test]
    fn nothing_beats_the_course() {
        // Against every course of six pieces over three candidates.
        let chances: Vec<Vec<f64>> = (0..6)
            .map(|piece| {
                (0..3)
                    .map(|one| -f64::from((piece * 7 + one * 5) % 11) / 2.0)
                    .collect()
            })
            .collect();
        let score = |course: &[usize]| {
            let chance: f64 = course
                .iter()
                .zip(&chances)
                .map(|(one, piece)| piece[*one])
                .sum();
            let cost = course.windows(2).filter(|pair| pair[0] != pair[1]).count();
            chance - 1.5 * cost as f64
        };
        let best = (0..3_usize.pow(6))
            .map(|number| {
                let course: Vec<usize> = (0..6)
                    .map(|place| number / 3_usize.pow(place) % 3)
                    .collect();
                score(&course)
            })
            .fold(f64::MIN, f64::max);
        assert!((score(&likeliest_course(&chances, 1.5)) - best).abs() < 1e-9);
    }
}
