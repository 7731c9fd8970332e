//! People whose voices a client knows: names, and sound of each as a data URL.

use std::io::Cursor;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use locutor::{
    Error,
    audio::{self, SPEECH_RATE},
    transcribe::recording::KnownSpeaker,
};

use crate::http::Fault;

/// Most people.
const MOST: usize = 8;
/// Longest sound of one, in seconds; of more than half a minute no more is learnt.
const SECONDS: f64 = 60.0;
/// Most bytes of a sound as text.
pub const REFERENCE_BYTES: usize = 3 << 19;
/// Most bytes of a name.
pub const NAME_BYTES: usize = 128;

/// What a form said of known voices.
#[derive(Debug, Default)]
pub struct KnownVoices {
    names: Vec<String>,
    sounds: Vec<Vec<u8>>,
}

impl KnownVoices {
    /// Another name.
    ///
    /// # Errors
    /// 400 when there are too many.
    pub fn name(&mut self, name: String) -> Result<(), Fault> {
        if name.trim().is_empty() || self.names.len() == MOST {
            let message = format!("must be from 1 to {MOST} names that say something");
            return Err(Fault::invalid("known_speaker_names", message));
        }
        self.names.push(name);
        Ok(())
    }

    /// Another sound: `data:audio/wav;base64,…`.
    ///
    /// # Errors
    /// 400 when it is none.
    pub fn sound(&mut self, url: &str) -> Result<(), Fault> {
        let refuse = |message: String| Fault::invalid("known_speaker_references", message);
        if self.sounds.len() == MOST {
            return Err(refuse(format!("may be at most {MOST}")));
        }
        let encoded = url
            .strip_prefix("data:")
            .and_then(|rest| rest.split_once(";base64,"))
            .map(|(_, encoded)| encoded);
        let encoded = encoded.ok_or_else(|| {
            refuse("must be data URLs: `data:audio/wav;base64,` and so on".into())
        })?;
        let bytes = STANDARD
            .decode(encoded.trim())
            .map_err(|error| refuse(format!("is not base64: {error}")))?;
        self.sounds.push(bytes);
        Ok(())
    }

    /// Whether nobody is known.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.sounds.is_empty()
    }

    /// Refuses names without sounds.
    ///
    /// # Errors
    /// 400 then.
    pub fn check(&self) -> Result<(), Fault> {
        if self.names.len() == self.sounds.len() {
            return Ok(());
        }
        let message = format!(
            "there are {} names and {} references; send one of each for every speaker",
            self.names.len(),
            self.sounds.len()
        );
        Err(Fault::invalid("known_speaker_names", message))
    }

    /// The voices, decoded: for a thread that may take its time.
    ///
    /// # Errors
    /// That of the decoder, which names the speaker.
    pub fn decode(self) -> locutor::Result<Vec<KnownSpeaker>> {
        let limits = audio::Limits {
            max_seconds: SECONDS,
        };
        let decode = |(name, bytes): (String, Vec<u8>)| {
            let audio = audio::decode_reader(Cursor::new(bytes), Some(SPEECH_RATE), limits);
            let audio = audio.map_err(|error| {
                Error::invalid("known_speaker_references", format!("`{name}`: {error}"))
            })?;
            Ok(KnownSpeaker { name, audio })
        };
        self.names
            .into_iter()
            .zip(self.sounds)
            .map(decode)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sounds_come_in_pairs() {
        let mut voices = KnownVoices::default();
        assert!(voices.check().is_ok() && voices.is_empty());
        voices.name("Ada".into()).unwrap();
        assert!(voices.check().is_err());
        for url in [
            "",
            "http://example.com/a.wav",
            "data:audio/wav,abc",
            "data:audio/wav;base64,!",
        ] {
            assert!(voices.sound(url).is_err(), "{url}");
        }
        voices.sound("data:audio/wav;base64,UklGRg==").unwrap();
        assert!(voices.check().is_ok());
        // Four bytes are no sound.
        assert!(voices.decode().unwrap_err().to_string().contains("Ada"));
    }

    #[test]
    fn there_are_not_too_many() {
        let mut voices = KnownVoices::default();
        for number in 0..MOST {
            voices.name(format!("{number}")).unwrap();
        }
        assert!(voices.name("one more".into()).is_err());
        assert!(KnownVoices::default().name("  ".into()).is_err());
    }
}
