//! The real models on real recordings.

use std::sync::LazyLock;

use super::*;
use crate::{
    Engine, audio,
    engine::LoadSettings,
    transcribe::{WhisperCppTranscriber, Word},
};

const JFK: &[u8] = include_bytes!("../../../../tests/fixtures/audio/jfk.wav");
const WORDS: &str = "and so my fellow americans ask not what your country can do for you ask what you can do for your country";

/// One engine for all tests: its lane runs one transcription at a time, as in service.
fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::builder().build().unwrap());
    &ENGINE
}

fn hear(model: &str, audio: Audio, options: Options) -> Transcript {
    let engine = engine();
    engine
        .transcribe(Some(model.into()), audio, options)
        .unwrap()
        .finish()
        .unwrap()
}

fn jfk() -> Audio {
    audio::decode(JFK, audio::Limits::default()).unwrap()
}

fn plain(text: &str) -> String {
    let kept: String = text
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ')
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn kennedy_is_heard_without_an_error_by_both_models() {
    for model in ["whisper-tiny.en", "whisper-base"] {
        let transcript = hear(
            model,
            jfk(),
            Options {
                words: true,
                ..Options::default()
            },
        );
        assert_eq!(plain(&transcript.text), WORDS, "{model}");
        assert_eq!(transcript.language, "en");
        let words: Vec<&Word> = transcript
            .segments
            .iter()
            .flat_map(|segment| &segment.words)
            .collect();
        assert_eq!(words.len(), WORDS.split(' ').count());
        assert!(
            words
                .windows(2)
                .all(|pair| pair[0].end <= pair[1].start + 1e-6)
        );
        assert!(
            words
                .iter()
                .all(|word| (0.0..=1.0).contains(&word.probability))
        );
        assert!(
            transcript
                .segments
                .iter()
                .all(|s| s.avg_logprob < 0.0 && s.compression_ratio < 2.4)
        );
    }
}

#[test]
fn long_audio_is_heard_to_its_end() {
    let once = jfk();
    let mut long = once.clone();
    for _ in 0..4 {
        long.samples.extend(&once.samples);
    }
    let transcript = hear("whisper-tiny.en", long, Options::default());
    let said = plain(&transcript.text).matches("fellow americans").count();
    assert_eq!(said, 5, "{}", transcript.text);
    assert!(
        transcript
            .segments
            .windows(2)
            .all(|pair| pair[0].start <= pair[1].start)
    );
}

#[test]
fn windows_that_are_heard_at_once_are_what_they_are_alone() {
    let whole = jfk();
    let part = |from: usize, until: usize| Audio {
        samples: whole.samples[from * 16_000..until * 16_000].to_vec(),
        sample_rate: SPEECH_RATE,
    };
    let silence = Audio {
        samples: vec![0.0; 32_000],
        sample_rate: SPEECH_RATE,
    };
    // One that is longer than the model's window, too.
    let mut long = whole.clone();
    for _ in 0..3 {
        long.samples.extend(&whole.samples);
    }
    let windows = [part(0, 11), part(0, 3), silence, part(3, 11), long];
    let options = Options {
        words: true,
        logprobs: true,
        ..Options::default()
    };
    let cancellation = Cancellation::new();
    for model in ["whisper-tiny.en", "whisper-base"] {
        let transcriber = engine().transcriber(Some(model)).unwrap();
        let together = transcriber
            .transcribe_windows(&windows, &options, &cancellation)
            .unwrap();
        for (window, mut together) in windows.iter().zip(together) {
            let alone = transcriber.transcribe(window, &options, &mut |_| {}, &cancellation);
            let alone = alone.unwrap();
            together.detection_seconds = alone.detection_seconds;
            assert_eq!(together, alone, "{model}");
        }
        let cancelled = Cancellation::new();
        cancelled.cancel();
        let stopped = transcriber.transcribe_windows(&windows, &options, &cancelled);
        assert!(matches!(stopped, Err(Error::Cancelled)));
    }
}

#[test]
fn hotwords_do_not_change_how_likely_words_are() {
    let heard = |hotwords: &[&str]| {
        let options = Options {
            words: true,
            hotwords: hotwords.iter().map(|word| (*word).to_owned()).collect(),
            ..Options::default()
        };
        let segments = hear("whisper-base", jfk(), options).segments;
        let words = segments.into_iter().flat_map(|segment| segment.words);
        words.collect::<Vec<Word>>()
    };
    let plain = heard(&[]);
    let raised = heard(&["fellow Americans"]);
    for (one, other) in plain.iter().zip(&raised) {
        assert_eq!(one.word, other.word);
        assert!(
            (one.probability - other.probability).abs() < 0.01,
            "{one:?} {other:?}"
        );
    }
}

#[test]
fn silence_and_faint_noise_give_an_empty_transcript() {
    let noise = |level: f32| {
        let mut seed = 1_u32;
        let mut next = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..80_000).map(|_| level * next()).collect::<Vec<f32>>()
    };
    for samples in [Vec::new(), vec![0.0; 80_000], noise(1e-4), noise(0.003)] {
        let audio = Audio {
            samples,
            sample_rate: SPEECH_RATE,
        };
        let transcript = hear("whisper-base", audio, Options::default());
        assert_eq!(transcript.text, "");
    }
}

#[test]
fn what_a_model_cannot_do_is_said() {
    let engine = engine();
    let refuse = |options| {
        let outcome = engine
            .transcribe(Some("whisper-tiny.en".into()), jfk(), options)
            .unwrap()
            .finish();
        outcome.unwrap_err().to_string()
    };
    let translate = refuse(Options {
        task: Task::Translate,
        ..Options::default()
    });
    assert!(translate.contains("multilingual"), "{translate}");
    let french = refuse(Options {
        language: Some("fr".into()),
        ..Options::default()
    });
    assert!(french.contains("English only"), "{french}");
}

#[test]
fn the_language_does_not_depend_on_what_was_heard_before() {
    let certainty = |audio| hear("whisper-base", audio, Options::default()).language_probability;
    let first = certainty(jfk());
    let mut short = jfk();
    short.samples.truncate(SPEECH_RATE as usize);
    certainty(short);
    assert!((certainty(jfk()) - first).abs() < 1e-4);
}

#[test]
fn prompts_of_any_length_are_taken() {
    for prompt in [
        "",
        "\0",
        "Fellow Americans.",
        &"é Landsleute, ".repeat(2_000),
    ] {
        let options = Options {
            prompt: Some(prompt.into()),
            ..Options::default()
        };
        let text = plain(&hear("whisper-base", jfk(), options).text);
        assert!(text.contains("your country"), "{text}");
    }
}

#[test]
fn a_cancelled_transcription_ends_early() {
    let engine = engine();
    let transcriber = engine.transcriber(Some("whisper-base")).unwrap();
    let mut long = jfk();
    for _ in 0..4 {
        long.samples.extend_from_within(..);
    }
    let cancellation = Cancellation::new();
    let stop = cancellation.clone();
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(200));
        stop.cancel();
    });
    let outcome = transcriber.transcribe(&long, &Options::default(), &mut |_| {}, &cancellation);
    assert!(matches!(outcome, Err(Error::Cancelled)));
}

/// whisper.cpp itself is the reference: the same words at about the same certainty.
#[test]
fn our_kernels_hear_what_whisper_cpp_hears() {
    let settings = LoadSettings::for_tests();
    let store = locutor_models::Store::new(locutor_models::Store::default_folder());
    let catalog = locutor_models::Catalog::builtin();
    for id in ["whisper-tiny.en", "whisper-base"] {
        let model = store.verify(catalog, id).unwrap();
        let file = model.file("ggml-model-q8_0.bin");
        let ours = WhisperTranscriber::load(id, &file, &settings)
            .unwrap()
            .unwrap();
        let theirs = WhisperCppTranscriber::load(id, &file, &settings).unwrap();
        let hear = |transcriber: &dyn Transcriber| {
            let never = Cancellation::new();
            transcriber
                .transcribe(&jfk(), &Options::default(), &mut |_| {}, &never)
                .unwrap()
        };
        let (ours, theirs) = (hear(&ours), hear(&theirs));
        assert_eq!(plain(&ours.text), plain(&theirs.text));
        assert!((ours.language_probability - theirs.language_probability).abs() < 0.02);
        let logprob = |transcript: &Transcript| transcript.segments[0].avg_logprob;
        assert!(
            (logprob(&ours) - logprob(&theirs)).abs() < 0.1,
            "{} {}",
            logprob(&ours),
            logprob(&theirs)
        );
    }
}
