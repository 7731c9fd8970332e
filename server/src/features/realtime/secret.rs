//! Secrets for clients that shall not hold a key, such as pages in browsers.

use std::time::Duration;

use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::settings::{SessionChange, SessionSettings};
use crate::http::Fault;

/// How long a secret opens sessions when nobody says it.
const LIFETIME: Duration = Duration::from_mins(10);

/// A secret to make.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"expires_after": {"anchor": "created_at", "seconds": 600}, "session": {"type": "transcription", "audio": {"input": {"transcription": {"model": "whisper-1", "language": "en", "prompt": null}}}}}))]
pub struct ClientSecretRequest {
    /// When it ends; absent: after ten minutes.
    #[garde(dive)]
    pub expires_after: Option<ExpiresAfter>,
    /// The session that it opens, as in `session.update`; absent: one with the defaults.
    #[garde(skip)]
    #[schema(value_type = Option<Object>, example = json!({"type": "transcription", "audio": {"input": {"transcription": {"model": "whisper-1", "language": "en"}}}}))]
    pub session: Option<Map<String, Value>>,
}

/// Settings as in `transcription_session.update`.
#[derive(Debug, Deserialize, Validate)]
#[serde(transparent)]
pub struct SessionBody(#[garde(skip)] pub Map<String, Value>);

/// A derived schema of a map has no example.
impl PartialSchema for SessionBody {
    fn schema() -> RefOr<Schema> {
        let example = json!({"input_audio_format": "pcm16", "input_audio_transcription": {"model": "whisper-1"}});
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("Settings as in `transcription_session.update`."))
            .examples([example])
            .into()
    }
}

impl ToSchema for SessionBody {}

/// When a secret ends.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpiresAfter {
    /// From when `seconds` count.
    #[serde(default)]
    #[garde(skip)]
    #[schema(value_type = Option<Anchor>)]
    #[expect(dead_code, reason = "there is one anchor")]
    anchor: Option<Anchor>,
    /// Seconds until then.
    #[serde(default)]
    #[garde(inner(range(min = 10, max = 7200)))]
    #[schema(minimum = 10, maximum = 7200, example = 600)]
    seconds: Option<u32>,
}

/// A point in time.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// When the secret was made.
    CreatedAt,
}

/// A secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"value": "ek_eyJrZXkiOiIwMT…", "expires_at": 1_800_000_000_i64, "session": {"type": "transcription", "audio": {"input": {"transcription": {"model": "whisper-1", "language": "en", "prompt": null}}}}}))]
pub struct ClientSecretReply {
    /// The secret, to be used like a key; it opens `/v1/realtime` and nothing else.
    pub value: String,
    /// Until when, in seconds since 1970.
    pub expires_at: i64,
    /// The session that it opens.
    #[schema(value_type = Object)]
    pub session: Value,
}

/// A session of the API before `client_secrets`, with the secret that opens it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": "sess_0197f0d6", "object": "realtime.transcription_session", "client_secret": {"value": "ek_eyJrZXkiOiIwMT…", "expires_at": 1_800_000_000_i64}, "input_audio_format": "pcm16"}))]
pub struct TranscriptionSessionReply {
    /// Its id.
    pub id: String,
    /// Always `realtime.transcription_session`.
    pub object: &'static str,
    /// What opens it.
    pub client_secret: ClientSecretValue,
    /// Its settings, as they were asked for.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
}

/// A secret alone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"value": "ek_eyJrZXkiOiIwMT…", "expires_at": 1_800_000_000_i64}))]
pub struct ClientSecretValue {
    /// The secret.
    pub value: String,
    /// Until when, in seconds since 1970.
    pub expires_at: i64,
}

impl ClientSecretRequest {
    /// How long it opens sessions.
    pub fn lifetime(&self) -> Duration {
        let asked = self.expires_after.as_ref().and_then(|after| after.seconds);
        asked.map_or(LIFETIME, |seconds| Duration::from_secs(seconds.into()))
    }
}

/// The settings that are asked for.
///
/// # Errors
/// What cannot be set so.
pub fn settings(session: &Map<String, Value>, model: String) -> Result<SessionSettings, Fault> {
    const LONGEST: usize = 8 << 10;
    if serde_json::to_string(session).map_or(LONGEST, |text| text.len()) >= LONGEST {
        let message = format!("has {LONGEST} bytes or more; leave out what it does not need");
        return Err(Fault::invalid("session", message));
    }
    let change = serde_json::from_value::<SessionChange>(Value::Object(session.clone()));
    let change = change.map_err(|error| Fault::invalid("session", error.to_string()))?;
    SessionSettings::new(model).changed(change)
}
