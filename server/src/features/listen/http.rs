//! The route.

use axum::{
    extract::{FromRef, State},
    response::Response,
};
use garde::Validate;
use locutor::{
    Engine,
    audio::SPEECH_RATE,
    transcribe::live::{Ending, Settings},
};
use serde::Deserialize;
use tokio::task::spawn_blocking;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{message::ListenEvent, session::Session};
use crate::{
    access::{Authorized, permission::EngineUse},
    features::{
        live::{Live, Measured, Opening},
        models::{Kind, ModelService},
        transcription::writing::{FateChoice, NumberChoice, ProfanityChoice, Writing},
    },
    http::{Fault, Query},
};

/// Largest message: two seconds at 48 kHz.
const MESSAGE_BYTES: usize = 192_000;

/// What this route works with.
#[derive(Clone)]
pub struct ListenState {
    /// The engine.
    pub engine: Engine,
    /// Names of models.
    pub models: ModelService,
    /// What all streams share.
    pub live: Live,
}

/// How to listen.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Listening {
    /// Model to hear with; absent: the default one.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[param(value_type = Option<String>, min_length = 1, max_length = 200, example = "whisper-base")]
    model: Option<String>,
    /// ISO 639-1 code of the language; absent: detected.
    #[serde(default)]
    #[garde(inner(length(chars, min = 2, max = 20)))]
    #[param(value_type = Option<String>, min_length = 2, max_length = 20, example = "en")]
    language: Option<String>,
    /// Words and spellings to expect.
    #[serde(default)]
    #[garde(inner(length(chars, max = 2_000)))]
    #[param(value_type = Option<String>, max_length = 2_000, example = "Kilda, Hirta")]
    prompt: Option<String>,
    /// Samples per second, 8000 to 48000.
    #[serde(default = "speech_rate")]
    #[garde(range(min = 8_000, max = 48_000))]
    #[param(default = 16_000, minimum = 8_000, maximum = 48_000)]
    rate: u32,
    /// When an utterance is over; absent: `silence`.
    #[serde(default)]
    #[garde(skip)]
    #[param(value_type = Option<Endpointing>, inline)]
    endpointing: Endpointing,
    /// Take noise out before anything is heard.
    #[serde(default)]
    #[garde(skip)]
    #[param(value_type = Option<bool>)]
    noise_suppression: bool,
    /// Tell who speaks.
    #[serde(default)]
    #[garde(skip)]
    #[param(value_type = Option<bool>)]
    diarize: bool,
    /// Words that are likelier than the model thinks, with commas between them.
    #[serde(default)]
    #[garde(inner(length(chars, max = 2_000)))]
    #[param(value_type = Option<String>, max_length = 2_000, example = "Kilda,Hirta")]
    hotwords: Option<String>,
    /// What becomes of bad language; absent: `keep`.
    #[serde(default)]
    #[garde(skip)]
    #[param(value_type = Option<ProfanityChoice>, inline)]
    profanity: ProfanityChoice,
    /// How numbers are written, as far as their words are told together; absent: `keep`.
    #[serde(default)]
    #[garde(skip)]
    #[param(value_type = Option<NumberChoice>, inline)]
    numbers: NumberChoice,
    /// What becomes of punctuation and capitals; absent: `keep`.
    #[serde(default)]
    #[garde(skip)]
    #[param(value_type = Option<FateChoice>, inline)]
    punctuation: FateChoice,
    /// What becomes of words such as "um"; absent: `keep`.
    #[serde(default)]
    #[garde(skip)]
    #[param(value_type = Option<FateChoice>, inline)]
    fillers: FateChoice,
}

impl Listening {
    fn settings(self) -> Result<Settings, Fault> {
        let writing = Writing {
            profanity: self.profanity,
            numbers: self.numbers,
            punctuation: self.punctuation,
            fillers: self.fillers,
            replace: Vec::new(),
        };
        let hotwords = self.hotwords.unwrap_or_default();
        let hotwords = hotwords.split(',').map(str::trim);
        Ok(Settings {
            language: self.language,
            vocabulary: self.prompt,
            hotwords: hotwords
                .filter(|word| !word.is_empty())
                .map(ToOwned::to_owned)
                .collect(),
            formatting: writing.formatting()?,
            speakers: self.diarize,
            noise_suppression: self.noise_suppression,
            ending: self.endpointing.ending(),
            ..Settings::default()
        })
    }
}

/// When an utterance is over.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Endpointing {
    /// Once nobody speaks.
    #[default]
    Silence,
    /// Once nobody speaks and what was said is a finished sentence, or after four seconds.
    Sentence,
}

impl Endpointing {
    fn ending(self) -> Ending {
        match self {
            Self::Silence => Ending::Silence,
            Self::Sentence => Ending::Sentence { patience: 4.0 },
        }
    }
}

fn speech_rate() -> u32 {
    SPEECH_RATE
}

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    ListenState: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(listen))
}

/// Write down what is being said, over a WebSocket.
///
/// Send 16-bit little-endian mono samples as binary messages, in pieces of any size, and read events as JSON text
/// messages: words are tentative first and committed once they cannot change any more. `{"type":"finish"}` asks for the
/// rest; the server then closes. A caller who may not go on is told what was heard and why, and the server closes with
/// 1008.
#[utoipa::path(get, path = "/v1/listen", tag = "audio", params(Listening),
    responses((status = 101, description = "The WebSocket; its events.", body = ListenEvent), (status = 426, description = "The request asks for no WebSocket."), (status = 429)))]
async fn listen(
    State(state): State<ListenState>,
    caller: Authorized<EngineUse>,
    Query(listening): Query<Listening>,
    opening: Opening,
) -> Result<Response, Fault> {
    let asked = listening.model.as_deref();
    let model = match asked {
        Some(name) => state.models.resolve(Kind::Transcribe, name)?,
        None => state.engine.defaults().transcriber.clone(),
    };
    let admitted = opening.admit(&state.live, &caller)?;
    let (engine, rate) = (state.engine.clone(), listening.rate);
    let settings = listening.settings()?;
    let named = model.clone();
    let listener = spawn_blocking(move || engine.listen(Some(named), rate, settings));
    let listener = Measured::new(listener.await.map_err(Fault::internal)??);
    Ok(admitted.open(MESSAGE_BYTES, &[], move |socket, standing| {
        let session = Session {
            socket,
            listener,
            standing,
        };
        session.run(ListenEvent::Ready { model, rate })
    }))
}
