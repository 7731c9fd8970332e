//! Transcription makes no more errors on the speech samples than when the ceilings were set; see
//! `benches/results/transcription.md`. The clips are synthetic voices, which Whisper hears worse
//! than people.

use std::sync::{Mutex, PoisonError};

use locutor::Engine;
use locutor_benches::error_rate::{
    Unit,
    hearing::{Heard, hear_all},
    samples,
    tally::{Tally, by_unit},
};

/// One model at a time: two at once want twice the machine's threads, and each waits for the other.
static TURN: Mutex<()> = Mutex::new(());

fn hear(model: &str) -> Vec<Heard> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let engine = Engine::builder().build().unwrap();
    let clips = samples::all(&engine).expect("get them with `locutor models pull speech-samples`");
    let clips = samples::understood_by(model, &clips).unwrap();
    hear_all(&engine, model, &clips, false, &mut |_| {}).unwrap()
}

/// Errors over length in the unit.
fn rate(heard: &[Heard], unit: Unit) -> f64 {
    let tallies = by_unit(heard);
    let tally = tallies.iter().find(|(other, _)| *other == unit);
    tally.expect("clips in that unit").1.rate()
}

#[test]
fn english_by_the_small_model() {
    let heard = hear("whisper-tiny.en");
    assert_eq!(heard.len(), 3);
    assert!(rate(&heard, Unit::Words) <= 0.05);
}

#[test]
fn nine_languages_by_the_default_model() {
    let heard = hear("whisper-base");
    assert_eq!(heard.len(), 27);
    let english: Vec<Heard> = heard
        .iter()
        .filter(|one| one.language == "en")
        .cloned()
        .collect();
    assert!(rate(&english, Unit::Words) <= 0.05);
    let words = rate(&heard, Unit::Words);
    assert!(words <= 0.45, "word error rate {words}");
    let characters = rate(&heard, Unit::Characters);
    assert!(characters <= 0.37, "character error rate {characters}");
    assert!(Tally::of(&heard).language_right >= 20);
}
