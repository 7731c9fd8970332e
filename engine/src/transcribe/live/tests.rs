//! A transcriber that knows what is said when, and the real one.

use std::sync::LazyLock;

use locutor_models::Store;

use super::*;
use crate::transcribe::formatting::{Choices, Fate};
use crate::vad::Sensitivity;
use crate::{Engine, audio};

const JFK: &[u8] = include_bytes!("../../../../tests/fixtures/audio/jfk.wav");
const WORDS: &str = "and so my fellow americans ask not what your country can do for you ask what you can do for your country";

fn detector() -> Detector {
    let models = Store::new(Store::default_folder());
    Detector::load(&models.folder().join("silero-vad"))
        .expect("run `locutor models pull silero-vad` first")
}

fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::builder().build().unwrap());
    &ENGINE
}

fn jfk() -> Vec<f32> {
    audio::decode(JFK, audio::Limits::default())
        .unwrap()
        .samples
}

/// All events of speech that comes in pieces of so many samples and is decoded after each.
fn listen(samples: &[f32], size: usize, settings: Settings) -> Vec<Event> {
    let transcriber = engine().transcriber(Some("whisper-base")).unwrap();
    let mut live = Live::new(&detector(), None, 16_000, settings).unwrap();
    let mut events = Vec::new();
    for piece in samples.chunks(size) {
        live.push(piece).unwrap();
        live.catch_up(transcriber.as_ref(), &Cancellation::new())
            .unwrap();
        events.extend(live.events());
    }
    live.finish().unwrap();
    live.catch_up(transcriber.as_ref(), &Cancellation::new())
        .unwrap();
    events.extend(live.events());
    events
}

fn committed(events: &[Event]) -> Vec<Word> {
    let words = events.iter().filter_map(|event| match event {
        Event::Committed { words } => Some(words.clone()),
        _ => None,
    });
    words.flatten().collect()
}

fn plain(words: &[Word]) -> String {
    let words: Vec<String> = words.iter().map(|word| guard::plain(&word.word)).collect();
    words.join(" ")
}

#[test]
fn who_pauses_within_a_sentence_goes_on_with_it() {
    let mut speech = jfk();
    speech.extend(vec![0.0; 48_000]);
    let ended = |ending| {
        let settings = Settings {
            sensitivity: Sensitivity {
                silence: 0.3,
                ..Sensitivity::default()
            },
            ending,
            ..Settings::default()
        };
        let events = listen(&speech, 1_600, settings);
        assert_eq!(plain(&committed(&events)), WORDS);
        let count = |of: fn(&Event) -> bool| events.iter().filter(|event| of(event)).count();
        let ended = count(|event| matches!(event, Event::Ended { .. }));
        let started = count(|event| matches!(event, Event::SpeechStarted { .. }));
        let stopped = count(|event| matches!(event, Event::SpeechStopped { .. }));
        assert_eq!((started, stopped), (ended, ended));
        ended
    };
    // He pauses four times.
    let by_silence = ended(Ending::Silence);
    let by_sentence = ended(Ending::Sentence { patience: 4.0 });
    assert!(
        by_silence >= 3 && by_sentence < by_silence,
        "{by_silence}, {by_sentence}"
    );
}

#[test]
fn words_are_written_as_wished_and_have_their_speaker() {
    let encoder = engine().speaker_encoder().unwrap();
    let settings = Settings {
        formatting: Choices {
            punctuation: Fate::Remove,
            ..Choices::default()
        }
        .formatting()
        .unwrap(),
        speakers: true,
        ..Settings::default()
    };
    let mut live = Live::new(&detector(), Some(encoder), 16_000, settings).unwrap();
    let transcriber = engine().transcriber(Some("whisper-base")).unwrap();
    live.push(&jfk()).unwrap();
    live.finish().unwrap();
    live.catch_up(transcriber.as_ref(), &Cancellation::new())
        .unwrap();
    let events = live.events();
    let words: Vec<String> = committed(&events)
        .into_iter()
        .map(|word| word.word)
        .collect();
    let said = words.join(" ");
    assert!(
        said.contains("and so my fellow americans") && said.ends_with("for your country"),
        "{said}"
    );
    assert!(
        said.chars()
            .all(|letter| letter == ' ' || letter.is_lowercase()),
        "{said}"
    );
    let ended = events.iter().filter_map(|event| match event {
        Event::Ended { speaker, text, .. } if !text.is_empty() => Some(speaker.as_deref()),
        _ => None,
    });
    let speakers: Vec<Option<&str>> = ended.collect();
    assert!(!speakers.is_empty());
    assert!(
        speakers.iter().all(|speaker| *speaker == Some("A")),
        "{speakers:?}"
    );
    let metrics = live.metrics();
    assert!(metrics.confidence.unwrap() > 0.5 && metrics.committed.is_some());
}

#[test]
fn speech_is_heard_without_its_noise_too() {
    let settings = Settings {
        noise_suppression: true,
        ..Settings::default()
    };
    let words = committed(&listen(&jfk(), 4_000, settings));
    let said: Vec<&str> = words.iter().map(|word| word.word.as_str()).collect();
    assert!(said.join(" ").contains("for your country"), "{said:?}");
}

#[test]
fn unknown_languages_and_too_many_hotwords_are_refused_at_once() {
    for settings in [
        Settings {
            language: Some("klingon".into()),
            ..Settings::default()
        },
        Settings {
            hotwords: vec!["Kilda".into(); 201],
            ..Settings::default()
        },
    ] {
        assert!(Live::new(&detector(), None, 16_000, settings).is_err());
    }
}

#[test]
fn kennedy_is_written_down_while_he_speaks() {
    let events = listen(&jfk(), 1_600, Settings::default());
    let words = committed(&events);
    assert_eq!(plain(&words), WORDS);
    assert!(words.windows(2).all(|pair| pair[0].start <= pair[1].start));
    // The text of the utterances is what was committed.
    let texts = events.iter().filter_map(|event| match event {
        Event::Ended { text, .. } => Some(text.clone()),
        _ => None,
    });
    let texts: Vec<String> = texts.collect();
    assert_eq!(texts.join(" "), text(&words));
    // Something is shown before it is certain.
    let tentative = events
        .iter()
        .position(|event| matches!(event, Event::Tentative { words } if !words.is_empty()));
    let first = events
        .iter()
        .position(|event| matches!(event, Event::Committed { .. }));
    assert!(tentative.unwrap() < first.unwrap());
    assert_eq!(events, listen(&jfk(), 1_600, Settings::default()));
}

#[test]
fn nothing_is_written_where_nobody_speaks() {
    let mut seed = 7_u32;
    let noise: Vec<f32> = (0..16_000 * 20)
        .map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 24) as f32 * 0.1 - 0.05
        })
        .collect();
    assert_eq!(listen(&noise, 4_000, Settings::default()), []);
    assert_eq!(
        listen(&vec![0.0; 16_000 * 20], 4_000, Settings::default()),
        []
    );
}

#[test]
fn a_stream_that_nobody_decodes_is_bounded_and_says_what_it_lost() {
    let mut live = Live::new(&detector(), None, 16_000, Settings::default()).unwrap();
    let speech = jfk();
    let before = 2.0;
    for _ in 0..8 {
        // Without the pauses between the sentences.
        live.push(&speech[5_600..35_000]).unwrap();
        live.push(&speech[5_600..35_000]).unwrap();
        live.push(&speech[5_600..35_000]).unwrap();
        live.push(&speech[5_600..35_000]).unwrap();
        live.push(&speech[5_600..35_000]).unwrap();
    }
    let lost = live.metrics().lost_seconds;
    assert!(lost > before, "{lost}");
    assert!(seconds(live.buffer.end() - live.buffer.start()) <= buffer::MOST_SECONDS as f64);
    let told = live.events().into_iter().filter_map(|event| match event {
        Event::Lost { seconds } => Some(seconds),
        _ => None,
    });
    assert!((told.sum::<f64>() - lost).abs() < 1e-6);
}

#[test]
fn whoever_is_behind_knows_it_and_hurries() {
    let mut live = Live::new(&detector(), None, 16_000, Settings::default()).unwrap();
    live.push(&jfk()).unwrap();
    // Four utterances wait, of which the first is over.
    assert!(live.behind() > 10.0, "{}", live.behind());
    let question = live.ask().unwrap();
    assert!(question.last && question.options.effort == Effort::Ordinary);
    assert!(question.audio.seconds() < 3.0);
}

#[test]
fn a_long_prefix_says_nothing_twice() {
    let settings = Settings {
        prefix: 5.0,
        ..Settings::default()
    };
    let mut live = Live::new(&detector(), None, 16_000, settings).unwrap();
    let silence = vec![0.0; 16_000 * 6];
    live.push(&silence).unwrap();
    live.push(&jfk()[..40_000]).unwrap();
    live.push(&silence).unwrap();
    // It is behind by what was said, not by what was silent before, and asks about that.
    assert!(live.behind() < 3.0, "{}", live.behind());
    let question = live.ask().unwrap();
    live.answer(
        &question,
        Transcript {
            language: "en".into(),
            language_probability: 1.0,
            detection_seconds: 0.0,
            duration: 1.0,
            text: String::new(),
            segments: Vec::new(),
            ..Transcript::default()
        },
    );
    live.catch_up(
        engine()
            .transcriber(Some("whisper-tiny.en"))
            .unwrap()
            .as_ref(),
        &Cancellation::new(),
    )
    .unwrap();
    let ended = live.metrics();
    assert_eq!(ended.utterances, 1);
    live.push(&jfk()[..40_000]).unwrap();
    let question = live.ask().unwrap();
    assert!(
        question.from >= live.ended,
        "{} {}",
        question.from,
        live.ended
    );
}

#[test]
fn what_comes_all_at_once_is_heard_once() {
    let speech = jfk();
    let events = listen(&speech, speech.len(), Settings::default());
    let words = committed(&events);
    assert!((18..=26).contains(&words.len()), "{}", plain(&words));
}

/// A transcriber that hears nothing, such as one that is played music.
fn wordless() -> Transcript {
    Transcript {
        language: "en".into(),
        language_probability: 1.0,
        detection_seconds: 0.0,
        duration: 1.0,
        text: String::new(),
        segments: Vec::new(),
        ..Transcript::default()
    }
}

#[test]
fn what_waits_to_be_decoded_stays_however_little_was_said_before() {
    let mut live = Live::new(&detector(), None, 16_000, Settings::default()).unwrap();
    live.push(&jfk()).unwrap();
    live.push(&jfk()).unwrap();
    live.finish().unwrap();
    let mut reached = 0;
    while let Some(question) = live.ask() {
        // Each question goes on from where the one before ended, or earlier.
        assert!(
            question.from <= reached + 48_000,
            "{} {reached}",
            question.from
        );
        reached = question.until;
        live.answer(&question, wordless());
    }
    assert!(reached > 21 * 16_000, "{reached}");
    assert!(live.metrics().lost_seconds.abs() < 1e-9);
}
