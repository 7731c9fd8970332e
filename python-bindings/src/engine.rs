//! Starting engine calls from Python.

use std::{path::PathBuf, time::Duration};

use locutor::{Cancellation, Error, audio::Audio, engine::LaneName, language, speak};
use pyo3::prelude::*;

use crate::{
    audio::{Source, from_samples},
    failure::unlocked,
    index::Index,
    options::{GenerateOptions, TranscribeOptions, parse},
    value::Value,
    work::Work,
};

/// The engine; see `locutor.Engine`.
#[pyclass(frozen, module = "locutor._locutor")]
pub(crate) struct Engine(locutor::Engine);

#[pymethods]
impl Engine {
    #[new]
    fn new(
        py: Python<'_>,
        models_dir: Option<PathBuf>,
        threads: Option<usize>,
        memory_budget: Option<u64>,
        unload_after: Option<f64>,
    ) -> PyResult<Self> {
        let build = || {
            let mut builder = locutor::Engine::builder();
            if let Some(folder) = models_dir {
                builder = builder.models_folder(folder);
            }
            if let Some(threads) = threads {
                builder = builder.threads(threads);
            }
            if let Some(bytes) = memory_budget {
                builder = builder.memory_budget(bytes);
            }
            if let Some(seconds) = unload_after {
                builder = builder.unload_after(idle_time(seconds)?);
            }
            builder.build()
        };
        unlocked(py, build).map(Self)
    }

    /// Events are segments, the result is the transcript.
    fn transcribe(&self, py: Python<'_>, source: Source, options: &str) -> PyResult<Work> {
        unlocked(py, || self.start_transcription(source.decode()?, options))
    }

    /// As `transcribe`, for mono samples as 32-bit floats in the machine's byte order.
    fn transcribe_samples(
        &self,
        py: Python<'_>,
        samples: &[u8],
        sample_rate: u32,
        options: &str,
    ) -> PyResult<Work> {
        unlocked(py, || {
            self.start_transcription(from_samples(samples, sample_rate)?, options)
        })
    }

    /// No events; the result is a list of guesses.
    fn detect_language(&self, py: Python<'_>, text: String) -> PyResult<Work> {
        unlocked(py, || {
            Work::without_events(
                |cancellation| self.0.detect_language(text, cancellation),
                |guesses| Value::json(&guesses),
            )
        })
    }

    /// No events; the result is the report, with ranges in characters.
    fn report_language(&self, py: Python<'_>, text: String) -> PyResult<Work> {
        let report = move |_: &locutor::Engine, cancellation: &Cancellation| {
            Ok(language::report(&text, cancellation)?.in_characters(&text))
        };
        unlocked(py, || {
            Work::without_events(
                |cancellation| self.0.submit(LaneName::Embed, cancellation, report),
                |report| Value::json(&report),
            )
        })
    }

    /// Events are shares that were judged; the result says what is spoken.
    fn spoken_languages(
        &self,
        py: Python<'_>,
        source: Source,
        model: Option<String>,
    ) -> PyResult<Work> {
        unlocked(py, || self.start_spoken_languages(source.decode()?, model))
    }

    /// As `spoken_languages`, for samples as `transcribe_samples` takes them.
    fn spoken_languages_of_samples(
        &self,
        py: Python<'_>,
        samples: &[u8],
        sample_rate: u32,
        model: Option<String>,
    ) -> PyResult<Work> {
        unlocked(py, || {
            self.start_spoken_languages(from_samples(samples, sample_rate)?, model)
        })
    }

    /// No events; the result is a list of vectors.
    fn embed(&self, py: Python<'_>, texts: Vec<String>, model: Option<String>) -> PyResult<Work> {
        unlocked(py, || {
            Work::without_events(
                |cancellation| self.0.embed(model, texts, cancellation),
                |embeddings| Ok(Value::Embeddings(embeddings)),
            )
        })
    }

    /// No events; the result is the open index.
    fn open_index(&self, py: Python<'_>, folder: PathBuf) -> PyResult<Work> {
        let open = move |engine: &locutor::Engine, _: &Cancellation| Index::open(engine, &folder);
        unlocked(py, || {
            Work::without_events(
                |cancellation| self.0.submit(LaneName::Embed, cancellation, open),
                |index| Ok(Value::Index(index)),
            )
        })
    }

    /// Events are pieces of text, the result says how it ended.
    fn generate(&self, py: Python<'_>, options: &str) -> PyResult<Work> {
        unlocked(py, || self.start_generation(options))
    }

    /// Events are sentences of audio.
    fn speak(
        &self,
        py: Python<'_>,
        text: String,
        voice: Option<String>,
        speed: f32,
        model: Option<String>,
    ) -> PyResult<Work> {
        unlocked(py, || {
            let streaming = self.0.speak(model, text, speak::Options { voice, speed })?;
            Ok(Work::new(
                streaming,
                |audio| Ok(Value::audio(&audio)),
                |()| Ok(Value::Nothing),
            ))
        })
    }

    /// Names of a model's voices and their languages.
    fn voices(&self, py: Python<'_>, model: Option<String>) -> PyResult<Work> {
        let voices = move |engine: &locutor::Engine, _: &Cancellation| {
            Ok(engine.synthesizer(model.as_deref())?.voices().to_vec())
        };
        unlocked(py, || {
            Work::without_events(
                |cancellation| self.0.submit(LaneName::Speak, cancellation, voices),
                |voices| Value::json(&voices),
            )
        })
    }
}

impl Engine {
    fn start_transcription(&self, audio: Audio, options: &str) -> locutor::Result<Work> {
        let mut options: TranscribeOptions = parse(options)?;
        let model = options.model.take();
        let streaming = self.0.transcribe(model, audio, options.request()?)?;
        Ok(Work::new(
            streaming,
            |segment| Value::json(&segment),
            |transcript| Value::json(&transcript),
        ))
    }

    fn start_spoken_languages(&self, audio: Audio, model: Option<String>) -> locutor::Result<Work> {
        let streaming = self.0.spoken_languages(model, audio)?;
        Ok(Work::new(
            streaming,
            |share| Value::json(&share),
            |heard| Value::json(&heard),
        ))
    }

    fn start_generation(&self, options: &str) -> locutor::Result<Work> {
        let mut options: GenerateOptions = parse(options)?;
        let (model, messages) = (options.model.take(), std::mem::take(&mut options.messages));
        let streaming = self.0.generate(model, messages, options.settings())?;
        Ok(Work::new(
            streaming,
            |text| Ok(Value::Text(text)),
            |generation| {
                Value::json(&serde_json::json!({
                    "text": generation.text,
                    "prompt_tokens": generation.prompt_tokens,
                    "cached_tokens": generation.cached_tokens,
                    "completion_tokens": generation.completion_tokens,
                    "finish_reason": generation.finish_reason,
                    "logprobs": generation.logprobs,
                }))
            },
        ))
    }
}

fn idle_time(seconds: f64) -> locutor::Result<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|source| Error::invalid("unload_after", source.to_string()))
}
