//! Speech to text: samples of one request -> a live stream of the engine -> words as they are certain.

use std::time::Duration;

use locutor::{
    Engine, Error, Result,
    audio::pcm::Reader,
    transcribe::live::{self, Event, Settings},
};
use tokio::{
    task::{block_in_place, spawn_blocking},
    time::{Instant, sleep},
};

use super::places::Place;
use crate::features::live::{Measured, count_stream};

/// Seconds that it may be behind before it hears more.
const BEHIND: f64 = 5.0;
/// How long to wait for a decode at once.
const RHYTHM: Duration = Duration::from_millis(50);
/// Longest that a stream may be behind without going on.
const PATIENCE: Duration = Duration::from_mins(2);
/// Longest stream; nobody gives a longer command.
const LONGEST: Duration = Duration::from_mins(30);
/// Seconds that are pushed at once.
const PIECE: usize = 1;
/// Bytes of a sample.
const WIDTH: u64 = 2;
/// Samples per second that can be read.
const RATES: std::ops::RangeInclusive<u64> = 8_000..=48_000;
/// Channels that can be read.
const CHANNELS: std::ops::RangeInclusive<u64> = 1..=8;

/// How the samples of a request are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Samples per second.
    pub rate: u32,
    /// Interleaved channels.
    pub channels: usize,
}

impl Format {
    /// From the numbers of a message.
    ///
    /// # Errors
    /// When it cannot be read, with what can.
    pub fn new(rate: u64, width: u64, channels: u64) -> Result<Self> {
        let readable = width == WIDTH && CHANNELS.contains(&channels) && RATES.contains(&rate);
        match u32::try_from(rate) {
            Ok(rate) if readable => Ok(Self {
                rate,
                channels: channels as usize,
            }),
            _ => Err(Error::invalid(
                "audio",
                "send samples of 16 bits (width 2) at 8,000 to 48,000 Hz, in 1 to 8 channels",
            )),
        }
    }

    fn bytes_of_second(self) -> usize {
        self.rate as usize * self.channels * WIDTH as usize
    }
}

/// One request that is being heard.
pub struct Hearing {
    listener: Measured,
    reader: Reader,
    format: Format,
    began: Instant,
    /// All that was certain so far.
    text: String,
    language: Option<String>,
    _place: Place,
}

impl Hearing {
    /// Begins.
    ///
    /// # Errors
    /// The engine's.
    pub async fn start(
        engine: &Engine,
        place: Place,
        model: String,
        format: Format,
        settings: Settings,
    ) -> Result<Self> {
        let engine = engine.clone();
        let listen = move || engine.listen(Some(model), format.rate, settings);
        let listener = spawn_blocking(listen).await.map_err(panicked)??;
        count_stream();
        Ok(Self {
            listener: Measured::new(listener),
            reader: Reader::new(format.channels),
            format,
            began: Instant::now(),
            text: String::new(),
            language: None,
            _place: place,
        })
    }

    /// How its samples are written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Hears samples; gives what became certain. Whoever sends faster than it is spoken waits here.
    ///
    /// # Errors
    /// The engine's, and when it takes too long.
    pub async fn hear(&mut self, bytes: &[u8]) -> Result<String> {
        if self.began.elapsed() > LONGEST {
            let message = "was heard for half an hour; begin another with `audio-start`";
            return Err(Error::invalid("audio", message));
        }
        let before = self.text.len();
        for piece in bytes.chunks(self.format.bytes_of_second() * PIECE) {
            let samples = self.reader.read(piece);
            // The detector has a moment to think.
            block_in_place(|| self.listener.push(&samples))?;
            self.poll()?;
            let until = Instant::now() + PATIENCE;
            while self.listener.behind() > BEHIND {
                if Instant::now() > until {
                    return Err(Error::backend("engine", "it fell too far behind"));
                }
                sleep(RHYTHM).await;
                self.poll()?;
            }
        }
        Ok(self.text[before..].to_owned())
    }

    /// There is no more: the rest, the whole text and its language.
    ///
    /// # Errors
    /// The engine's.
    pub async fn finish(mut self) -> Result<(String, String, Option<String>)> {
        let finish = move || {
            let before = self.text.len();
            let events = self.listener.finish()?;
            self.take(events)?;
            let rest = self.text[before..].to_owned();
            Ok((rest, self.text, self.language))
        };
        spawn_blocking(finish).await.map_err(panicked)?
    }

    fn poll(&mut self) -> Result<()> {
        let events = self.listener.poll(Duration::ZERO)?;
        self.take(events)
    }

    fn take(&mut self, events: Vec<Event>) -> Result<()> {
        for event in events {
            match event {
                Event::Committed { words } => live::append(&mut self.text, &words),
                Event::Ended { language, .. } => self.language = language.or(self.language.take()),
                // A command that lacks a part is worse than none.
                Event::Lost { .. } => return Err(Error::backend("engine", "a part was not heard")),
                _ => {}
            }
        }
        Ok(())
    }
}

fn panicked(_: tokio::task::JoinError) -> Error {
    Error::backend("engine", "the work panicked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_read_or_refused() {
        let format = |rate, width, channels| Format::new(rate, width, channels).ok();
        let expected = Format {
            rate: 22_050,
            channels: 2,
        };
        assert_eq!(format(22_050, 2, 2), Some(expected));
        for (rate, width, channels) in [
            (16_000, 4, 1),
            (16_000, 2, 0),
            (100, 2, 1),
            (u64::MAX, 2, 1),
            (16_000, 2, u64::MAX),
            (1 << 40, 2, 1),
        ] {
            assert_eq!(format(rate, width, channels), None);
        }
    }
}
