//! Streams are counted for `/metrics` however they end.

use std::ops::{Deref, DerefMut};

use locutor::{engine::Listener, transcribe::live::Metrics};
use metrics::{counter, histogram};

/// What hears a stream; what it heard is counted when it is dropped: also when its client vanished, the engine failed or the server stopped.
pub struct Measured(Listener);

impl Measured {
    /// From its beginning.
    pub fn new(listener: Listener) -> Self {
        Self(listener)
    }
}

impl Deref for Measured {
    type Target = Listener;

    fn deref(&self) -> &Listener {
        &self.0
    }
}

impl DerefMut for Measured {
    fn deref_mut(&mut self) -> &mut Listener {
        &mut self.0
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        count_heard(&self.0.metrics());
    }
}

/// Counts a stream, which may have several listeners one after the other, or none.
pub fn count_stream() {
    counter!("locutor_live_streams_total").increment(1);
}

fn count_heard(metrics: &Metrics) {
    counter!("locutor_live_seconds_total").increment(metrics.audio_seconds.round() as u64);
    counter!("locutor_live_words_total").increment(metrics.words);
    counter!("locutor_live_lost_seconds_total").increment(metrics.lost_seconds.ceil() as u64);
    if let Some(confidence) = metrics.confidence {
        histogram!("locutor_live_confidence").record(f64::from(confidence));
    }
    if let Some(delays) = metrics.first_word {
        histogram!("locutor_live_first_word_seconds").record(delays.median);
    }
    if let Some(delays) = metrics.committed {
        histogram!("locutor_live_committed_seconds").record(delays.median);
    }
}
