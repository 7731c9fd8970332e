//! Text to speech: a text, whole or in pieces -> its sentences -> samples of each as soon as they are made.

use std::time::Duration;

use locutor::{
    Engine, Error, Result,
    audio::Audio,
    engine::LaneName,
    speak::{Options, Voice},
    text::sentences,
};

use crate::bridge::{self, Events};

/// Text that comes in pieces, of which sentences are spoken as soon as they are whole.
#[derive(Debug)]
pub struct Pieces {
    /// Who speaks.
    pub voice: Option<String>,
    waiting: String,
    characters: usize,
    most: usize,
}

impl Pieces {
    /// Of at most so many characters together.
    pub fn new(voice: Option<String>, most: usize) -> Self {
        Self {
            voice,
            waiting: String::new(),
            characters: 0,
            most,
        }
    }

    /// Takes more text; gives sentences that are whole, if there are any.
    ///
    /// # Errors
    /// When it is too much.
    pub fn add(&mut self, text: &str) -> Result<Option<String>> {
        if text.is_empty() {
            return Ok(None);
        }
        self.characters += text.chars().count();
        check_length(self.characters, self.most)?;
        self.waiting.push_str(text);
        let mut found = sentences(&self.waiting);
        // The last may go on.
        let Some(last) = found.pop().filter(|_| !found.is_empty()) else {
            return Ok(None);
        };
        let rest = self.waiting.split_off(last.start);
        Ok(Some(std::mem::replace(&mut self.waiting, rest)))
    }

    /// What is left at the end.
    pub fn rest(self) -> Option<String> {
        Some(self.waiting).filter(|text| !text.trim().is_empty())
    }
}

/// Refuses texts that are too long.
///
/// # Errors
/// With the setting that says so.
pub fn check_length(characters: usize, most: usize) -> Result<()> {
    if characters > most {
        let message = format!(
            "is {characters} characters long; at most {most} are spoken at once (`limits.speech_characters`)"
        );
        return Err(Error::invalid("text", message));
    }
    Ok(())
}

/// Speaks; the events are sentences. A voice that is not known is the default one.
///
/// # Errors
/// [`Error::Busy`]; the rest are events.
pub fn speak(
    engine: &Engine,
    text: String,
    voice: Option<String>,
    stall: Duration,
) -> Result<Events<Audio>> {
    bridge::stream(
        engine,
        LaneName::Speak,
        stall,
        move |engine, cancellation, sentences| {
            let synthesizer = engine.synthesizer(None)?;
            let voice = voice.and_then(|asked| known_voice(synthesizer.voices(), &asked));
            let options = Options {
                voice,
                ..Options::default()
            };
            let mut outcome = Ok(());
            let mut on_audio = |audio: Audio| {
                if let Err(error) = sentences.send(audio) {
                    cancellation.cancel();
                    outcome = Err(error);
                }
            };
            let spoken = synthesizer.synthesize(&text, &options, &mut on_audio, cancellation);
            outcome.and(spoken)
        },
    )
}

/// The voice of that name, or the first of that language (`en_US`, `en-US`, `en`).
fn known_voice(voices: &[Voice], asked: &str) -> Option<String> {
    let language = asked.replace('_', "-").to_lowercase();
    let speaks = |voice: &&Voice| {
        let own = voice.language.to_lowercase();
        own == language || own.split('-').next() == Some(&language)
    };
    let named = voices.iter().find(|voice| voice.id == asked);
    named
        .or_else(|| voices.iter().find(speaks))
        .map(|voice| voice.id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_are_found_by_name_and_by_language() {
        let voice = |id: &str, language: &str| Voice {
            id: id.to_owned(),
            language: language.to_owned(),
        };
        let voices = [voice("joe", "en-US"), voice("ana", "pt-PT")];
        for (asked, expected) in [
            ("ana", Some("ana")),
            ("pt_PT", Some("ana")),
            ("en", Some("joe")),
            ("de", None),
        ] {
            assert_eq!(known_voice(&voices, asked).as_deref(), expected, "{asked}");
        }
    }

    #[test]
    fn sentences_are_spoken_as_soon_as_they_are_whole() {
        let mut pieces = Pieces::new(None, 100);
        let mut spoken = Vec::new();
        for piece in [
            "The lamp",
            " is on. The door",
            " is shut. And",
            " the heating runs",
        ] {
            spoken.extend(pieces.add(piece).unwrap());
        }
        spoken.extend(pieces.rest());
        assert_eq!(
            spoken.concat(),
            "The lamp is on. The door is shut. And the heating runs"
        );
        assert_eq!(spoken[0].trim(), "The lamp is on.");
        assert_eq!(spoken.len(), 3);
    }

    #[test]
    fn too_much_text_is_refused() {
        let mut pieces = Pieces::new(None, 10);
        assert!(pieces.add("0123456789").is_ok());
        let refused = pieces.add("0").unwrap_err().to_string();
        assert!(refused.contains("limits.speech_characters"), "{refused}");
    }
}
