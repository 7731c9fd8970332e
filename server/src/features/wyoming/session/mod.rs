//! One connection from its first message to its end.

mod hear;
mod request;
mod speak;

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use locutor::Engine;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader, BufWriter},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::spawn_blocking,
    time::{Instant, timeout, timeout_at},
};

use self::request::Request;
use super::{
    hearing::Hearing,
    info::info,
    message::{Message, Unreadable},
    places::Places,
    speaking::Pieces,
};
use crate::{
    features::{live::Standing, models::ModelService},
    http::{ClientAddress, Fault, RateLimiting, stopped},
};

/// Longest time without a message, and for a connection that is heard without samples.
const IDLE: Duration = Duration::from_mins(5);
const SILENT: Duration = Duration::from_mins(1);

/// What sessions work with.
pub struct Parts {
    /// The engine.
    pub engine: Engine,
    /// Names of models.
    pub models: ModelService,
    /// Places for requests.
    pub places: Places,
    /// How often requests may come.
    pub limiting: RateLimiting,
    /// Longest that a client may leave a message unread.
    pub stall: Duration,
    /// Most characters that are spoken at once.
    pub speech_characters: usize,
}

/// A connection.
pub struct Session {
    parts: Arc<Parts>,
    address: ClientAddress,
    standing: Standing,
    reader: BufReader<OwnedReadHalf>,
    writer: BufWriter<OwnedWriteHalf>,
    /// How the samples to come shall be heard.
    request: Request,
    hearing: Option<Hearing>,
    /// When samples came last.
    heard_at: Instant,
    pieces: Option<Pieces>,
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
    /// Of somebody who was let in.
    pub fn new(
        parts: Arc<Parts>,
        stream: TcpStream,
        address: ClientAddress,
        standing: Standing,
    ) -> Self {
        let (reader, writer) = stream.into_split();
        Self {
            parts,
            address,
            standing,
            reader: BufReader::new(reader),
            writer: BufWriter::new(writer),
            request: Request::default(),
            hearing: None,
            heard_at: Instant::now(),
            pieces: None,
        }
    }

    /// Serves until either side ends it, or until the server stops.
    pub async fn run(mut self) {
        loop {
            let until = match self.hearing {
                Some(_) => self.heard_at + SILENT,
                None => Instant::now() + IDLE,
            };
            let next = tokio::select! {
                next = next(&mut self.reader, until) => next,
                () = stopped(&mut self.standing.stopping) => {
                    self.wind_up().await.ok();
                    return;
                }
                fault = self.standing.watch.refusal() => Err(End::Failed(fault)),
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

    /// What was heard and what was to be said so far, since no more can come.
    async fn wind_up(&mut self) -> Result<(), End> {
        self.finish().await?;
        self.stop().await
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
            "synthesize-start" => self.begin_text(&message).await,
            "synthesize-chunk" => self.add(message.text("text").unwrap_or_default()).await,
            "synthesize-stop" => self.stop().await,
            // As the protocol has it, others mean nothing here.
            _ => Ok(()),
        }
    }

    async fn describe(&mut self) -> Result<(), End> {
        self.pay().await?;
        let (engine, models) = (self.parts.engine.clone(), self.parts.models.clone());
        let told = spawn_blocking(move || info(&engine, &models)).await;
        let told = told.map_err(Fault::internal)?;
        self.tell(&told).await
    }

    /// Each thing that is asked for counts, as each request elsewhere does.
    async fn pay(&mut self) -> Result<(), End> {
        Ok(self.parts.limiting.assistant(self.address).await?)
    }

    async fn tell(&mut self, message: &Message) -> Result<(), End> {
        match timeout(self.parts.stall, message.write(&mut self.writer)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
}

/// The next message, if it begins until then.
async fn next(reader: &mut BufReader<OwnedReadHalf>, until: Instant) -> Result<Message, End> {
    // Who always has something to say would never be late otherwise.
    if Instant::now() >= until {
        return Err(End::Gone);
    }
    let begun = timeout_at(until, reader.fill_buf()).await;
    if !matches!(begun, Ok(Ok(bytes)) if !bytes.is_empty()) {
        return Err(End::Gone);
    }
    match Message::read(reader).await {
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
