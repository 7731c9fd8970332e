//! `synthesize`, whole or in pieces: a text is spoken.

use std::time::Duration;

use locutor::audio::pcm;
use serde_json::json;
use tokio::time::timeout;

use super::{End, Session, request::voice};
use crate::{
    features::wyoming::{
        message::Message,
        speaking::{self, Pieces, check_length},
    },
    http::Fault,
};

/// Bytes of samples in one message of ours: a tenth of a second.
const CHUNK: usize = 4_410;
/// Longest that one text may take to be spoken and read.
const SPEAKING: Duration = Duration::from_mins(5);

impl Session {
    pub(super) async fn synthesize(&mut self, message: &Message) -> Result<(), End> {
        let text = message.text("text").unwrap_or_default().to_owned();
        if message
            .text("text_format")
            .is_some_and(|format| format != "text")
        {
            let message = "only plain text is spoken; send it without `text_format`";
            return Err(Fault::invalid("text_format", message).into());
        }
        check_length(text.chars().count(), self.parts.speech_characters)?;
        self.pay().await?;
        if !self.speak(text, voice(message)).await? {
            // Whoever waits for speech waits for its end.
            let format = json!({"rate": 22_050, "width": 2, "channels": 1});
            self.tell(&Message::new("audio-start", format)).await?;
            self.tell(&Message::new("audio-stop", json!({}))).await?;
        }
        Ok(())
    }

    /// A text will come in pieces.
    pub(super) async fn begin_text(&mut self, message: &Message) -> Result<(), End> {
        self.pay().await?;
        let most = self.parts.speech_characters;
        self.pieces = Some(Pieces::new(voice(message), most));
        Ok(())
    }

    pub(super) async fn add(&mut self, text: &str) -> Result<(), End> {
        let Some(pieces) = &mut self.pieces else {
            return Ok(());
        };
        let voice = pieces.voice.clone();
        if let Some(whole) = pieces.add(text)? {
            // A line of dashes is silence among sentences.
            self.speak(whole, voice).await?;
        }
        Ok(())
    }

    pub(super) async fn stop(&mut self) -> Result<(), End> {
        let Some(pieces) = self.pieces.take() else {
            return Ok(());
        };
        let voice = pieces.voice.clone();
        if let Some(rest) = pieces.rest() {
            self.speak(rest, voice).await?;
        }
        self.tell(&Message::new("synthesize-stopped", json!({})))
            .await
    }

    /// Whether there was anything to say.
    async fn speak(&mut self, text: String, voice: Option<String>) -> Result<bool, End> {
        let _place = self.parts.places.for_text()?;
        let spoken = timeout(SPEAKING, self.speak_sentences(text, voice)).await;
        spoken.unwrap_or(Err(End::Gone))
    }

    async fn speak_sentences(&mut self, text: String, voice: Option<String>) -> Result<bool, End> {
        let mut sentences = speaking::speak(&self.parts.engine, text, voice, self.parts.stall)?;
        let mut begun = false;
        while let Some(audio) = sentences.next().await.transpose()? {
            let format = json!({"rate": audio.sample_rate, "width": 2, "channels": 1});
            if !begun {
                self.tell(&Message::new("audio-start", format.clone()))
                    .await?;
                begun = true;
            }
            for piece in pcm::to_s16le(&audio.samples).chunks(CHUNK) {
                let chunk = Message::with_payload("audio-chunk", format.clone(), piece.to_vec());
                self.tell(&chunk).await?;
            }
        }
        if begun {
            self.tell(&Message::new("audio-stop", json!({}))).await?;
        }
        Ok(begun)
    }
}
