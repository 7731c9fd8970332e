//! Utterances as items: the events of the engine in the API's words.

use std::{collections::VecDeque, sync::Arc};

use axum::http::StatusCode;
use locutor::transcribe::{
    Word,
    live::{self, Event},
};

use super::server::{ErrorDetails, Item, ServerEvent, Usage};
use crate::{
    http::Fault,
    ports::{Clock, Randomness},
};

/// The items of one session.
pub struct Items {
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    /// Those that were begun and not transcribed yet, oldest first.
    open: VecDeque<Open>,
    /// The one that was committed last.
    last: Option<String>,
}

struct Open {
    id: String,
    /// What was sent of it.
    text: String,
}

impl Items {
    /// None yet.
    pub fn new(clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self {
            clock,
            randomness,
            open: VecDeque::new(),
            last: None,
        }
    }

    /// A new id.
    pub fn identifier(&self, kind: &str) -> String {
        let id = self.randomness.identifier(self.clock.as_ref());
        format!("{kind}_{}", id.simple())
    }

    /// What an event of a listener is here; `offset` is the seconds that other listeners heard before it.
    pub fn of(&mut self, event: Event, offset: f64) -> Vec<ServerEvent> {
        match event {
            Event::SpeechStarted { at } => {
                let item_id = self.begin();
                vec![ServerEvent::SpeechStarted {
                    audio_start_ms: millis(at + offset),
                    item_id,
                }]
            }
            Event::SpeechStopped { at } => self.stop(millis(at + offset)),
            Event::Committed { words } => self.delta(&words).into_iter().collect(),
            Event::Ended {
                start, end, text, ..
            } => self.complete(text, end - start),
            Event::Lost { seconds } => vec![lost(seconds)],
            _ => Vec::new(),
        }
    }

    /// Begins an item.
    pub fn begin(&mut self) -> String {
        let id = self.identifier("item");
        self.open.push_back(Open {
            id: id.clone(),
            text: String::new(),
        });
        id
    }

    /// The samples of the youngest item are complete.
    pub fn commit(&mut self) -> Vec<ServerEvent> {
        let Some(open) = self.open.back() else {
            return Vec::new();
        };
        let item_id = open.id.clone();
        let previous_item_id = self.last.replace(item_id.clone());
        let item = Item::new(&item_id);
        vec![
            ServerEvent::Committed {
                previous_item_id: previous_item_id.clone(),
                item_id,
            },
            ServerEvent::ItemAdded {
                previous_item_id: previous_item_id.clone(),
                item: item.clone(),
            },
            ServerEvent::ItemDone {
                previous_item_id,
                item,
            },
        ]
    }

    /// The oldest item is transcribed.
    pub fn complete(&mut self, transcript: String, seconds: f64) -> Vec<ServerEvent> {
        let Some(open) = self.open.pop_front() else {
            return Vec::new();
        };
        vec![ServerEvent::Completed {
            item_id: open.id,
            content_index: 0,
            transcript,
            usage: Usage::of(seconds),
        }]
    }

    /// The oldest item, which is transcribed no further.
    pub fn give_up(&mut self) -> Option<String> {
        self.open.pop_front().map(|open| open.id)
    }

    fn stop(&mut self, audio_end_ms: u64) -> Vec<ServerEvent> {
        let Some(open) = self.open.back() else {
            return Vec::new();
        };
        let stopped = ServerEvent::SpeechStopped {
            audio_end_ms,
            item_id: open.id.clone(),
        };
        let mut events = vec![stopped];
        events.extend(self.commit());
        events
    }

    fn delta(&mut self, words: &[Word]) -> Option<ServerEvent> {
        let open = self.open.front_mut()?;
        let before = open.text.len();
        live::append(&mut open.text, words);
        Some(ServerEvent::Delta {
            item_id: open.id.clone(),
            content_index: 0,
            delta: open.text[before..].to_owned(),
        })
    }
}

/// What the server could not keep.
fn lost(seconds: f64) -> ServerEvent {
    let message = format!("{seconds:.1} seconds were lost, because the server is overloaded");
    let fault = Fault::new(StatusCode::SERVICE_UNAVAILABLE, "audio_lost", message);
    ServerEvent::Error {
        error: ErrorDetails::of(fault, None),
    }
}

fn millis(seconds: f64) -> u64 {
    (seconds * 1000.0).round().max(0.0) as u64
}
