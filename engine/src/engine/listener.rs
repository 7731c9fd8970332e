//! A stream of speech that the engine transcribes while it comes.
//!
//! pushes -> [`Live`] -> the lane of live decodes -> [`Event`]s. Streams take turns: each has at most one decode
//! waiting or running, so that of many the one that has waited longest goes first, and under load all of them are
//! decoded less often.

use std::time::{Duration, Instant};

use super::{Engine, LaneName};
use crate::{
    Cancellation, Error, Result,
    schedule::Pending,
    transcribe::{
        Transcript,
        live::{Event, Live, Metrics, Question, Settings},
    },
};

/// How long to wait before a full queue is asked again.
const PATIENCE: Duration = Duration::from_millis(20);

/// One stream. Dropping it stops its decode.
pub struct Listener {
    engine: Engine,
    model: Option<String>,
    live: Live,
    running: Option<Running>,
}

struct Running {
    question: Question,
    answer: Pending<Transcript>,
    cancellation: Cancellation,
}

impl Engine {
    /// Begins to listen to samples at this rate, in hertz; `model` `None` is the default one.
    ///
    /// # Errors
    /// [`Error::Model`] when the voice activity detector is not installed, [`Error::Audio`] for a rate that cannot
    /// be converted.
    pub fn listen(&self, model: Option<String>, rate: u32, settings: Settings) -> Result<Listener> {
        let detector = self.detector()?;
        let voices = settings
            .speakers
            .then(|| self.speaker_encoder())
            .transpose()?;
        let live = Live::new(&detector, voices, rate, settings)?;
        Ok(Listener {
            engine: self.clone(),
            model,
            live,
            running: None,
        })
    }
}

impl Listener {
    /// Hears mono samples in `[-1, 1]`. Never waits.
    ///
    /// # Errors
    /// [`Error::Backend`] when they cannot be converted.
    pub fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.live.push(samples)
    }

    /// What happened, after at most `limit`; with nothing to decode at once.
    ///
    /// # Errors
    /// The transcriber's; the stream may go on.
    pub fn poll(&mut self, limit: Duration) -> Result<Vec<Event>> {
        self.work(limit)?;
        Ok(self.live.events())
    }

    /// There is no more: waits for the last decodes and gives the last events.
    ///
    /// # Errors
    /// The transcriber's.
    pub fn finish(&mut self) -> Result<Vec<Event>> {
        self.live.finish()?;
        while self.work(Duration::MAX)? {}
        Ok(self.live.events())
    }

    /// Seconds of speech that were heard and not decoded yet.
    pub fn behind(&self) -> f64 {
        self.live.behind()
    }

    /// Sums so far.
    pub fn metrics(&self) -> Metrics {
        self.live.metrics()
    }

    /// Takes in what was decoded and begins what is due; tells whether there is more to come.
    fn work(&mut self, limit: Duration) -> Result<bool> {
        let until = Instant::now().checked_add(limit);
        loop {
            if self.running.is_none() && !self.begin(limit)? {
                return Ok(false);
            }
            let left = until.map_or(Duration::MAX, |until| {
                until.saturating_duration_since(Instant::now())
            });
            if !self.take_answer(left)? {
                return Ok(true);
            }
        }
    }

    /// Begins a decode if one is due and the queue has room for it, by then.
    fn begin(&mut self, limit: Duration) -> Result<bool> {
        let until = Instant::now().checked_add(limit);
        loop {
            let Some(question) = self.live.ask() else {
                return Ok(false);
            };
            if self.submit(question)? {
                return Ok(true);
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(false);
            }
            std::thread::sleep(PATIENCE);
        }
    }

    /// Whether the queue had room.
    fn submit(&mut self, question: Question) -> Result<bool> {
        let cancellation = Cancellation::new();
        let model = self.model.clone();
        let (audio, options) = (question.audio.clone(), question.options.clone());
        let work = move |engine: &Engine, cancellation: &Cancellation| {
            let transcriber = engine.transcriber(model.as_deref())?;
            transcriber.transcribe(&audio, &options, &mut |_| {}, cancellation)
        };
        let submitted = self
            .engine
            .submit(LaneName::Live, cancellation.clone(), work);
        match submitted {
            Ok(answer) => {
                self.running = Some(Running {
                    question,
                    answer,
                    cancellation,
                });
                Ok(true)
            }
            Err(Error::Busy { .. }) => {
                self.live.give_up();
                Ok(false)
            }
            Err(error) => {
                self.live.give_up();
                Err(error)
            }
        }
    }

    /// Whether an answer came within this time.
    fn take_answer(&mut self, limit: Duration) -> Result<bool> {
        let Some(running) = &self.running else {
            return Ok(false);
        };
        // A year: the channel adds the time to now.
        let limit = limit.min(Duration::from_hours(8_760));
        let Some(outcome) = running.answer.wait_timeout(limit) else {
            return Ok(false);
        };
        let Some(running) = self.running.take() else {
            return Ok(false);
        };
        match outcome {
            Ok(transcript) => {
                self.live.answer(&running.question, transcript);
                Ok(true)
            }
            Err(error) => {
                self.live.give_up();
                Err(error)
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.cancellation.cancel();
        }
    }
}
