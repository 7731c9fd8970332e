//! Piper voices: VITS networks that turn phonemes into samples in one run.
//!
//! text -> [`utterances`] -> phoneme ids -> network -> samples, one utterance at a time.
//! Reference: Kim et al., "Conditional Variational Autoencoder with Adversarial Learning for
//! End-to-End Text-to-Speech", 2021; the input format is that of the Piper project.

mod config;
mod phoneme_ids;
mod utterances;

use std::{
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
};

use config::Config;
use locutor_models::VerifiedModel;
use ort::{
    session::{Session, SessionInputValue},
    value::Tensor,
};
use utterances::utterances;

use super::{Options, Synthesizer, Voice, espeak, onnx};
use crate::{Cancellation, Error, Result, audio::Audio, engine::LoadSettings};

/// A Piper voice, ready to speak.
pub struct PiperSynthesizer {
    /// ONNX Runtime's sessions are used by one caller at a time.
    session: Mutex<Session>,
    config: Config,
}

/// One run of the network.
struct Run<'a> {
    ids: Vec<i64>,
    speaker: Option<&'a i64>,
    length_scale: f32,
}

impl PiperSynthesizer {
    /// Loads the voice on the ONNX Runtime of the catalog.
    ///
    /// # Errors
    /// [`Error::MissingLibrary`] when ONNX Runtime or espeak-ng cannot be loaded,
    /// [`Error::Backend`] for a voice that cannot be used, [`Error::Io`].
    pub fn load(
        voice: &VerifiedModel,
        runtime: &VerifiedModel,
        settings: &LoadSettings,
    ) -> Result<Self> {
        let library = runtime.file("libonnxruntime.so");
        Self::load_files(&library, voice.folder(), settings)
    }

    fn load_files(library: &Path, voice: &Path, settings: &LoadSettings) -> Result<Self> {
        let description = voice.join("model.onnx.json");
        let bytes = fs::read(&description).map_err(|source| Error::Io {
            path: description,
            source,
        })?;
        let config = Config::parse(&bytes)?;
        // Learn now, not at the first sentence, whether the voice's language can be read.
        espeak::phonemize(&config.espeak_voice, "")?;
        let session = onnx::session(library, &voice.join("model.onnx"), settings)?;
        let expected = ["input", "input_lengths", "scales", "sid"];
        let expected = &expected[..if config.speakers.is_empty() { 3 } else { 4 }];
        let found: Vec<_> = session
            .inputs()
            .iter()
            .map(ort::value::Outlet::name)
            .collect();
        if found != expected {
            let message = format!("the network takes {found:?} instead of {expected:?}");
            return Err(Error::backend("piper", message));
        }
        Ok(Self {
            session: Mutex::new(session),
            config,
        })
    }

    fn speaker(&self, voice: Option<&str>) -> Result<Option<&i64>> {
        let position = match voice {
            None => 0,
            Some(name) => self.position(name)?,
        };
        Ok(self.config.speakers.get(position))
    }

    fn position(&self, name: &str) -> Result<usize> {
        let voices = &self.config.voices;
        let found = voices.iter().position(|voice| voice.id == name);
        found.ok_or_else(|| {
            let some: Vec<_> = voices.iter().take(20).map(|voice| &*voice.id).collect();
            let message = format!("there is no `{name}`; known: {}", some.join(", "));
            Error::invalid("voice", message)
        })
    }

    /// Samples of one utterance, loudest at full scale as in Piper.
    fn run(&self, run: Run<'_>) -> Result<Vec<f32>> {
        let inference = &self.config.inference;
        let scales = vec![inference.noise_scale, run.length_scale, inference.noise_w];
        let length = run.ids.len();
        let length_id = i64::try_from(length).map_err(|source| Error::backend("piper", source))?;
        let mut inputs: Vec<(&str, SessionInputValue<'_>)> = vec![
            ("input", tensor(vec![1, length], run.ids)?),
            ("input_lengths", tensor(vec![1], vec![length_id])?),
            ("scales", tensor(vec![3], scales)?),
        ];
        if let Some(&speaker) = run.speaker {
            inputs.push(("sid", tensor(vec![1], vec![speaker])?));
        }
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(inputs).map_err(onnx::refused)?;
        let Some(output) = outputs.values().next() else {
            return Err(Error::backend("piper", "the network gave no samples"));
        };
        let (_, samples) = output.try_extract_tensor::<f32>().map_err(onnx::refused)?;
        full_scale(samples)
    }
}

impl Synthesizer for PiperSynthesizer {
    fn voices(&self) -> &[Voice] {
        &self.config.voices
    }

    fn sample_rate(&self) -> u32 {
        self.config.sample_rate
    }

    fn synthesize(
        &self,
        text: &str,
        options: &Options,
        on_audio: &mut dyn FnMut(Audio),
        cancellation: &Cancellation,
    ) -> Result<()> {
        if !(0.25..=4.0).contains(&options.speed) {
            return Err(Error::invalid("speed", "must be in [0.25, 4]"));
        }
        let speaker = self.speaker(options.voice.as_deref())?;
        let length_scale = self.config.inference.length_scale / options.speed;
        let mut rest = utterances(&self.config.espeak_voice, text).peekable();
        while let Some(utterance) = rest.next().transpose()? {
            cancellation.check()?;
            let ids = self.config.ids.ids(&utterance.phonemes);
            let mut samples = self.run(Run {
                ids,
                speaker,
                length_scale,
            })?;
            if rest.peek().is_some() {
                let pause = utterance.pause * self.sample_rate() as f32 / options.speed;
                samples.resize(samples.len() + pause as usize, 0.0);
            }
            on_audio(Audio {
                samples,
                sample_rate: self.sample_rate(),
            });
        }
        cancellation.check()
    }
}

fn tensor<T: ort::value::PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static>(
    shape: Vec<usize>,
    values: Vec<T>,
) -> Result<SessionInputValue<'static>> {
    let tensor = Tensor::from_array((shape, values)).map_err(onnx::refused)?;
    Ok(tensor.into())
}

/// Scales the loudest sample to 1; what is almost silent stays so.
fn full_scale(samples: &[f32]) -> Result<Vec<f32>> {
    if !samples.iter().all(|sample| sample.is_finite()) {
        return Err(Error::backend(
            "piper",
            "the network gave samples that are no numbers",
        ));
    }
    let loudest = samples
        .iter()
        .fold(0.01_f32, |loudest, sample| loudest.max(sample.abs()));
    Ok(samples
        .iter()
        .map(|sample| (sample / loudest).clamp(-1.0, 1.0))
        .collect())
}

#[cfg(test)]
mod tests;
