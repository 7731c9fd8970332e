//! One connection from its first message to its end.

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use locutor::{Engine, audio::pcm, transcribe::live::Settings};
use locutor_models::{Entry, Task};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader, BufWriter},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::spawn_blocking,
    time::{Instant, timeout, timeout_at},
};

use super::{
    hearing::{Format, Hearing},
    info::info,
    message::{Message, Unreadable},
    places::Places,
    speaking::{self, Pieces, check_length},
};
use crate::{
    features::models::{Kind, ModelService},
    http::{Fault, Stopping, stopped},
};

/// Longest time without a message, and for a connection that is heard without samples.
const IDLE: Duration = Duration::from_mins(5);
const SILENT: Duration = Duration::from_mins(1);
/// Bytes of samples in one message of ours: a tenth of a second.
const CHUNK: usize = 4_410;
/// Longest that one text may take to be spoken and read.
const SPEAKING: Duration = Duration::from_mins(5);
/// Most bytes of the words to expect.
const VOCABULARY: usize = 2_000;

/// What sessions work with.
pub struct Parts {
    /// The engine.
    pub engine: Engine,
    /// Names of models.
    pub models: ModelService,
    /// Places for requests.
    pub places: Places,
    /// Longest that a client may leave a message unread.
    pub stall: Duration,
    /// Most characters that are spoken at once.
    pub speech_characters: usize,
}

/// A connection.
pub struct Session {
    parts: Arc<Parts>,
    reader: BufReader<OwnedReadHalf>,
    writer: BufWriter<OwnedWriteHalf>,
    /// How the samples to come shall be heard.
    request: Request,
    hearing: Option<Hearing>,
    /// When samples came last.
    heard_at: Instant,
    pieces: Option<Pieces>,
}

/// What a client asked for before its samples.
#[derive(Debug, Default, PartialEq)]
struct Request {
    model: Option<String>,
    language: Option<String>,
    vocabulary: Option<String>,
}

/// Why a session is over.
enum End {
    /// The client is gone, reads nothing or sends no messages.
    Gone,
    /// This went wrong. Clients take what comes after it for the answer, so nothing does.
    Failed(Fault),
}

impl From<locutor::Error> for End {
    fn from(error: locutor::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Fault> for End {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

impl Session {
    pub fn new(parts: Arc<Parts>, stream: TcpStream) -> Self {
        let (reader, writer) = stream.into_split();
        Self {
            parts,
            reader: BufReader::new(reader),
            writer: BufWriter::new(writer),
            request: Request::default(),
            hearing: None,
            heard_at: Instant::now(),
            pieces: None,
        }
    }

    /// Serves until either side ends it, or until the server stops and nothing is being answered.
    pub async fn run(mut self, mut stopping: Stopping) {
        loop {
            let busy = self.hearing.is_some() || self.pieces.is_some();
            let until = match self.hearing {
                Some(_) => self.heard_at + SILENT,
                None => Instant::now() + IDLE,
            };
            let next = tokio::select! {
                next = self.next(until) => next,
                () = stopped(&mut stopping), if !busy => return,
            };
            let outcome = match next {
                Ok(message) => self.answer(message).await,
                Err(end) => Err(end),
            };
            match outcome {
                Ok(()) => {}
                Err(End::Gone) => return,
                Err(End::Failed(fault)) => {
                    tracing::debug!(code = fault.code, "a request of an assistant failed");
                    let message = Message::error(fault.code, &fault.message);
                    self.tell(&message).await.ok();
                    return;
                }
            }
        }
    }

    /// The next message, if it begins until then.
    async fn next(&mut self, until: Instant) -> Result<Message, End> {
        let begun = timeout_at(until, self.reader.fill_buf()).await;
        if !matches!(begun, Ok(Ok(bytes)) if !bytes.is_empty()) {
            return Err(End::Gone);
        }
        match Message::read(&mut self.reader).await {
            Ok(Some(message)) => Ok(message),
            Ok(None) | Err(Unreadable::Connection(_)) => Err(End::Gone),
            Err(error) => {
                let fault = Fault::new(
                    StatusCode::BAD_REQUEST,
                    "malformed_message",
                    error.to_string(),
                );
                Err(fault.into())
            }
        }
    }

    async fn answer(&mut self, message: Message) -> Result<(), End> {
        match message.kind.as_str() {
            "describe" => self.describe().await,
            "ping" => {
                let text = message.text("text");
                self.tell(&Message::new("pong", json!({"text": text})))
                    .await
            }
            "transcribe" => {
                self.hearing = None;
                self.request = Request::of(&message);
                Ok(())
            }
            "audio-start" => self.begin(&message).await,
            "audio-chunk" => self.hear(&message).await,
            "audio-stop" => self.finish().await,
            "synthesize" if self.pieces.is_some() => Ok(()),
            "synthesize" => self.synthesize(&message).await,
            "synthesize-start" => {
                let most = self.parts.speech_characters;
                self.pieces = Some(Pieces::new(voice(&message), most));
                Ok(())
            }
            "synthesize-chunk" => self.add(message.text("text").unwrap_or_default()).await,
            "synthesize-stop" => self.stop().await,
            // As the protocol has it, others mean nothing here.
            _ => Ok(()),
        }
    }

    async fn describe(&mut self) -> Result<(), End> {
        let (engine, models) = (self.parts.engine.clone(), self.parts.models.clone());
        let told = spawn_blocking(move || info(&engine, &models)).await;
        let told = told.map_err(Fault::internal)?;
        self.tell(&told).await
    }

    async fn begin(&mut self, message: &Message) -> Result<(), End> {
        // It gives its place back before another is asked for.
        self.hearing = None;
        let format = format(message)?;
        let request = std::mem::take(&mut self.request);
        let model = self.model(&request)?;
        let settings = Settings {
            language: request.language,
            vocabulary: request.vocabulary,
            ..Settings::default()
        };
        let place = self.parts.places.for_stream()?;
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

    async fn hear(&mut self, message: &Message) -> Result<(), End> {
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

    async fn finish(&mut self) -> Result<(), End> {
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

    async fn synthesize(&mut self, message: &Message) -> Result<(), End> {
        let text = message.text("text").unwrap_or_default().to_owned();
        if message
            .text("text_format")
            .is_some_and(|format| format != "text")
        {
            let message = "only plain text is spoken; send it without `text_format`";
            return Err(Fault::invalid("text_format", message).into());
        }
        check_length(text.chars().count(), self.parts.speech_characters)?;
        if !self.speak(text, voice(message)).await? {
            // Whoever waits for speech waits for its end.
            let format = json!({"rate": 22_050, "width": 2, "channels": 1});
            self.tell(&Message::new("audio-start", format)).await?;
            self.tell(&Message::new("audio-stop", json!({}))).await?;
        }
        Ok(())
    }

    async fn add(&mut self, text: &str) -> Result<(), End> {
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

    async fn stop(&mut self) -> Result<(), End> {
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

    async fn tell(&mut self, message: &Message) -> Result<(), End> {
        match timeout(self.parts.stall, message.write(&mut self.writer)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
}

impl Request {
    fn of(message: &Message) -> Self {
        let named = |name: &str| {
            let text = message
                .text(name)
                .filter(|text| !text.is_empty() && text.len() < 200);
            text.map(str::to_owned)
        };
        Self {
            model: named("name"),
            language: named("language"),
            vocabulary: vocabulary(message),
        }
    }
}

fn format(message: &Message) -> locutor::Result<Format> {
    Format::new(
        message.number("rate", 16_000),
        message.number("width", 2),
        message.number("channels", 1),
    )
}

/// Whether a model hears a language, such as `en`, `en-US` or `en_US`.
fn knows(entry: &Entry, language: &str) -> bool {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    let mut known = entry.languages.iter();
    known.any(|known| known == "multilingual" || known.eq_ignore_ascii_case(primary))
}

/// Who shall speak: a voice by its name, or by its language.
fn voice(message: &Message) -> Option<String> {
    let voice = message.data.get("voice")?;
    let named = voice.get("name").or_else(|| voice.get("language"));
    named?.as_str().map(str::to_owned)
}

/// Terms and names to expect; of too many the last count, and names are worth more.
fn vocabulary(message: &Message) -> Option<String> {
    let lists = ["transcript_terms", "transcript_names"].map(|name| message.data.get(name));
    let words = lists
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten();
    let words: Vec<&str> = words.filter_map(Value::as_str).collect();
    let joined = words.join(", ");
    let start = joined.ceil_char_boundary(joined.len().saturating_sub(VOCABULARY));
    Some(joined[start..].to_owned()).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_and_words_to_expect_are_read() {
        let asked = Message::new("synthesize", json!({"text": "a", "voice": {"name": "joe"}}));
        assert_eq!(voice(&asked).as_deref(), Some("joe"));
        let asked = Message::new("synthesize", json!({"voice": {"language": "en_US"}}));
        assert_eq!(voice(&asked).as_deref(), Some("en_US"));
        assert_eq!(voice(&Message::new("synthesize", json!({}))), None);
        let asked = json!({"transcript_names": ["Hirta", 3], "transcript_terms": ["lamp"]});
        assert_eq!(
            vocabulary(&Message::new("transcribe", asked)).as_deref(),
            Some("lamp, Hirta")
        );
        assert_eq!(vocabulary(&Message::new("transcribe", json!({}))), None);
    }
}
