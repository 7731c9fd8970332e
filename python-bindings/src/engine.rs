//! Starting engine calls from Python.

use std::{fs::File, path::PathBuf, time::Duration};

use locutor::{
    Error,
    audio::{Audio, Limits, SPEECH_RATE, decode_at, decode_reader},
    engine::LaneName,
    generate::{self, Message},
    schedule::Streaming,
    speak, transcribe,
};
use pyo3::prelude::*;
use serde::Deserialize;

use crate::{failure::exception, value::Value, work::Work};

/// The engine; see `locutor.Engine`.
#[pyclass(frozen, module = "locutor._locutor")]
pub(crate) struct Engine(locutor::Engine);

/// Where audio comes from.
#[derive(FromPyObject)]
enum Source {
    /// A file's bytes.
    Encoded(Vec<u8>),
    /// A file.
    Path(PathBuf),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TranscribeOptions {
    model: Option<String>,
    language: Option<String>,
    prompt: Option<String>,
    temperature: f32,
    words: bool,
    translate: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GenerateOptions {
    model: Option<String>,
    messages: Vec<Message>,
    max_tokens: usize,
    temperature: f64,
    top_p: f64,
    seed: u64,
    stop: Vec<String>,
}

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
            let idle = Duration::try_from_secs_f64(seconds)
                .map_err(|source| Error::invalid("unload_after", source.to_string()))
                .map_err(|error| exception(py, &error))?;
            builder = builder.unload_after(idle);
        }
        py.detach(|| builder.build())
            .map(Self)
            .map_err(|error| exception(py, &error))
    }

    /// Events are segments, the result is the transcript.
    fn transcribe(&self, py: Python<'_>, source: Source, options: &str) -> PyResult<Work> {
        py.detach(|| self.start_transcription(|| decode(source), options))
            .map_err(|error| exception(py, &error))
    }

    /// As `transcribe`, for mono samples as 32-bit floats in the machine's byte order.
    fn transcribe_samples(
        &self,
        py: Python<'_>,
        samples: &[u8],
        sample_rate: u32,
        options: &str,
    ) -> PyResult<Work> {
        py.detach(|| self.start_transcription(|| from_samples(samples, sample_rate), options))
            .map_err(|error| exception(py, &error))
    }

    /// No events; the result is a list of vectors.
    fn embed(&self, py: Python<'_>, texts: Vec<String>, model: Option<String>) -> PyResult<Work> {
        let streaming = Streaming::start(|cancellation, _events: locutor::schedule::Events<()>| {
            self.0.embed(model, texts, cancellation)
        });
        let streaming = streaming.map_err(|error| exception(py, &error))?;
        Ok(Work::new(
            streaming,
            |()| Ok(Value::Nothing),
            |embeddings| Ok(Value::Embeddings(embeddings)),
        ))
    }

    /// Events are pieces of text, the result says how it ended.
    fn generate(&self, py: Python<'_>, options: &str) -> PyResult<Work> {
        self.start_generation(options)
            .map_err(|error| exception(py, &error))
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
        let streaming = self.0.speak(model, text, speak::Options { voice, speed });
        let streaming = streaming.map_err(|error| exception(py, &error))?;
        Ok(Work::new(
            streaming,
            |audio| Ok(Value::audio(&audio)),
            |()| Ok(Value::Nothing),
        ))
    }

    /// Names of a model's voices and their languages.
    fn voices(&self, py: Python<'_>, model: Option<String>) -> PyResult<Work> {
        let streaming = Streaming::start(|cancellation, _events: locutor::schedule::Events<()>| {
            self.0
                .submit(LaneName::Speak, cancellation, move |engine, _| {
                    Ok(engine.synthesizer(model.as_deref())?.voices().to_vec())
                })
        });
        let streaming = streaming.map_err(|error| exception(py, &error))?;
        Ok(Work::new(
            streaming,
            |()| Ok(Value::Nothing),
            |voices| Value::json(&voices),
        ))
    }
}

impl Engine {
    fn start_transcription(
        &self,
        audio: impl FnOnce() -> locutor::Result<Audio>,
        options: &str,
    ) -> locutor::Result<Work> {
        let options: TranscribeOptions = parse(options)?;
        let task = if options.translate {
            transcribe::Task::Translate
        } else {
            transcribe::Task::Transcribe
        };
        let settings = transcribe::Options {
            language: options.language,
            task,
            prompt: options.prompt,
            temperature: options.temperature,
            words: options.words,
        };
        let streaming = self.0.transcribe(options.model, audio()?, settings)?;
        Ok(Work::new(
            streaming,
            |segment| Value::json(&segment),
            |transcript| Value::json(&transcript),
        ))
    }

    fn start_generation(&self, options: &str) -> locutor::Result<Work> {
        let options: GenerateOptions = parse(options)?;
        let settings = generate::Options {
            max_tokens: options.max_tokens,
            temperature: options.temperature,
            top_p: options.top_p,
            seed: options.seed,
            stop: options.stop,
        };
        let streaming = self.0.generate(options.model, options.messages, settings)?;
        Ok(Work::new(
            streaming,
            |text| Ok(Value::Text(text)),
            |generation| {
                Value::json(&serde_json::json!({
                    "text": generation.text,
                    "prompt_tokens": generation.prompt_tokens,
                    "completion_tokens": generation.completion_tokens,
                    "finish_reason": generation.finish_reason,
                }))
            },
        ))
    }
}

/// The package writes these itself; a value of the wrong type came from its caller.
fn parse<'a, T: Deserialize<'a>>(options: &'a str) -> locutor::Result<T> {
    serde_json::from_str(options).map_err(|source| Error::invalid("options", source.to_string()))
}

fn decode(source: Source) -> locutor::Result<Audio> {
    let limits = Limits::default();
    match source {
        Source::Encoded(bytes) => decode_at(&bytes, SPEECH_RATE, limits),
        Source::Path(path) => {
            let file = File::open(&path).map_err(|source| Error::Io { path, source })?;
            decode_reader(file, Some(SPEECH_RATE), limits)
        }
    }
}

fn from_samples(bytes: &[u8], sample_rate: u32) -> locutor::Result<Audio> {
    if !locutor::audio::RATES.contains(&sample_rate) {
        let message = format!(
            "is {sample_rate}; give hertz in {:?}",
            locutor::audio::RATES
        );
        return Err(Error::invalid("sample_rate", message));
    }
    let samples = bytes.as_chunks::<4>().0.iter().map(|bytes| {
        let sample = f32::from_ne_bytes(*bytes);
        if sample.is_finite() {
            sample.clamp(-1.0, 1.0)
        } else {
            0.0
        }
    });
    Ok(Audio {
        samples: samples.collect(),
        sample_rate,
    })
}
