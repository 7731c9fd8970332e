//! The route.

use axum::{
    Json,
    extract::{FromRef, State},
};
use locutor::{
    Cancellation, Engine,
    audio::{self, Interruptible, SPEECH_RATE},
    engine::LaneName,
    language,
    transcribe::spoken,
};
use tempfile::SpooledTempFile;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    reply::{LanguageReply, SpeechLanguages, TextLanguages},
    request::{LanguageRequest, RecordingForm, TextBody},
};
use crate::{
    access::{Authorized, permission::EngineUse},
    bridge,
    config::Limits,
    features::models::{Kind, ModelService},
    http::Fault,
};

/// What this route works with.
#[derive(Clone)]
pub struct LanguageState {
    /// The engine.
    pub engine: Engine,
    /// Names of models.
    pub models: ModelService,
    /// Largest requests.
    pub limits: Limits,
}

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    LanguageState: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(detect))
}

/// Tell which languages a text (as JSON) or a recording (as a form) is in, where that changes, and which variety
/// of its language a text is written in.
///
/// The confidence of a text's languages means what it says: of answers with 0.9, nine of ten are right. Changes are
/// looked for in the first 20,000 words; a recording is listened to as a whole, and silence, music and noise in it count for nothing.
#[utoipa::path(post, path = "/v1/detect-language", tag = "languages",
    request_body(content((TextBody = "application/json"), (RecordingForm = "multipart/form-data"))),
    responses((status = 200, body = LanguageReply)))]
async fn detect(
    State(state): State<LanguageState>,
    _: Authorized<EngineUse>,
    request: LanguageRequest,
) -> Result<Json<LanguageReply>, Fault> {
    let reply = match request {
        LanguageRequest::Text(text) => LanguageReply::Text(of_text(&state, text).await?),
        LanguageRequest::Recording { file, model } => {
            LanguageReply::Speech(of_speech(&state, file, model.as_deref()).await?)
        }
    };
    Ok(Json(reply))
}

async fn of_text(state: &LanguageState, text: String) -> Result<TextLanguages, Fault> {
    let work = move |_: &Engine, cancellation: &Cancellation| {
        let report = language::report(&text, cancellation)?;
        Ok(TextLanguages::new(&text, report))
    };
    Ok(bridge::run(&state.engine, LaneName::Embed, work).await?)
}

async fn of_speech(
    state: &LanguageState,
    file: SpooledTempFile,
    model: Option<&str>,
) -> Result<SpeechLanguages, Fault> {
    let asked = model.unwrap_or(Kind::Transcribe.aliases()[0]);
    let model = state.models.resolve(Kind::Transcribe, asked)?;
    let limits = audio::Limits {
        max_seconds: state.limits.audio_seconds as f64,
    };
    let work = move |engine: &Engine, cancellation: &Cancellation| {
        let file = Interruptible::new(file, cancellation.clone());
        let audio = audio::decode_reader(file, Some(SPEECH_RATE), limits);
        cancellation.check()?;
        let audio = audio?;
        let transcriber = engine.transcriber(Some(&model))?;
        let detector = engine.detector()?;
        spoken::languages(&*transcriber, &detector, &audio, &mut |_| {}, cancellation)
    };
    let heard = bridge::run(&state.engine, LaneName::Transcribe, work).await?;
    Ok(heard.into())
}
