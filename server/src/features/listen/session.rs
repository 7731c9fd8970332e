//! One WebSocket from its upgrade to its end.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, close_code};
use locutor::{audio::pcm::Reader, transcribe::live::Event};
use tokio::{
    task::{block_in_place, spawn_blocking},
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};

use super::message::{ListenEvent, Request};
use crate::{
    features::live::{Measured, Over, Standing, close},
    http::Fault,
};

/// How often to look for events.
const RHYTHM: Duration = Duration::from_millis(50);
/// Seconds that a stream may be behind before more of it is read.
const BEHIND: f64 = 5.0;
/// Longest time without samples.
const SILENT: Duration = Duration::from_mins(1);
/// Longest that nothing may be decoded of what a client sent: the engine hears nothing any more.
const STUCK: Duration = Duration::from_mins(5);

/// A stream that is transcribed.
pub struct Session {
    pub socket: WebSocket,
    pub listener: Measured,
    pub standing: Standing,
}

/// Why it ended.
enum End {
    /// The client wants the rest.
    Finish,
    /// The server stops, or the client may not go on: it gets the rest.
    Over(Over),
    /// The client is gone or reads nothing.
    Gone,
    /// The client may not go on like this.
    Refused(u16, &'static str),
    /// The engine failed.
    Failed(locutor::Error),
}

impl Session {
    /// Serves until either side ends it.
    pub async fn run(mut self, ready: ListenEvent) {
        let end = match self.tell(&ready).await {
            Ok(()) => self.listen().await,
            Err(end) => end,
        };
        match end {
            End::Finish => self.finish(None).await,
            End::Over(over) => self.finish(Some(over)).await,
            End::Gone => {}
            End::Refused(code, reason) => close(&mut self.socket, code, reason).await,
            End::Failed(error) => self.fail(error).await,
        }
    }

    async fn listen(&mut self) -> End {
        let mut ticks = interval(RHYTHM);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut heard, mut decoded, mut before) = (Instant::now(), Instant::now(), 0);
        let mut reader = Reader::new(1);
        loop {
            let reads = self.listener.behind() < BEHIND;
            let progress = self.listener.metrics().decodes;
            if reads || progress > before {
                decoded = Instant::now();
            }
            before = progress;
            if !reads {
                // Whoever is not read cannot be heard.
                heard = Instant::now();
            }
            let outcome = tokio::select! {
                message = self.socket.recv(), if reads => {
                    match message {
                        Some(Ok(Message::Binary(bytes))) => {
                            if !bytes.is_empty() {
                                heard = Instant::now();
                            }
                            self.hear(&reader.read(&bytes))
                        }
                        Some(Ok(Message::Text(text))) => Err(requested(&text)),
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                        Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Gone),
                    }
                }
                _ = ticks.tick() => Ok(()),
                over = self.standing.over() => Err(End::Over(over)),
                () = sleep_until(heard + SILENT) => Err(End::Over(Over::Silent(
                    "no samples came for a minute; connect again when there are some",
                ))),
                () = sleep_until(decoded + STUCK) => Err(End::Failed(
                    locutor::Error::backend("live", "it heard nothing for five minutes"),
                )),
            };
            let outcome = match outcome {
                Ok(()) => self.tell_events().await,
                Err(end) => Err(end),
            };
            if let Err(end) = outcome {
                return end;
            }
        }
    }

    fn hear(&mut self, samples: &[f32]) -> Result<(), End> {
        // Of seconds at once the detector has a moment to think.
        block_in_place(|| self.listener.push(samples)).map_err(End::Failed)
    }

    async fn tell_events(&mut self) -> Result<(), End> {
        // To tell speakers apart takes a moment, too.
        let polled = block_in_place(|| self.listener.poll(Duration::ZERO));
        let events = polled.map_err(End::Failed)?;
        self.tell_all(events).await
    }

    async fn tell_all(&mut self, events: Vec<Event>) -> Result<(), End> {
        for event in events.into_iter().filter_map(ListenEvent::of) {
            self.tell(&event).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, event: &ListenEvent) -> Result<(), End> {
        let text = serde_json::to_string(event).map_err(|error| {
            tracing::error!(%error, "an event cannot be written");
            End::Gone
        })?;
        let sent = timeout(
            self.standing.stall,
            self.socket.send(Message::Text(text.into())),
        );
        match sent.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    /// Decodes what is left on a thread of its own, which may take a while.
    async fn finish(mut self, over: Option<Over>) {
        let mut listener = self.listener;
        let rest =
            spawn_blocking(move || listener.finish().map(|events| (events, listener.metrics())));
        let rest = rest.await.map_err(Fault::internal);
        let (socket, stall) = (&mut self.socket, self.standing.stall);
        let events = match rest {
            Ok(Ok((events, metrics))) => {
                let events = events.into_iter().filter_map(ListenEvent::of);
                let finished = ListenEvent::Finished {
                    audio_seconds: metrics.audio_seconds,
                    speech_seconds: metrics.speech_seconds,
                    words: metrics.words,
                    confidence: metrics.confidence,
                    first_word: metrics.first_word.map(Into::into),
                    committed: metrics.committed.map(Into::into),
                };
                let last = match &over {
                    Some(Over::Refused(fault)) => failure(fault.clone()),
                    Some(Over::Stopping | Over::Silent(_)) | None => finished,
                };
                events.chain([last]).collect()
            }
            Ok(Err(error)) => vec![failure(error.into())],
            Err(fault) => vec![failure(fault)],
        };
        for event in events {
            let Ok(text) = serde_json::to_string(&event) else {
                return;
            };
            let sent = timeout(stall, socket.send(Message::Text(text.into())));
            if !matches!(sent.await, Ok(Ok(()))) {
                return;
            }
        }
        match &over {
            Some(over) => close(socket, over.code(), over.reason()).await,
            None => close(socket, close_code::NORMAL, "finished").await,
        }
    }

    async fn fail(mut self, error: locutor::Error) {
        let event = failure(error.into());
        if self.tell(&event).await.is_ok() {
            close(&mut self.socket, close_code::ERROR, "see the error").await;
        }
    }
}

fn failure(fault: Fault) -> ListenEvent {
    ListenEvent::Error {
        code: fault.code,
        message: fault.message,
    }
}

fn requested(text: &str) -> End {
    match serde_json::from_str(text) {
        Ok(Request::Finish) => End::Finish,
        Err(_) => End::Refused(
            close_code::POLICY,
            "text messages may only be {\"type\":\"finish\"}; samples are binary",
        ),
    }
}
