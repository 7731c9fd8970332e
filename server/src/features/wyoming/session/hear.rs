//! `audio-start`, `audio-chunk` and `audio-stop`: samples are heard.

use locutor::transcribe::live::Settings;
use locutor_models::{Entry, Task};
use serde_json::json;
use tokio::time::Instant;

use super::{
    End, Session,
    request::{Request, format},
};
use crate::{
    features::{
        models::Kind,
        wyoming::{hearing::Hearing, message::Message},
    },
    http::Fault,
};

impl Session {
    pub(super) async fn begin(&mut self, message: &Message) -> Result<(), End> {
        // It gives its place back before another is asked for.
        self.hearing = None;
        self.pay().await?;
        let format = format(message)?;
        let request = std::mem::take(&mut self.request);
        let model = self.model(&request)?;
        let settings = Settings {
            language: request.language,
            vocabulary: request.vocabulary,
            ..Settings::default()
        };
        let place = self.parts.places.for_stream(self.address)?;
        let hearing = Hearing::start(&self.parts.engine, place, model, format, settings);
        self.hearing = Some(hearing.await?);
        self.heard_at = Instant::now();
        self.tell(&Message::new("transcript-start", json!({})))
            .await
    }

    /// The model that was named, or one that knows the language: the default one if it does.
    fn model(&self, request: &Request) -> Result<String, Fault> {
        if let Some(name) = &request.model {
            return self.parts.models.resolve(Kind::Transcribe, name);
        }
        let default = self.parts.engine.defaults().transcriber.clone();
        let Some(language) = &request.language else {
            return Ok(default);
        };
        let installed = self.parts.models.installed();
        let knows = |entry: &&&Entry| entry.task == Task::Transcribe && knows(entry, language);
        let mut able = installed.iter().filter(knows);
        let is_able = able.clone().any(|entry| entry.id == default);
        Ok(match able.next() {
            Some(entry) if !is_able => entry.id.clone(),
            _ => default,
        })
    }

    pub(super) async fn hear(&mut self, message: &Message) -> Result<(), End> {
        if self.hearing.is_none() {
            // Some clients send samples without saying that they begin.
            self.begin(message).await?;
        }
        let Some(hearing) = &mut self.hearing else {
            return Ok(());
        };
        if format(message)? != hearing.format() {
            let text =
                "samples changed their format within one request; begin another with `audio-start`";
            return Err(Fault::invalid("audio", text).into());
        }
        let certain = hearing.hear(&message.payload).await?;
        if !message.payload.is_empty() {
            self.heard_at = Instant::now();
        }
        self.tell_chunk(&certain).await
    }

    pub(super) async fn finish(&mut self) -> Result<(), End> {
        let Some(hearing) = self.hearing.take() else {
            return Ok(());
        };
        let (rest, text, language) = hearing.finish().await?;
        self.tell_chunk(&rest).await?;
        let transcript = json!({"text": text.trim(), "language": language});
        self.tell(&Message::new("transcript", transcript)).await?;
        self.tell(&Message::new("transcript-stop", json!({}))).await
    }

    async fn tell_chunk(&mut self, text: &str) -> Result<(), End> {
        if text.is_empty() {
            return Ok(());
        }
        self.tell(&Message::new("transcript-chunk", json!({"text": text})))
            .await
    }
}

/// Whether a model hears a language, such as `en`, `en-US` or `en_US`.
fn knows(entry: &Entry, language: &str) -> bool {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    let mut known = entry.languages.iter();
    known.any(|known| known == "multilingual" || known.eq_ignore_ascii_case(primary))
}
