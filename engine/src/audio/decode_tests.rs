//! Every format decodes to the tone it holds; broken bytes give errors, never panics.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::audio::SPEECH_RATE;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/audio/", $name)).as_slice()
    };
}

const TONES: [(&str, &[u8]); 8] = [
    ("mp3", fixture!("tone.mp3")),
    ("ogg", fixture!("tone.ogg")),
    ("m4a", fixture!("tone.m4a")),
    ("aac", fixture!("tone.aac")),
    ("aiff", fixture!("tone.aiff")),
    ("flac", fixture!("tone.flac")),
    ("a-law", fixture!("tone-alaw.wav")),
    ("mu-law", fixture!("tone-mulaw.wav")),
];

/// Frequency in hertz, from the rising zero crossings of the middle half.
fn frequency(audio: &Audio) -> f64 {
    let quarter = audio.samples.len() / 4;
    let middle = &audio.samples[quarter..3 * quarter];
    let crossings: Vec<usize> = (1..middle.len())
        .filter(|n| middle[n - 1] < 0.0 && middle[*n] >= 0.0)
        .collect();
    let (first, last) = (crossings[0], crossings[crossings.len() - 1]);
    (crossings.len() - 1) as f64 * f64::from(audio.sample_rate) / (last - first) as f64
}

fn message(bytes: &[u8]) -> String {
    match decode(bytes, Limits::default()) {
        Err(Error::Audio { message }) => message,
        other => panic!("expected an audio error, got {other:?}"),
    }
}

#[test]
fn every_format_decodes_to_its_tone() {
    for (format, bytes) in TONES {
        let audio = decode(bytes, Limits::default()).unwrap();
        let heard = frequency(&audio);
        assert!((heard - 440.0).abs() < 2.0, "{format}: {heard} Hz");
        assert!(
            (0.95..1.15).contains(&audio.seconds()),
            "{format}: {} s",
            audio.seconds()
        );
        // Not the peak: lossy encoders overshoot where the tone begins.
        let power: f32 = audio.samples.iter().map(|sample| sample * sample).sum();
        let level = (power / audio.samples.len() as f32).sqrt();
        assert!((0.04..0.15).contains(&level), "{format}: level {level}");
    }
}

#[test]
fn conversion_on_the_way_equals_conversion_afterwards() {
    for (format, bytes) in TONES {
        let limits = Limits::default();
        let direct = decode_at(bytes, SPEECH_RATE, limits).unwrap();
        let after = decode(bytes, limits)
            .unwrap()
            .resampled(SPEECH_RATE)
            .unwrap();
        assert_eq!(direct, after, "{format}");
        let read = decode_reader(Cursor::new(bytes.to_vec()), Some(SPEECH_RATE), limits).unwrap();
        assert_eq!(direct, read, "{format}");
    }
}

/// One second of 440 Hz on every channel but the second, which holds its negative.
fn wav(channels: u16, bits: u16, format: hound::SampleFormat) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels,
        sample_rate: 12_000,
        bits_per_sample: bits,
        sample_format: format,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for n in 0..12_000 {
        let value = 0.5 * (std::f64::consts::TAU * 440.0 * f64::from(n) / 12_000.0).sin();
        for channel in 0..channels {
            let value = if channel == 1 { -value } else { value };
            match format {
                hound::SampleFormat::Float => writer.write_sample(value as f32).unwrap(),
                hound::SampleFormat::Int => {
                    let full = f64::from(2_u32.pow(u32::from(bits) - 1)) - 1.0;
                    writer.write_sample((value * full).round() as i32).unwrap();
                }
            }
        }
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// hound writes `WAVE_FORMAT_EXTENSIBLE` for more than two channels or 24 and 32 bits.
#[test]
fn wav_sample_formats_agree() {
    use hound::SampleFormat::{Float, Int};
    for (bits, format, tolerance) in [
        (8, Int, 8e-3),
        (16, Int, 4e-5),
        (24, Int, 1e-6),
        (32, Int, 1e-6),
        (32, Float, 1e-6),
    ] {
        for channels in [1, 3, 6] {
            let audio = decode(&wav(channels, bits, format), Limits::default()).unwrap();
            assert_eq!((audio.samples.len(), audio.sample_rate), (12_000, 12_000));
            // The negative channel takes away one of the others.
            let share = if channels == 1 {
                1.0
            } else {
                f64::from(channels - 2) / f64::from(channels)
            };
            for (n, sample) in audio.samples.iter().enumerate() {
                let golden =
                    share * 0.5 * (std::f64::consts::TAU * 440.0 * n as f64 / 12_000.0).sin();
                let off = (f64::from(*sample) - golden).abs();
                assert!(
                    off < tolerance,
                    "{bits} {format:?} x{channels}: off by {off}"
                );
            }
        }
    }
    let cancelled = decode(&wav(2, 16, Int), Limits::default()).unwrap();
    assert!(cancelled.samples.iter().all(|sample| sample.abs() < 1e-4));
}

/// A WAV header with `data` behind it; `code` 3 is IEEE float.
fn raw_wav(code: u16, bits: u16, data: &[u8]) -> Vec<u8> {
    let frame = bits / 8;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0");
    bytes.extend(code.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(8_000_u32.to_le_bytes());
    bytes.extend((8_000 * u32::from(frame)).to_le_bytes());
    bytes.extend(frame.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn doubles_decode_and_wild_floats_are_tamed() {
    let doubles: Vec<u8> = [0.25_f64, -0.5, 0.75]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let audio = decode(&raw_wav(3, 64, &doubles), Limits::default()).unwrap();
    assert_eq!(audio.samples, [0.25, -0.5, 0.75]);

    let wild = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 9.0, 0.5];
    let wild: Vec<u8> = wild.iter().flat_map(|v| v.to_le_bytes()).collect();
    let audio = decode(&raw_wav(3, 32, &wild), Limits::default()).unwrap();
    assert_eq!(audio.samples, [0.0, 1.0, -1.0, 1.0, 0.5]);
}

#[test]
fn each_kind_of_bad_file_has_its_own_message() {
    assert!(message(&[]).contains("empty"));
    assert!(message(b"%PDF-1.7 certainly not sound").contains("not an audio file"));
    assert!(message(&vec![0; 100_000]).contains("not an audio file"));
    assert!(message(&raw_wav(1, 16, &[])).contains("no samples"));
    let whole = wav(1, 16, hound::SampleFormat::Int);
    assert!(message(&whole[..30]).contains("cut off"));
    let cut = message(&whole[..whole.len() / 2]);
    assert!(cut.contains("promises 1.00 s, 0.50 s"), "{cut}");
    let flac = fixture!("tone.flac");
    assert!(message(&flac[..flac.len() / 2]).contains("cut off"));
    let m4a = fixture!("tone.m4a");
    assert!(message(&m4a[..m4a.len() / 2]).contains("cut off"));
}

#[test]
fn overlong_audio_is_refused_without_being_kept() {
    let limits = Limits { max_seconds: 0.5 };
    let error = decode(&wav(1, 16, hound::SampleFormat::Int), limits).unwrap_err();
    assert!(
        error.to_string().contains("longer than the limit"),
        "{error}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..4_096)) {
        decode(&bytes, Limits::default()).ok();
    }

    #[test]
    fn truncated_files_never_panic(which in 0..TONES.len(), part in 0.0..1.0_f64) {
        let bytes = TONES[which].1;
        let cut = (bytes.len() as f64 * part) as usize;
        decode_at(&bytes[..cut], SPEECH_RATE, Limits::default()).ok();
    }

    #[test]
    fn damaged_files_never_panic(
        which in 0..TONES.len(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut bytes = TONES[which].1.to_vec();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(audio) = decode(&bytes, Limits::default()) {
            prop_assert!(audio.samples.iter().all(|sample| (-1.0..=1.0).contains(sample)));
        }
    }
}
