//! One WebSocket from its upgrade to its end.

use std::time::Duration;

use axum::{
    extract::ws::{Message, WebSocket, close_code},
    http::StatusCode,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use locutor::{
    audio::Audio,
    transcribe::live::{Event, Metrics},
};
use serde::Serialize;
use tokio::{
    task::{block_in_place, spawn_blocking},
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};

use super::{
    client::{ClientEvent, read},
    http::RealtimeState,
    items::Items,
    manual::{self, Appended},
    server::{ErrorDetails, ServerEvent, Session as Shown},
    settings::SessionSettings,
};
use crate::{
    features::{
        live::{Measured, Over, Standing, close},
        models::Kind,
    },
    http::Fault,
};

/// Longest piece in seconds: what is behind already is not read.
const MOST_SECONDS: usize = 20;
/// How often to look for events.
const RHYTHM: Duration = Duration::from_millis(50);
/// Seconds that a stream may be behind before more of it is read.
const BEHIND: f64 = 5.0;
/// Longest time without samples.
const SILENT: Duration = Duration::from_mins(5);

/// A session.
pub struct Session {
    pub socket: WebSocket,
    pub state: RealtimeState,
    pub settings: SessionSettings,
    pub items: Items,
    pub id: String,
    pub standing: Standing,
    /// What hears it, while the server says what an utterance is.
    pub listener: Option<Measured>,
    /// Seconds that earlier listeners heard.
    pub heard: f64,
    /// What was appended, while the client says so.
    pub appended: Appended,
    /// Events that were sent.
    pub sent: u64,
    /// When samples came last.
    pub heard_at: Instant,
}

/// The client is gone, or does not read.
struct Gone;

/// An event with its id.
#[derive(Serialize)]
struct Numbered<'a> {
    event_id: String,
    #[serde(flatten)]
    event: &'a ServerEvent,
}

impl Session {
    /// Serves until either side ends it.
    pub async fn run(mut self) {
        let created = ServerEvent::Created {
            session: self.shown(),
        };
        if self.tell(&created).await.is_ok() {
            // Whoever is gone needs no goodbye.
            self.serve().await.ok();
        }
    }

    async fn serve(&mut self) -> Result<(), Gone> {
        let mut ticks = interval(RHYTHM);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut before = 0;
        loop {
            let behind = self.listener.as_ref();
            let behind = behind.map_or(0.0, |listener| listener.behind());
            let progress = self.decodes();
            if behind >= BEHIND && progress > before {
                // Whoever is not read cannot be heard, as long as that goes on.
                self.heard_at = Instant::now();
            }
            before = progress;
            tokio::select! {
                message = self.socket.recv(), if behind < BEHIND => match message {
                    Some(Ok(Message::Text(text))) => self.obey(&text).await?,
                    Some(Ok(Message::Binary(_))) => {
                        let message = "events are JSON in text messages; samples are base64 in them";
                        self.refuse(Fault::invalid("event", message), None).await?;
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Gone),
                },
                _ = ticks.tick() => {}
                over = self.standing.over() => return self.leave(over).await,
                () = sleep_until(self.heard_at + SILENT) => {
                    let over = Over::Silent("no samples came for five minutes; connect again");
                    return self.leave(over).await;
                }
            }
            let polled = self
                .listener
                .as_mut()
                .map(|listener| listener.poll(Duration::ZERO));
            match polled.transpose() {
                Ok(events) => self.tell_heard(events.unwrap_or_default()).await?,
                Err(error) => return self.fail(error.into()).await,
            }
        }
    }

    /// What was heard so far is told, and why the session is over.
    async fn leave(&mut self, over: Over) -> Result<(), Gone> {
        self.end_listener().await?;
        match &over {
            Over::Stopping | Over::Silent(_) => {
                let rate = self.settings.encoding().rate();
                // What was appended is heard now or never; too little of it is no utterance.
                if let Ok(audio) = self.appended.take(rate)
                    && let Err(fault) = self.transcribe(audio).await?
                {
                    self.refuse(fault, None).await?;
                }
            }
            Over::Refused(fault) => self.refuse(fault.clone(), None).await?,
        }
        close(&mut self.socket, over.code(), over.reason()).await;
        Ok(())
    }

    async fn obey(&mut self, text: &str) -> Result<(), Gone> {
        let said = read(text);
        let outcome = match said.event {
            Ok(ClientEvent::Update { session }) => match self.settings.changed(*session) {
                Ok(settings) => self.update(settings).await,
                Err(fault) => Ok(Err(fault)),
            },
            Ok(ClientEvent::Append { audio }) => Ok(self.append(&audio).await),
            Ok(ClientEvent::Commit {}) => self.commit().await,
            Ok(ClientEvent::Clear {}) => self.clear().await.map(Ok),
            Err(fault) => Ok(Err(fault)),
        };
        match outcome? {
            Ok(()) => Ok(()),
            Err(fault) => self.refuse(fault, said.id).await,
        }
    }

    /// What was heard before is transcribed as it was asked for then.
    async fn update(&mut self, settings: SessionSettings) -> Result<Result<(), Fault>, Gone> {
        let name = &settings.transcription().model;
        if let Err(fault) = self.state.models.resolve(Kind::Transcribe, name) {
            return Ok(Err(fault));
        }
        self.end_listener().await?;
        if settings.encoding() != self.settings.encoding() || settings.listening().is_some() {
            self.appended.clear();
        }
        self.settings = settings;
        let updated = ServerEvent::Updated {
            session: self.shown(),
        };
        self.tell(&updated).await.map(Ok)
    }

    async fn append(&mut self, audio: &str) -> Result<(), Fault> {
        let encoding = self.settings.encoding();
        let bytes = STANDARD
            .decode(audio)
            .map_err(|_| Fault::invalid("audio", "is no base64"))?;
        let samples = encoding.samples(&bytes).ok_or_else(|| {
            Fault::invalid("audio", "ends in the middle of a sample; append whole ones")
        })?;
        if samples.len() > MOST_SECONDS * encoding.rate() as usize {
            let message = format!("is longer than {MOST_SECONDS} seconds; append it in pieces");
            return Err(Fault::invalid("audio", message));
        }
        if !samples.is_empty() {
            self.heard_at = Instant::now();
        }
        if self.settings.listening().is_none() {
            return self.appended.push(&samples, encoding.rate());
        }
        let listener = self.listener().await?;
        // Of seconds at once the detector has a moment to think.
        block_in_place(|| listener.push(&samples))?;
        Ok(())
    }

    async fn commit(&mut self) -> Result<Result<(), Fault>, Gone> {
        let committed = if self.settings.listening().is_some() {
            self.end_listener().await.map(Ok)
        } else {
            match self.appended.take(self.settings.encoding().rate()) {
                Ok(audio) => self.transcribe(audio).await,
                Err(fault) => Ok(Err(fault)),
            }
        };
        // Whoever waits for a transcript is not silent.
        self.heard_at = Instant::now();
        committed
    }

    /// An utterance that the client, or the end, says is one.
    async fn transcribe(&mut self, audio: Audio) -> Result<Result<(), Fault>, Gone> {
        let seconds = audio.seconds();
        self.items.begin();
        for event in self.items.commit() {
            self.tell(&event).await?;
        }
        let name = &self.settings.transcription().model;
        let model = match self.state.models.resolve(Kind::Transcribe, name) {
            Ok(model) => model,
            Err(fault) => return Ok(Err(fault)),
        };
        match manual::transcribe(&self.state.engine, model, &self.settings, audio).await {
            Ok(transcript) => {
                for event in self.items.complete(transcript.text, seconds) {
                    self.tell(&event).await?;
                }
            }
            Err(fault) => self.tell_failed(fault).await?,
        }
        Ok(Ok(()))
    }

    /// The listener of the present settings.
    async fn listener(&mut self) -> Result<&mut Measured, Fault> {
        if self.listener.is_none() {
            let name = &self.settings.transcription().model;
            let model = self.state.models.resolve(Kind::Transcribe, name)?;
            let settings = self.settings.listening().unwrap_or_default();
            let (engine, rate) = (self.state.engine.clone(), self.settings.encoding().rate());
            let begun = spawn_blocking(move || engine.listen(Some(model), rate, settings));
            let begun = begun.await.map_err(Fault::internal)??;
            self.listener = Some(Measured::new(begun));
        }
        self.listener
            .as_mut()
            .ok_or_else(|| Fault::internal("a listener that was just made is gone"))
    }

    /// Transcribes what is left, on a thread of its own, and goes on with a new listener.
    async fn end_listener(&mut self) -> Result<(), Gone> {
        let Some(mut listener) = self.listener.take() else {
            return Ok(());
        };
        let rest = spawn_blocking(move || {
            let events = listener.finish();
            (events, listener.metrics())
        });
        let (events, metrics) = match rest.await {
            Ok(rest) => rest,
            Err(error) => (
                Err(locutor::Error::backend("live", error)),
                Metrics::default(),
            ),
        };
        match events {
            Ok(events) => self.tell_heard(events).await?,
            Err(error) => {
                self.tell_failed(error.into()).await?;
                self.fail_open("the session could not hear it").await?;
            }
        }
        self.heard += metrics.audio_seconds;
        Ok(())
    }

    /// Forgets what was appended, also what is being transcribed.
    async fn clear(&mut self) -> Result<(), Gone> {
        self.appended.clear();
        if let Some(listener) = self.listener.take() {
            self.heard += listener.metrics().audio_seconds;
        }
        self.fail_open("it was cleared").await?;
        self.tell(&ServerEvent::Cleared {}).await
    }

    /// No item stays without an end.
    async fn fail_open(&mut self, message: &str) -> Result<(), Gone> {
        while let Some(item_id) = self.items.give_up() {
            let fault = Fault::new(StatusCode::CONFLICT, "not_transcribed", message);
            let failed = ServerEvent::Failed {
                item_id,
                content_index: 0,
                error: ErrorDetails::of(fault, None),
            };
            self.tell(&failed).await?;
        }
        Ok(())
    }

    fn decodes(&self) -> u64 {
        let listener = self.listener.as_ref();
        listener.map_or(0, |listener| listener.metrics().decodes)
    }

    fn shown(&self) -> Shown {
        Shown {
            id: self.id.clone(),
            object: "realtime.transcription_session",
            settings: self.settings.clone(),
        }
    }

    async fn tell_heard(&mut self, events: Vec<Event>) -> Result<(), Gone> {
        for event in events {
            for event in self.items.of(event, self.heard) {
                self.tell(&event).await?;
            }
        }
        Ok(())
    }

    async fn tell_failed(&mut self, fault: Fault) -> Result<(), Gone> {
        let error = ErrorDetails::of(fault, None);
        let event = match self.items.give_up() {
            Some(item_id) => ServerEvent::Failed {
                item_id,
                content_index: 0,
                error,
            },
            None => ServerEvent::Error { error },
        };
        self.tell(&event).await
    }

    /// The session cannot go on.
    async fn fail(&mut self, fault: Fault) -> Result<(), Gone> {
        self.tell_failed(fault).await?;
        close(&mut self.socket, close_code::ERROR, "see the error").await;
        Err(Gone)
    }

    async fn refuse(&mut self, fault: Fault, event_id: Option<String>) -> Result<(), Gone> {
        let error = ErrorDetails::of(fault, event_id);
        self.tell(&ServerEvent::Error { error }).await
    }

    async fn tell(&mut self, event: &ServerEvent) -> Result<(), Gone> {
        self.sent += 1;
        let numbered = Numbered {
            event_id: format!("event_{}", self.sent),
            event,
        };
        let text = serde_json::to_string(&numbered).map_err(|error| {
            tracing::error!(%error, "an event cannot be written");
            Gone
        })?;
        let sent = timeout(
            self.standing.stall,
            self.socket.send(Message::Text(text.into())),
        );
        match sent.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }
}
