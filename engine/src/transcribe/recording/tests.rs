//! The real models on recordings that were put together.

use std::sync::LazyLock;

use super::*;
use crate::{
    Engine, audio,
    transcribe::formatting::{Formatting, Numbers},
};

const JFK: &[u8] = include_bytes!("../../../../tests/fixtures/audio/jfk.wav");

fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::builder().build().unwrap());
    &ENGINE
}

/// A clip in a language.
fn sample(language: &str, number: usize) -> Vec<f32> {
    let store = locutor_models::Store::new(locutor_models::Store::default_folder());
    let catalog = locutor_models::Catalog::builtin();
    let model = store.verify(catalog, "speech-samples").unwrap();
    let folder = std::fs::read_dir(model.file(language)).unwrap();
    let mut clips: Vec<_> = folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wav"))
        .collect();
    clips.sort();
    let bytes = std::fs::read(&clips[number]).unwrap();
    let audio = audio::decode_at(&bytes, SPEECH_RATE, audio::Limits::default()).unwrap();
    audio.samples
}

fn jfk() -> Vec<f32> {
    let audio = audio::decode_at(JFK, SPEECH_RATE, audio::Limits::default()).unwrap();
    audio.samples
}

/// Pieces with so many seconds of faint noise before, between and after them.
fn joined(pieces: &[Vec<f32>], pause: f64) -> Audio {
    let mut seed = 1_u32;
    let mut noise = || -> Vec<f32> {
        let next = (0..(pause * 16_000.0) as usize).map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            0.002 * ((seed >> 8) as f32 / 8_388_608.0 - 1.0)
        });
        next.collect()
    };
    let mut samples = noise();
    for piece in pieces {
        samples.extend(piece);
        samples.extend(noise());
    }
    Audio {
        samples,
        sample_rate: SPEECH_RATE,
    }
}

fn hear(audio: &Audio, request: &Request) -> Transcript {
    let never = Cancellation::new();
    let mut seen = Vec::new();
    let transcript = engine()
        .hear(
            None,
            audio,
            request,
            &mut |segment| seen.push(segment.clone()),
            &never,
        )
        .unwrap();
    assert_eq!(seen.len(), transcript.segments.len());
    transcript
}

#[test]
fn speech_is_heard_without_its_noise_too() {
    let request = Request {
        noise_suppression: true,
        ..Request::default()
    };
    let transcript = hear(&joined(&[jfk()], 1.0), &request);
    assert!(
        transcript.text.contains("what you can do for your country"),
        "{}",
        transcript.text
    );
    // The quality is that of the recording, not of what was made of it.
    let quality = hear(&joined(&[jfk()], 1.0), &Request::default())
        .quality
        .unwrap();
    let told = transcript.quality.unwrap();
    let noise = quality.signal_to_noise.unwrap() - told.signal_to_noise.unwrap();
    assert!(noise.abs() < 3.0, "{quality:?} {told:?}");
}

#[test]
fn silence_is_left_out_and_times_stay_true() {
    let request = Request {
        options: Options {
            words: true,
            ..Options::default()
        },
        ..Request::default()
    };
    let alone = hear(&joined(&[jfk()], 1.0), &request);
    let two = hear(&joined(&[jfk(), jfk()], 45.0), &request);
    assert_eq!(
        two.text.matches("fellow Americans").count(),
        2,
        "{}",
        two.text
    );
    let starts = |transcript: &Transcript, place: usize| -> Vec<f64> {
        let words = transcript
            .segments
            .iter()
            .flat_map(|segment| &segment.words);
        let found = words.filter(|word| word.word.starts_with("Americans"));
        vec![found.clone().nth(place).unwrap().start]
    };
    // Of the same sound, the same word begins at the same place.
    let first = starts(&alone, 0)[0] - 1.0;
    assert!((starts(&two, 0)[0] - 45.0 - first).abs() < 0.1);
    assert!((starts(&two, 1)[0] - 101.0 - first).abs() < 0.1);
    let quality = two.quality.unwrap();
    assert!(
        (15.0..25.0).contains(&quality.speech_seconds),
        "{quality:?}"
    );
    assert!(quality.signal_to_noise.unwrap() > 20.0 && quality.confidence.unwrap() > 0.7);
}

#[test]
fn a_recording_that_changes_its_language_is_written_in_both() {
    let pieces = [jfk(), sample("fr", 0), sample("fr", 1)];
    let transcript = hear(&joined(&pieces, 2.5), &Request::default());
    let languages: Vec<&str> = transcript
        .segments
        .iter()
        .filter_map(|segment| segment.language.as_deref())
        .collect();
    assert_eq!(languages.first(), Some(&"en"), "{}", transcript.text);
    assert_eq!(languages.last(), Some(&"fr"), "{}", transcript.text);
    assert_eq!(transcript.language, "en");
}

#[test]
fn two_people_are_told_apart_and_one_is_recognised() {
    let (kennedy, other) = (jfk(), sample("en", 2));
    let (first, second) = kennedy.split_at(kennedy.len() / 2);
    let audio = joined(&[first.to_vec(), other, second.to_vec()], 0.8);
    let known = KnownSpeaker {
        name: "Kennedy".into(),
        audio: Audio {
            samples: kennedy.clone(),
            sample_rate: SPEECH_RATE,
        },
    };
    let request = |known| Request {
        speakers: Some(SpeakerRequest { exact: None, known }),
        ..Request::default()
    };
    let speakers = |transcript: &Transcript| -> Vec<String> {
        let mut found: Vec<String> = transcript
            .segments
            .iter()
            .filter_map(|segment| segment.speaker.clone())
            .collect();
        found.dedup();
        found
    };
    assert_eq!(
        speakers(&hear(&audio, &request(Vec::new()))),
        ["A", "B", "A"]
    );
    let named = speakers(&hear(&audio, &request(vec![known])));
    assert_eq!(named, ["Kennedy", "B", "Kennedy"]);
}

#[test]
fn what_is_said_is_written_as_wished() {
    let request = Request {
        options: Options {
            words: true,
            ..Options::default()
        },
        formatting: Formatting {
            punctuation: crate::transcribe::formatting::Punctuation::Remove,
            case: crate::transcribe::formatting::Case::Lower,
            numbers: Numbers::Words,
            ..Formatting::default()
        },
        ..Request::default()
    };
    let transcript = hear(&joined(&[jfk()], 0.5), &request);
    assert!(
        transcript
            .text
            .contains("and so my fellow americans ask not"),
        "{}",
        transcript.text
    );
    let words = transcript
        .segments
        .iter()
        .flat_map(|segment| &segment.words);
    assert!(words.clone().all(|word| !word.word.contains([',', '.'])));
    assert_eq!(words.count(), 22);
}

#[test]
fn hotwords_are_heard_where_they_may_be() {
    let heard = |hotwords: &[&str]| {
        let options = Options {
            language: Some("en".into()),
            hotwords: hotwords.iter().map(|word| (*word).to_owned()).collect(),
            ..Options::default()
        };
        hear(&joined(&[sample("en", 1)], 0.5), &options.into()).text
    };
    // How it is written is anybody's guess, so the wish decides.
    assert!(heard(&[]).contains("Hello world"), "{}", heard(&[]));
    assert!(
        heard(&["World"]).contains("Hello World"),
        "{}",
        heard(&["World"])
    );
    // It sounds like nothing that is said.
    assert_eq!(heard(&["Kilda", "Hirta"]), heard(&[]));
}

#[test]
fn nothing_is_heard_in_silence() {
    let audio = joined(&[], 20.0);
    let transcript = hear(&audio, &Request::default());
    assert!(transcript.text.is_empty() && transcript.segments.is_empty());
    assert!((transcript.duration - 20.0).abs() < 1e-9);
}
