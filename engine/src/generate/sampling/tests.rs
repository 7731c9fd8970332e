//! What holds for every vocabulary, and chance by its frequencies.

use proptest::prelude::*;

use super::*;

fn sampler(options: &Options) -> Sampler {
    Sampler::new(options, None).unwrap()
}

fn warm(temperature: f64, top_p: f64, seed: u64) -> Sampler {
    sampler(&Options {
        temperature,
        top_p,
        seed,
        ..Options::default()
    })
}

fn choose(sampler: &mut Sampler, scores: &[f32]) -> u32 {
    sampler.choose(&mut scores.to_vec()).unwrap().token
}

#[test]
fn cold_is_the_likeliest_and_tokens_come_as_often_as_they_are_likely() {
    let scores = [0.0, 2.0, 1.0, f32::NEG_INFINITY];
    assert_eq!(choose(&mut warm(0.0, 1.0, 1), &scores), 1);
    let mut sampler = warm(1.0, 1.0, 7);
    let mut counts = [0_u32; 4];
    for _ in 0..20_000 {
        counts[choose(&mut sampler, &scores) as usize] += 1;
    }
    let total: f64 = scores.iter().map(|score| f64::from(*score).exp()).sum();
    for (count, score) in counts.iter().zip(scores) {
        let expected = f64::from(score).exp() / total * 20_000.0;
        assert!((f64::from(*count) - expected).abs() < 300.0, "{counts:?}");
    }
}

#[test]
fn the_nucleus_holds_no_more_than_it_needs() {
    let mut scores = vec![0.0; 1_000];
    scores[500] = 9.0;
    scores[600] = 8.9;
    let mut narrow = warm(1.0, 0.6, 3);
    for _ in 0..200 {
        assert!([500, 600].contains(&choose(&mut narrow, &scores)));
    }
    // A nucleus far larger than the first look.
    let even = vec![1.0; 1_000];
    let mut wide = warm(1.0, 0.5, 3);
    assert!((0..200).all(|_| choose(&mut wide, &even) < 500));
}

#[test]
fn penalties_follow_what_was_chosen() {
    let mut sampler = sampler(&Options {
        presence_penalty: 2.0,
        ..Options::default()
    });
    let scores = [3.0, 2.0, 1.5, 0.0];
    let chosen: Vec<u32> = (0..5).map(|_| choose(&mut sampler, &scores)).collect();
    assert_eq!(chosen, [0, 1, 2, 0, 0]);
    let mut sampler = self::sampler(&Options {
        repetition_penalty: 2.0,
        ..Options::default()
    });
    sampler.read(&[0]);
    assert_eq!(choose(&mut sampler, &scores), 1);
}

#[test]
fn what_is_reported_are_the_scores_before_any_change() {
    let mut sampler = sampler(&Options {
        temperature: 0.5,
        logit_bias: [(1, -100.0)].into(),
        top_k: Some(1),
        logprobs: Some(1),
        ..Options::default()
    });
    let choice = sampler.choose(&mut [1.0, 1.0, 0.0]).unwrap();
    assert_eq!(choice.token, 0);
    let logprobs = choice.logprobs.unwrap();
    let expected = -(2.0 + (-1.0_f32).exp()).ln();
    assert!((logprobs.chosen - expected).abs() < 1e-6);
    assert_eq!(logprobs.alternatives.len(), 1);
    assert!((logprobs.alternatives[0].1 - expected).abs() < 1e-6);
}

#[test]
fn settings_out_of_range_are_named_with_their_range() {
    let default = Options::default;
    let refused = |options: &Options| match Sampler::new(options, None) {
        Err(crate::Error::InvalidInput { parameter, message }) => (parameter, message),
        _ => panic!("accepted: {options:?}"),
    };
    #[rustfmt::skip]
    let cases = [
        ("top_k", "at least 1", Options { top_k: Some(0), ..default() }),
        ("min_p", "0 and 1", Options { min_p: 1.5, ..default() }),
        ("min_p", "0 and 1", Options { min_p: f64::NAN, ..default() }),
        ("repetition_penalty", "0.1 and 10", Options { repetition_penalty: 0.0, ..default() }),
        ("presence_penalty", "-2 and 2", Options { presence_penalty: -2.5, ..default() }),
        ("frequency_penalty", "-2 and 2", Options { frequency_penalty: 3.0, ..default() }),
        ("logit_bias", "-100 and 100", Options { logit_bias: [(7, 101.0)].into(), ..default() }),
        ("logit_bias", "-100 and 100", Options { logit_bias: [(7, f32::NAN)].into(), ..default() }),
        ("logit_bias", "at most 1024",
            Options { logit_bias: (0..1025).map(|token| (token, 1.0)).collect(), ..default() }),
        ("logprobs", "0 and 20", Options { logprobs: Some(21), ..default() }),
    ];
    for (setting, range, options) in cases {
        let (parameter, message) = refused(&options);
        assert_eq!(parameter, setting);
        assert!(message.contains(range), "{message}");
    }
}

/// The candidates as the definitions have them: everything is weighed and sorted.
fn by_the_book(narrowing: &Narrowing, scores: &[f32]) -> Vec<u32> {
    let best = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = |score: f32| ((f64::from(score) - f64::from(best)) / narrowing.temperature).exp();
    let mut all: Vec<(u32, f64)> = (0..)
        .zip(scores.iter().map(|score| weight(*score)))
        .collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all.truncate(narrowing.top_k.unwrap_or(all.len()));
    let total: f64 = all.iter().map(|(_, weight)| weight).sum();
    let mut sum = 0.0;
    let mut kept = Vec::new();
    for (token, weight) in all {
        if weight >= narrowing.min_p {
            kept.push(token);
        }
        sum += weight;
        if narrowing.top_p < 1.0 && sum >= narrowing.top_p * total {
            break;
        }
    }
    kept
}

fn scores() -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(-20.0_f32..20.0, 1..600)
}

fn hostile() -> impl Strategy<Value = Vec<f32>> {
    let score = prop_oneof![
        Just(f32::NAN),
        Just(f32::INFINITY),
        Just(f32::NEG_INFINITY),
        Just(f32::MAX),
        Just(f32::MIN),
        Just(-0.0),
        any::<f32>(),
    ];
    prop::collection::vec(score, 0..100)
}

fn settings() -> impl Strategy<Value = Options> {
    let narrowing = (
        0.0..=2.0,
        prop::option::of(1_usize..200),
        prop_oneof![Just(1.0), 0.001..=1.0],
        prop_oneof![Just(0.0), Just(1.0), 0.0..=1.0],
    );
    let others = (
        0.1..=10.0,
        -2.0..=2.0,
        -2.0..=2.0,
        prop::collection::btree_map(0_u32..120, -100.0_f32..=100.0, 0..4),
        prop::option::of(0_usize..=20),
        any::<u64>(),
    );
    (narrowing, others).prop_map(|((temperature, top_k, top_p, min_p), others)| {
        let (repetition_penalty, presence_penalty, frequency_penalty, logit_bias, logprobs, seed) =
            others;
        Options {
            temperature,
            top_k,
            top_p,
            min_p,
            repetition_penalty,
            presence_penalty,
            frequency_penalty,
            logit_bias,
            logprobs,
            seed,
            ..Options::default()
        }
    })
}

proptest! {
    #[test]
    fn the_same_seed_makes_the_same_choices(scores in scores(), options in settings()) {
        let choices = || {
            let mut sampler = sampler(&options);
            sampler.read(&[1, 2, 3]);
            (0..4).map(|_| choose(&mut sampler, &scores)).collect::<Vec<_>>()
        };
        prop_assert_eq!(choices(), choices());
    }

    /// Nothing may be lost by what is never weighed.
    #[test]
    fn candidates_are_those_of_the_definitions(scores in scores(), options in settings()) {
        let narrowing = Narrowing {
            temperature: options.temperature.max(COLDEST),
            top_k: options.top_k,
            top_p: options.top_p,
            min_p: options.min_p,
        };
        let found = narrowing.candidates(&scores);
        let mut tokens: Vec<u32> = found.iter().map(|candidate| candidate.token).collect();
        let mut expected = by_the_book(&narrowing, &scores);
        tokens.sort_unstable();
        expected.sort_unstable();
        // Those that are missing weigh nothing.
        let best = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        expected.retain(|token| {
            let distance = f64::from(best - scores[*token as usize]) / narrowing.temperature;
            tokens.contains(token) || distance < 36.0
        });
        prop_assert_eq!(tokens, expected);
    }

    #[test]
    fn one_candidate_is_the_likeliest(scores in scores(), options in settings()) {
        let greedy = |options: &Options| choose(&mut sampler(options), &scores);
        let cold = greedy(&Options { temperature: 0.0, ..options.clone() });
        prop_assert_eq!(greedy(&Options { top_k: Some(1), ..options.clone() }), cold);
        // Equals of the best one stay with the strictest `min_p`.
        let strict = Options { min_p: 1.0, ..options.clone() };
        let token = choose(&mut sampler(&strict), &scores);
        let mut changed = scores.clone();
        Penalties::new(&strict).apply(&mut changed);
        prop_assert!((changed[token as usize] - changed[cold as usize]).abs() < 1e-3);
    }

    #[test]
    fn biases_ban_and_force(
        scores in scores(),
        options in settings(),
        token in any::<prop::sample::Index>(),
    ) {
        let token = token.index(scores.len());
        let chosen = |bias: f32| {
            let options = Options {
                repetition_penalty: 1.0,
                logit_bias: [(token as u32, bias)].into(),
                ..options.clone()
            };
            choose(&mut sampler(&options), &scores) as usize
        };
        prop_assert_eq!(chosen(100.0), token);
        prop_assert!(scores.len() == 1 || chosen(-100.0) != token);
    }

    #[test]
    fn hostile_scores_do_not_panic(scores in hostile(), options in settings()) {
        let mut sampler = sampler(&options);
        sampler.read(&[0, 1, 200]);
        for _ in 0..3 {
            let choice = sampler.choose(&mut scores.clone()).unwrap();
            prop_assert!((choice.token as usize) < scores.len().max(1));
        }
    }
}
