//! The published weights on a real recording.

use super::*;
use crate::audio;

const JFK: &[u8] = include_bytes!("../../../../tests/fixtures/audio/jfk.wav");

/// 256 numbers that Resemblyzer 0.1.4 itself (`PyTorch` 2.0.1, librosa 0.11) gave for the whole recording, its volume
/// normalised, without `webrtcvad` and with windows half over each other (`rate=1.25`).
const REFERENCE: &[u8] = include_bytes!("../fixtures/jfk-embedding.f32");
/// The first of them.
const FIRST: [f32; 8] = [
    0.006_974_4,
    0.0,
    0.0,
    0.0,
    0.008_523_093,
    0.047_563_873,
    0.007_249_708,
    0.016_549_338,
];

/// The first for the recording at a hundredth of its volume.
const FIRST_QUIET: [f32; 8] = [
    0.0,
    0.0,
    0.0,
    0.0,
    0.026_397_3,
    0.049_607_9,
    0.0,
    0.014_571_3,
];

/// The published weights.
fn weights() -> std::path::PathBuf {
    let store = locutor_models::Store::new(locutor_models::Store::default_folder());
    let catalog = locutor_models::Catalog::builtin();
    store
        .verify(catalog, "resemblyzer")
        .unwrap()
        .file("pretrained.pt")
}

fn encoder() -> Encoder {
    Encoder::load(&weights()).unwrap()
}

fn speech() -> Vec<f32> {
    audio::decode(JFK, audio::Limits::default())
        .unwrap()
        .samples
}

fn reference() -> Embedding {
    let (numbers, _) = REFERENCE.as_chunks::<4>();
    let values: Vec<f32> = numbers.iter().copied().map(f32::from_le_bytes).collect();
    Embedding::towards(values.as_array().unwrap())
}

#[test]
fn embeddings_are_those_of_the_published_model() {
    let speech = speech();
    // The recording is loud enough as it is, and this much less of it is not.
    let quiet: Vec<f32> = speech.iter().map(|sample| sample * 0.01).collect();
    let voices = encoder().embed_frames(&[&speech, &quiet], |_| ());
    for (voice, first) in voices.iter().zip([FIRST, FIRST_QUIET]) {
        for (found, expected) in voice.values().iter().zip(first) {
            assert!((found - expected).abs() < 1e-5, "{found} for {expected}");
        }
    }
    assert!(voices[0].similarity(&reference()) > 0.999_99);
}

#[test]
fn taking_out_noise_leaves_the_voice() {
    let speech = speech();
    let encoder = encoder();
    assert!(encoder.embed(&[&speech])[0].similarity(&reference()) > 0.95);
    let mut seed = 1_u32;
    let noisy: Vec<f32> = speech
        .iter()
        .map(|sample| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            sample + (seed >> 8) as f32 / (1 << 24) as f32 * 0.1 - 0.05
        })
        .collect();
    let taken = encoder.embed(&[&noisy])[0].similarity(&reference());
    let left = encoder.embed_frames(&[&noisy], |_| ())[0].similarity(&reference());
    assert!(taken > left + 0.05, "{taken} and {left}");
}

#[test]
fn stretches_do_not_depend_on_each_other() {
    let speech = speech();
    let encoder = encoder();
    let pieces: Vec<&[f32]> = speech.chunks(7_000).collect();
    let together = encoder.embed(&pieces);
    for (piece, voice) in pieces.iter().zip(together) {
        assert!(encoder.embed(&[piece])[0].similarity(&voice) > 0.999_999);
    }
}

#[test]
fn any_samples_are_survived() {
    let encoder = encoder();
    let odd = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
        1e-45,
    ];
    let odd: Vec<f32> = odd.iter().copied().cycle().take(30_000).collect();
    let stretches: [&[f32]; 6] = [
        &[],
        &[0.0],
        &[f32::NAN; 9],
        &vec![1.0; 40_000],
        &odd,
        &vec![0.0; 16_000],
    ];
    for voice in encoder.embed(&stretches) {
        assert!(voice.values().iter().all(|value| value.is_finite()));
    }
    assert!(encoder.embed(&[]).is_empty());
}

#[test]
fn windows_are_cut_as_by_resemblyzer() {
    let starts =
        |samples: usize| windows_of(&vec![[1.0; BANDS]; samples / HOP + 2], samples).count();
    for (samples, windows) in [(0, 1), (25_600, 1), (31_999, 1), (32_000, 2), (176_000, 13)] {
        assert_eq!(starts(samples), windows, "{samples}");
    }
}

#[test]
fn another_file_is_refused() {
    assert!(Encoder::load(Path::new("/nowhere")).is_err());
    let folder = weights();
    assert!(Encoder::load(folder.parent().unwrap()).is_err());
    let other = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(other.path(), JFK).unwrap();
    assert!(Encoder::load(other.path()).is_err());
}
