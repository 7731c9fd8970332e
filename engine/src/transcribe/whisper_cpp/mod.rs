//! Whisper through whisper.cpp: for graphics cards, and for weights of other than eight bits.
//!
//! audio -> 16 kHz -> silence gate -> [`window`] (how much context to encode) -> whisper.cpp ->
//! [`quality`] (was it a good decode? else again with the full context) -> [`collect`] (segments and words).

mod collect;

use std::{
    ffi::c_void,
    path::Path,
    sync::{Mutex, PoisonError, atomic::AtomicBool, atomic::Ordering},
    time::Instant,
};

use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState,
    WhisperSysContext, WhisperSysState,
};

use super::{
    Effort, Options, Segment, Task, Transcriber, Transcript, transcript,
    whisper::{
        PROMPT_BYTES, check, choose, code, hotwords, knows_english_only, most_tokens, quality,
        silence::{self, SHORTEST},
        window,
    },
};
use crate::{
    Cancellation, Error, Result,
    audio::{Audio, SPEECH_RATE},
    engine::{Device, LoadSettings},
};

const BACKEND: &str = "whisper.cpp";

/// States kept for reuse; each holds the key and value caches of one running transcription.
const POOLED_STATES: usize = 2;

/// A Whisper model in GGML format.
pub struct WhisperCppTranscriber {
    model: String,
    context: WhisperContext,
    states: Mutex<Vec<WhisperState>>,
    threads: usize,
}

impl WhisperCppTranscriber {
    /// Loads the model.
    ///
    /// # Errors
    /// [`Error::Backend`] when whisper.cpp refuses the file.
    pub fn load(model: &str, file: &Path, settings: &LoadSettings) -> Result<Self> {
        whisper_rs::install_logging_hooks();
        let mut parameters = WhisperContextParameters::default();
        parameters.use_gpu(settings.device != Device::Cpu);
        if let Device::Cuda(number) = settings.device {
            parameters.gpu_device(i32::try_from(number).unwrap_or(0));
        }
        let context = WhisperContext::new_with_params(file, parameters)
            .map_err(|source| Error::backend(BACKEND, source))?;
        Ok(Self {
            model: model.to_owned(),
            context,
            states: Mutex::default(),
            threads: settings.threads,
        })
    }

    fn with_state<T>(&self, work: impl FnOnce(&mut WhisperState) -> Result<T>) -> Result<T> {
        let pooled = self.lock_states().pop();
        let mut state = match pooled {
            Some(state) => state,
            None => self
                .context
                .create_state()
                .map_err(|source| Error::backend(BACKEND, source))?,
        };
        let outcome = work(&mut state);
        let mut states = self.lock_states();
        if states.len() < POOLED_STATES {
            states.push(state);
        }
        outcome
    }

    fn lock_states(&self) -> std::sync::MutexGuard<'_, Vec<WhisperState>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tokens of the words to expect.
    fn prompt(&self, options: &Options) -> Result<Vec<i32>> {
        // It cannot be told which words are likely; what was said before makes them so.
        hotwords::check(&options.hotwords)?;
        let prompt = options.hotwords.join(", ");
        let said = options.prompt.as_deref().unwrap_or_default();
        let prompt = [prompt.as_str(), said].join(" ");
        if prompt.trim().is_empty() {
            return Ok(Vec::new());
        }
        // A zero byte would end the text early in C.
        let prompt = prompt.replace('\0', " ");
        let start = prompt.ceil_char_boundary(prompt.len().saturating_sub(PROMPT_BYTES));
        // No token is shorter than a byte, so there cannot be more of them.
        self.context
            .tokenize(&prompt[start..], PROMPT_BYTES)
            .map_err(|source| Error::backend(BACKEND, source))
    }

    /// The language to decode in and how sure we are of it.
    fn language(
        &self,
        state: &mut WhisperState,
        samples: &[f32],
        options: &Options,
    ) -> Result<(&'static str, f32)> {
        if let Some(asked) = &options.language {
            return Ok((code(asked)?, 1.0));
        }
        if !self.context.is_multilingual() {
            return Ok(("en", 1.0));
        }
        let probabilities = self.probabilities(state, samples)?;
        choose(&probabilities, options)
    }

    /// Of each language, in the beginning of the samples.
    fn probabilities(
        &self,
        state: &mut WhisperState,
        samples: &[f32],
    ) -> Result<Vec<(&'static str, f32)>> {
        let head = &samples[..samples.len().min(window::SAMPLES)];
        let context = window::encoder_context(head.len());
        self.begin(state, head, context);
        let (_, probabilities) = state
            .lang_detect(0, self.threads)
            .map_err(|source| Error::backend(BACKEND, source))?;
        let named = probabilities
            .into_iter()
            .zip(0..)
            .filter_map(|(probability, id)| Some((whisper_rs::get_lang_str(id)?, probability)));
        Ok(named.collect())
    }

    /// Puts the samples' spectrogram into the state, and how many positions the next encoder run
    /// has; 0 is the full context. whisper.cpp detects languages with whatever the last
    /// transcription on the state had, which would judge a long recording by a second of it. Only
    /// a transcription sets it, so one is begun and ended before it encodes.
    fn begin(&self, state: &mut WhisperState, samples: &[f32], positions: Option<usize>) {
        let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        parameters.set_n_threads(i32::try_from(self.threads).unwrap_or(1));
        parameters.set_language(Some("en"));
        parameters.set_audio_ctx(context(positions));
        refuse_to_encode(&mut parameters);
        // It has no result, as it was told to; without a spectrogram the next call fails.
        state.full(parameters, samples).ok();
    }

    fn decode(
        &self,
        state: &mut WhisperState,
        samples: &[f32],
        job: &Job<'_>,
        encoder_context: Option<usize>,
        cancellation: &Cancellation,
    ) -> Result<Vec<Segment>> {
        let flag = cancellation.flag();
        let seconds = samples.len() as f64 / f64::from(SPEECH_RATE);
        let mut parameters = self.parameters(job, seconds);
        parameters.set_audio_ctx(context(encoder_context));
        abort_when(&mut parameters, &flag);
        let outcome = state.full(parameters, samples);
        cancellation.check()?;
        outcome.map_err(|source| Error::backend(BACKEND, source))?;
        Ok(collect::segments(
            state,
            self.context.token_eot(),
            job,
            seconds,
        ))
    }

    fn parameters<'a>(&self, job: &'a Job<'_>, seconds: f64) -> FullParams<'a, 'a> {
        let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        parameters.set_n_threads(i32::try_from(self.threads).unwrap_or(1));
        parameters.set_language(Some(job.language));
        parameters.set_translate(job.options.task == Task::Translate);
        parameters.set_temperature(job.options.temperature);
        parameters.set_no_context(true);
        parameters.set_token_timestamps(job.options.words);
        parameters.set_print_progress(false);
        parameters.set_print_realtime(false);
        parameters.set_print_timestamps(false);
        parameters.set_suppress_blank(true);
        if job.options.effort == Effort::Once {
            parameters.set_temperature_inc(0.0);
            parameters.set_max_tokens(i32::try_from(most_tokens(seconds)).unwrap_or(i32::MAX));
        }
        // As tokens, because whisper-rs never frees a prompt that is given as text.
        parameters.set_tokens(&job.prompt);
        parameters
    }
}

/// As whisper.cpp writes it; 0 is the full context.
fn context(positions: Option<usize>) -> i32 {
    positions.map_or(0, |positions| i32::try_from(positions).unwrap_or(i32::MAX))
}

/// What to decode with.
struct Job<'a> {
    language: &'static str,
    options: &'a Options,
    /// Tokens of the prompt.
    prompt: Vec<i32>,
}

impl Transcriber for WhisperCppTranscriber {
    fn transcribe(
        &self,
        audio: &Audio,
        options: &Options,
        on_segment: &mut dyn FnMut(&Segment),
        cancellation: &Cancellation,
    ) -> Result<Transcript> {
        check(&self.model, self.context.is_multilingual(), options)?;
        let duration = audio.seconds();
        let resampled = audio.resampled(SPEECH_RATE)?;
        let samples = resampled.samples.as_slice();
        if silence::is_silent(samples) {
            let asked = options.language.as_deref().map(code).transpose()?;
            return Ok(transcript::empty(asked, duration));
        }
        self.with_state(|state| {
            cancellation.check()?;
            let started = Instant::now();
            let (language, language_probability) = self.language(state, samples, options)?;
            let detection_seconds = match options.language {
                Some(_) => 0.0,
                None => started.elapsed().as_secs_f64(),
            };
            let prompt = self.prompt(options)?;
            let job = Job {
                language,
                options,
                prompt,
            };
            let mut segments: Vec<Segment> = Vec::new();
            let mut fallbacks = 0;
            for part in window::parts(samples) {
                let (heard, again) =
                    self.part(state, &samples[part.clone()], &job, cancellation)?;
                fallbacks += again;
                let offset = part.start as f64 / f64::from(SPEECH_RATE);
                for mut segment in heard {
                    transcript::shift(&mut segment, offset);
                    segment.id = segments.len();
                    on_segment(&segment);
                    segments.push(segment);
                }
            }
            Ok(Transcript {
                language: language.to_owned(),
                language_probability,
                detection_seconds,
                duration,
                text: transcript::text(&segments),
                segments,
                fallbacks,
                quality: None,
            })
        })
    }

    fn language_probabilities(
        &self,
        audio: &Audio,
        cancellation: &Cancellation,
    ) -> Result<Vec<(&'static str, f32)>> {
        if !self.context.is_multilingual() {
            return Err(knows_english_only(&self.model));
        }
        let resampled = audio.resampled(SPEECH_RATE)?;
        if resampled.samples.len() < SHORTEST {
            return Err(Error::invalid("audio", "is too short to tell its language"));
        }
        self.with_state(|state| {
            cancellation.check()?;
            self.probabilities(state, &resampled.samples)
        })
    }
}

impl WhisperCppTranscriber {
    /// One stretch of audio: with a context as short as the audio first, with the full one when
    /// that went badly. Tells how often it was decoded again, as far as whisper.cpp does not do so by itself.
    fn part(
        &self,
        state: &mut WhisperState,
        samples: &[f32],
        job: &Job<'_>,
        cancellation: &Cancellation,
    ) -> Result<(Vec<Segment>, u32)> {
        if silence::is_silent(samples) {
            return Ok((Vec::new(), 0));
        }
        let short = match job.options.effort {
            Effort::Thorough => None,
            Effort::Once | Effort::Ordinary => window::encoder_context(samples.len()),
        };
        let mut segments = self.decode(state, samples, job, short, cancellation)?;
        let again =
            short.is_some() && job.options.effort != Effort::Once && quality::is_poor(&segments);
        if again {
            segments = self.decode(state, samples, job, None, cancellation)?;
        }
        segments.retain(|segment| !quality::is_invention(segment));
        Ok((segments, u32::from(again)))
    }
}

/// Ends a transcription when it is about to encode.
#[expect(unsafe_code, reason = "whisper.cpp asks through a C callback")]
fn refuse_to_encode(parameters: &mut FullParams<'_, '_>) {
    unsafe extern "C" fn refuse(
        _: *mut WhisperSysContext,
        _: *mut WhisperSysState,
        _: *mut c_void,
    ) -> bool {
        false
    }
    // SAFETY: the callback looks at none of its arguments.
    unsafe { parameters.set_start_encoder_callback(Some(refuse)) };
}

/// Lets whisper.cpp poll the flag between the nodes of its graphs.
#[expect(unsafe_code, reason = "whisper.cpp polls through a C callback")]
fn abort_when(parameters: &mut FullParams<'_, '_>, flag: &AtomicBool) {
    unsafe extern "C" fn poll(flag: *mut c_void) -> bool {
        // SAFETY: the pointer is that of the flag below, which outlives the decode.
        unsafe { &*flag.cast::<AtomicBool>() }.load(Ordering::Relaxed)
    }
    // SAFETY: the caller holds the flag until the decode that uses these parameters has returned,
    // and the callback only reads an atomic.
    unsafe {
        parameters.set_abort_callback(Some(poll));
        parameters.set_abort_callback_user_data(std::ptr::from_ref(flag).cast_mut().cast());
    }
}
