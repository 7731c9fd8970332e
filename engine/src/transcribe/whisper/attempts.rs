//! How often and how something is decoded until it went well.

use std::sync::Arc;

use super::{
    Job, WhisperTranscriber, quality, seconds,
    segments::{Decoded, Reading, STEP},
    sequence::Heard,
    silence, window,
    write::{MOST_TOKENS, Manner},
};
use crate::{
    Cancellation, Result,
    audio::SPEECH_RATE,
    transcribe::{Effort, transcript},
};

/// Temperatures of the attempts after poor ones.
const HOTTER: [f32; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];
/// Seconds that are worth being heard again after a text that ended early, and that it must have reached.
const REST: f64 = 1.0;

/// At most thirty seconds of audio.
pub(super) struct Stretch<'a> {
    pub(super) samples: &'a [f32],
    pub(super) job: &'a Job<'a>,
    /// What was heard of it with a short context, if it was heard.
    pub(super) heard: Option<Arc<Heard>>,
}

/// One way to decode.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Attempt {
    /// Whether the encoder gets the context that it was trained with.
    full: bool,
    temperature: f32,
}

/// Something that was heard and is to be written.
struct Text<'a> {
    samples: &'a [f32],
    job: &'a Job<'a>,
    heard: Arc<Heard>,
    temperature: f32,
}

impl WhisperTranscriber {
    /// Several stretches. All of them are written at once; each that went badly, or whose text ended early, is heard again
    /// by itself.
    pub(super) fn stretches(
        &self,
        stretches: Vec<Stretch<'_>>,
        cancellation: &Cancellation,
    ) -> Result<Vec<Decoded>> {
        let mut texts = Vec::new();
        for stretch in &stretches {
            if silence::is_silent(stretch.samples) {
                continue;
            }
            let attempt = attempts(stretch.samples, stretch.job).next();
            let Some(Attempt { full, temperature }) = attempt else {
                continue;
            };
            let heard = match &stretch.heard {
                Some(heard) if !full => Arc::clone(heard),
                _ => self.hear(stretch.samples, full, cancellation)?,
            };
            texts.push(Text {
                samples: stretch.samples,
                job: stretch.job,
                heard,
                temperature,
            });
        }
        let mut first = self.texts(&texts, cancellation)?.into_iter();
        let stretches = stretches.iter().map(|stretch| {
            if silence::is_silent(stretch.samples) {
                return Ok(Decoded::default());
            }
            self.stretch(stretch.samples, stretch.job, first.next(), cancellation)
        });
        stretches.collect()
    }

    /// One stretch, of which a first attempt may have been made. What its text does not reach is heard again.
    fn stretch(
        &self,
        samples: &[f32],
        job: &Job<'_>,
        mut first: Option<Decoded>,
        cancellation: &Cancellation,
    ) -> Result<Decoded> {
        let mut all = Decoded::default();
        let mut start = 0;
        loop {
            let rest = &samples[start..];
            if silence::is_silent(rest) {
                return Ok(all);
            }
            let found = self.best(rest, job, first.take(), cancellation)?;
            all.fallbacks += found.fallbacks;
            for mut segment in found.segments {
                transcript::shift(&mut segment, seconds(start));
                // The last word before may have been heard a little beyond where its text ended.
                let before = all.segments.last().map_or(0.0, |before| before.end);
                transcript::begin_after(&mut segment, before);
                all.segments.push(segment);
            }
            let covered = (found.covered * f64::from(SPEECH_RATE)) as usize;
            let left = rest.len().saturating_sub(covered);
            // A text that ends at once would be heard again and again.
            if seconds(covered) < REST || seconds(left) < REST {
                return Ok(all);
            }
            start += covered;
        }
    }

    /// The best of as many attempts as it takes.
    fn best(
        &self,
        samples: &[f32],
        job: &Job<'_>,
        mut first: Option<Decoded>,
        cancellation: &Cancellation,
    ) -> Result<Decoded> {
        let once = job.options.effort == Effort::Once;
        let mut best: Option<Decoded> = None;
        let mut heard: Option<(bool, Arc<Heard>)> = None;
        let mut count = 0;
        for Attempt { full, temperature } in attempts(samples, job) {
            let found = match first.take() {
                Some(found) => found,
                None => {
                    let heard = match heard.take().filter(|(before, _)| *before == full) {
                        Some(same) => heard.insert(same),
                        None => heard.insert((full, self.hear(samples, full, cancellation)?)),
                    };
                    let text = Text {
                        samples,
                        job,
                        heard: Arc::clone(&heard.1),
                        temperature,
                    };
                    let mut found = self.texts(&[text], cancellation)?;
                    found.pop().unwrap_or_default()
                }
            };
            count += 1;
            let poor = quality::is_poor(&found.segments);
            let silent = found.segments.is_empty() || quality::is_silence(&found.segments);
            if !best
                .as_ref()
                .is_some_and(|best| quality::is_better(&best.segments, &found.segments))
            {
                best = Some(found);
            }
            // Silence is believed only of the whole context.
            if once || !poor || (full && silent) {
                break;
            }
        }
        let mut best = best.unwrap_or_default().without_inventions();
        best.fallbacks = count - 1;
        Ok(best)
    }

    /// One attempt at each text, all at once.
    fn texts(&self, texts: &[Text<'_>], cancellation: &Cancellation) -> Result<Vec<Decoded>> {
        let manners = texts.iter().map(|text| {
            let seconds = seconds(text.samples.len());
            let most_tokens = match text.job.options.effort {
                Effort::Once => super::most_tokens(seconds).min(MOST_TOKENS),
                Effort::Ordinary | Effort::Thorough => MOST_TOKENS,
            };
            let manner = Manner {
                prompt: &text.job.prompt,
                beginning: text.job.beginning,
                temperature: text.temperature,
                most_tokens,
                length: (seconds / STEP).ceil() as u32,
                hotwords: &text.job.hotwords,
            };
            (Arc::clone(&text.heard), manner)
        });
        let manners: Vec<(Arc<Heard>, Manner<'_>)> = manners.collect();
        let written = self.write(&manners, cancellation)?;
        let read = texts.iter().zip(written).map(|(text, written)| {
            let reading = Reading {
                tokenizer: &self.tokenizer,
                variant: self.variant,
                samples: text.samples,
                seconds: seconds(text.samples.len()),
                words: text.job.options.words,
                logprobs: text.job.options.logprobs,
            };
            (reading, written, Decoded::default())
        });
        let mut read: Vec<_> = read.collect();
        self.pool.each(&mut read, |_, (reading, written, decoded)| {
            *decoded = reading.segments(written);
        });
        Ok(read.into_iter().map(|(_, _, decoded)| decoded).collect())
    }
}

/// With a context as short as the audio first, with the full one when that went badly, then hotter and hotter
/// (Radford et al. 2022, section 4.5).
fn attempts(samples: &[f32], job: &Job<'_>) -> impl Iterator<Item = Attempt> + use<> {
    let is_short = window::encoder_context(samples.len()).is_some();
    let short = is_short && job.options.effort != Effort::Thorough;
    let usual = job.options.temperature;
    let hotter = HOTTER.into_iter().filter(move |hotter| *hotter > usual);
    let full = std::iter::once(usual)
        .chain(hotter)
        .map(|temperature| Attempt {
            full: true,
            temperature,
        });
    let short = short.then_some(Attempt {
        full: false,
        temperature: usual,
    });
    short.into_iter().chain(full)
}
