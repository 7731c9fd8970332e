//! The published weights on a real recording.

use locutor_models::Store;

use super::*;
use crate::audio::{self, SPEECH_RATE};

const JFK: &[u8] = include_bytes!("../../../tests/fixtures/audio/jfk.wav");

fn detector() -> Detector {
    let models = Store::new(Store::default_folder());
    Detector::load(&models.folder().join("silero-vad"))
        .expect("run `locutor models pull silero-vad` first")
}

fn speech() -> Vec<f32> {
    let audio = audio::decode(JFK, audio::Limits::default()).unwrap();
    audio.resampled(SPEECH_RATE).unwrap().samples
}

/// Of every twelfth window, by the published weights in double precision (`NumPy`). The release's ONNX file has
/// weights of a later version, which tell the same windows from each other.
const REFERENCE: [f32; 29] = [
    0.01801, 0.98183, 0.9964, 0.99178, 0.99678, 0.99822, 0.07986, 0.00535, 0.0032, 0.99146,
    0.43928, 0.98035, 0.02173, 0.01414, 0.0261, 0.99969, 0.99741, 0.99982, 0.99781, 0.99993,
    0.23733, 0.05259, 0.99908, 0.99974, 0.99977, 0.99981, 0.99897, 0.97942, 0.14562,
];

#[test]
fn probabilities_are_those_of_the_published_model() {
    let probabilities = detector().probabilities(&speech());
    for (index, expected) in REFERENCE.iter().enumerate() {
        let found = probabilities[12 * index];
        assert!(
            (found - expected).abs() < 1e-3,
            "window {}: {found} for {expected}",
            12 * index
        );
    }
}

#[test]
fn changes_do_not_depend_on_how_samples_come() {
    let (detector, samples) = (detector(), speech());
    let changes = |size: usize| {
        let mut stream = detector.stream(Sensitivity::default());
        let mut changes = Vec::new();
        for piece in samples.chunks(size) {
            stream.push(piece, |change| changes.push(change));
        }
        changes
    };
    let whole = changes(samples.len());
    assert_eq!(whole, changes(1));
    assert_eq!(whole, changes(700));
    // "And so, my fellow Americans" begins after a third of a second; the pauses that are long enough
    // part it into four.
    assert!(matches!(whole[0], Change::Started(at) if (4_000..8_000).contains(&at)));
    let started = whole
        .iter()
        .filter(|change| matches!(change, Change::Started(_)));
    assert_eq!(started.count(), 4, "{whole:?}");
}

#[test]
fn silence_and_noise_are_no_speech() {
    let detector = detector();
    let silence = vec![0.0; SPEECH_RATE as usize * 5];
    let mut seed = 1_u32;
    let noise: Vec<f32> = silence
        .iter()
        .map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 24) as f32 * 0.2 - 0.1
        })
        .collect();
    for samples in [silence, noise] {
        let mut stream = detector.stream(Sensitivity::default());
        stream.push(&samples, |change| panic!("{change:?}"));
        assert!(!stream.speaking());
    }
}
