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
pub(super) struct AudioPart<'a> {
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

/// What a first attempt came to.
struct First {
    decoded: Decoded,
    /// What was heard with the full context, which further attempts hear too.
    heard: Option<Arc<Heard>>,
}

/// Something that was heard and is to be written.
struct Text<'a> {
    samples: &'a [f32],
    job: &'a Job<'a>,
    heard: Arc<Heard>,
    attempt: Attempt,
}

impl WhisperTranscriber {
    /// Several parts in which something is to be heard, of which as much comes in the same order. All of them are written at
    /// once; each that went badly, or whose text ended early, is heard again by itself.
    pub(super) fn parts(
        &self,
        parts: &[AudioPart<'_>],
        cancellation: &Cancellation,
    ) -> Result<Vec<Decoded>> {
        let mut texts = Vec::with_capacity(parts.len());
        for part in parts {
            let attempt = first_attempt(part.samples, part.job);
            let heard = match &part.heard {
                Some(heard) if !attempt.full => Arc::clone(heard),
                _ => self.hear(part.samples, attempt.full, cancellation)?,
            };
            texts.push(Text {
                samples: part.samples,
                job: part.job,
                heard,
                attempt,
            });
        }
        let written = self.texts(&texts, cancellation)?;
        // What was heard with a short context is heard no more.
        let heard = texts
            .into_iter()
            .map(|text| text.attempt.full.then_some(text.heard));
        let heard: Vec<Option<Arc<Heard>>> = heard.collect();
        let firsts = written.into_iter().zip(heard);
        let firsts = firsts.map(|(decoded, heard)| First { decoded, heard });
        let decoded = parts
            .iter()
            .zip(firsts)
            .map(|(part, first)| self.part(part, first, cancellation));
        decoded.collect()
    }

    /// One part. What its text does not reach is heard again.
    fn part(
        &self,
        part: &AudioPart<'_>,
        first: First,
        cancellation: &Cancellation,
    ) -> Result<Decoded> {
        let mut all = Decoded::default();
        let mut start = 0;
        let mut first = Some(first);
        loop {
            let rest = &part.samples[start..];
            let found = self.best(rest, part.job, first.take(), cancellation)?;
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
            if silence::is_silent(&part.samples[start..]) {
                return Ok(all);
            }
        }
    }

    /// The best of as many attempts as it takes, of which the first may have been made.
    fn best(
        &self,
        samples: &[f32],
        job: &Job<'_>,
        first: Option<First>,
        cancellation: &Cancellation,
    ) -> Result<Decoded> {
        let once = job.options.effort == Effort::Once;
        let (mut first, mut whole) = match first {
            Some(First { decoded, heard }) => (Some(decoded), heard),
            None => (None, None),
        };
        let mut best: Option<Decoded> = None;
        let mut count = 0;
        for attempt in attempts(samples, job) {
            let Attempt { full, temperature } = attempt;
            let found = if let Some(found) = first.take() {
                found
            } else {
                let heard = match whole.take().filter(|_| full) {
                    Some(heard) => heard,
                    None => self.hear(samples, full, cancellation)?,
                };
                whole = full.then(|| Arc::clone(&heard));
                let text = Text {
                    samples,
                    job,
                    heard,
                    attempt,
                };
                let found = self.texts(&[text], cancellation)?;
                found.into_iter().next().unwrap_or_default()
            };
            count += 1;
            let poor = quality::is_poor(&found.segments);
            // Whether nobody speaks is told by the whole context alone; what a short one gave then counts no more.
            let silent = full && quality::is_silence(&found.segments);
            let believed = silent && temperature <= job.options.temperature;
            let better = |best: &Decoded| quality::is_better(&best.segments, &found.segments);
            if believed || !best.as_ref().is_some_and(better) {
                best = Some(found);
            }
            if once || !poor || silent {
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
                temperature: text.attempt.temperature,
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
    let first = first_attempt(samples, job);
    let usual = Attempt {
        full: true,
        ..first
    };
    let hotter = HOTTER
        .into_iter()
        .filter(move |hotter| *hotter > usual.temperature)
        .map(move |temperature| Attempt {
            temperature,
            ..usual
        });
    let usual = (!first.full).then_some(usual);
    std::iter::once(first).chain(usual).chain(hotter)
}

fn first_attempt(samples: &[f32], job: &Job<'_>) -> Attempt {
    let is_short = window::encoder_context(samples.len()).is_some();
    Attempt {
        full: !is_short || job.options.effort == Effort::Thorough,
        temperature: job.options.temperature,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcribe::{Options, whisper::hotwords::Hotwords};

    #[test]
    fn contexts_grow_before_it_gets_hotter() {
        let tried = |seconds: usize, effort, temperature| {
            let options = Options {
                temperature,
                effort,
                ..Options::default()
            };
            let job = Job {
                options: &options,
                prompt: Vec::new(),
                beginning: 0,
                hotwords: Hotwords::default(),
            };
            let samples = vec![0.0; seconds * SPEECH_RATE as usize];
            let tried = attempts(&samples, &job).map(|one| (one.full, one.temperature));
            tried.collect::<Vec<_>>()
        };
        let hotter = HOTTER.map(|hotter| (true, hotter)).to_vec();
        let whole = [vec![(true, 0.0)], hotter.clone()].concat();
        let short = [vec![(false, 0.0)], whole.clone()].concat();
        assert_eq!(tried(5, Effort::Ordinary, 0.0), short);
        assert_eq!(tried(5, Effort::Thorough, 0.0), whole);
        assert_eq!(tried(30, Effort::Ordinary, 0.0), whole);
        let hot = [(true, 0.7), (true, 0.8), (true, 1.0)];
        assert_eq!(tried(30, Effort::Ordinary, 0.7), hot);
    }
}
