//! The voice of the catalog, really speaking.

use std::sync::OnceLock;

use locutor_models::Store;

use super::*;

/// The same voice without chance, so that a text always sounds the same.
fn joe() -> &'static PiperSynthesizer {
    static JOE: OnceLock<PiperSynthesizer> = OnceLock::new();
    JOE.get_or_init(|| {
        let models = Store::new(Store::default_folder());
        let models = models.folder();
        let settings = LoadSettings::for_tests();
        let mut joe = PiperSynthesizer::load_files(
            &models.join("onnxruntime").join("libonnxruntime.so"),
            &models.join("piper-en-us-joe-medium"),
            &settings,
        )
        .expect("run `locutor models pull onnxruntime piper-en-us-joe-medium` first");
        joe.config.inference.noise_scale = 0.0;
        joe.config.inference.noise_w = 0.0;
        joe
    })
}

fn speak(text: &str, options: &Options) -> Result<Vec<Audio>> {
    let mut heard = Vec::new();
    joe().synthesize(
        text,
        options,
        &mut |audio| heard.push(audio),
        &Cancellation::new(),
    )?;
    Ok(heard)
}

fn say(text: &str) -> Vec<Audio> {
    speak(text, &Options::default()).unwrap()
}

fn seconds(heard: &[Audio]) -> f64 {
    heard.iter().map(Audio::seconds).sum()
}

#[test]
fn a_sentence_sounds_like_speech() {
    let heard = say("The quick brown fox jumps over the lazy dog.");
    assert_eq!(heard.len(), 1);
    let samples = &heard[0].samples;
    assert_eq!(heard[0].sample_rate, 22_050);
    assert!(samples.iter().all(|sample| (-1.0..=1.0).contains(sample)));
    let rms =
        (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt();
    assert!((0.03..0.4).contains(&rms), "root mean square {rms}");
    // Piper 1.8 takes 2.4 to 2.9 s for it.
    assert!(
        (2.0..3.4).contains(&seconds(&heard)),
        "{} s",
        seconds(&heard)
    );
}

#[test]
fn without_chance_a_text_always_sounds_the_same() {
    let (first, second) = (say("Hello there."), say("Hello there."));
    assert_eq!(first[0].samples.len(), second[0].samples.len());
    let difference = first[0].samples.iter().zip(&second[0].samples);
    assert!(
        difference
            .map(|(left, right)| (left - right).abs())
            .all(|it| it < 1e-3)
    );
}

#[test]
fn sentences_come_one_by_one_with_pauses_between() {
    let heard = say("One sentence. Another one! \n And a third?");
    assert_eq!(heard.len(), 3);
    let silent = |audio: &Audio| {
        let samples = audio.samples.iter().rev();
        samples.take_while(|sample| **sample == 0.0).count() as f64 / 22_050.0
    };
    assert!((silent(&heard[0]) - 0.2).abs() < 0.01);
    assert!((silent(&heard[1]) - 0.2).abs() < 0.01);
    assert!(silent(&heard[2]) < 0.01, "nothing follows the last");
}

#[test]
fn length_follows_the_text_and_the_speed() {
    let (short, long) = (
        "It is raining in the hills.",
        "It is raining in the hills. ".repeat(4),
    );
    let ratio = seconds(&say(&long)) / seconds(&say(short));
    assert!((3.5..5.0).contains(&ratio), "{ratio}");
    let fast = Options {
        speed: 2.0,
        ..Options::default()
    };
    let ratio = seconds(&say(short)) / seconds(&speak(short, &fast).unwrap());
    assert!((1.6..2.4).contains(&ratio), "{ratio}");
}

#[test]
fn numbers_are_read() {
    assert!(seconds(&say("1234567")) > 2.0 * seconds(&say("7")));
}

#[test]
fn strange_text_is_no_trouble() {
    for text in ["", " \n", "?!", "\u{0}\u{1b}[31m"] {
        let expected = usize::from(text.contains('3'));
        assert_eq!(say(text).len(), expected, "{text:?}");
    }
    for text in [
        "😀",
        "naïve café — 你好, мир",
        "x",
        "<b>&amp;</b>",
        "e\u{301}\u{301}",
    ] {
        assert!(seconds(&say(text)) > 0.1, "{text:?}");
    }
    let word = say(&"supercalifragilistic".repeat(40));
    assert!(word.len() > 1 && word.iter().all(|audio| audio.seconds() < 60.0));
}

#[test]
fn unusable_options_are_refused_by_name() {
    for (voice, speed, parameter) in [
        (Some("alloy"), 1.0, "voice"),
        (None, 9.0, "speed"),
        (None, f32::NAN, "speed"),
    ] {
        let options = Options {
            voice: voice.map(str::to_owned),
            speed,
        };
        let error = speak("hello", &options).unwrap_err().to_string();
        assert!(error.starts_with(parameter), "{error}");
    }
    let options = Options {
        voice: Some("en_US-joe-medium".into()),
        speed: 1.0,
    };
    assert_eq!(speak("hello", &options).unwrap().len(), 1);
}

#[test]
fn cancelled_speech_stops_after_the_sentence() {
    let cancellation = Cancellation::new();
    let mut heard = 0;
    let outcome = joe().synthesize(
        &"One more sentence. ".repeat(50),
        &Options::default(),
        &mut |_| {
            heard += 1;
            cancellation.cancel();
        },
        &cancellation,
    );
    assert!(matches!(outcome, Err(Error::Cancelled)));
    assert_eq!(heard, 1);
}
