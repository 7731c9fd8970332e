//! The form of transcriptions and translations, as documented.

use utoipa::ToSchema;

use super::{
    format::ReplyFormat,
    writing::{FateChoice, NumberChoice, ProfanityChoice},
};

/// The form as documented; its fields are read one by one.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only describes the form")]
pub struct TranscriptionForm {
    /// WAV, FLAC, MP3, OGG Vorbis, M4A/AAC or AIFF.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
    /// A model of `/v1/models`, or OpenAI's name for the default.
    #[schema(min_length = 1, max_length = 256, example = "whisper-base")]
    model: String,
    /// ISO 639-1 code; absent: detected. Not for translations, which are always into English.
    #[schema(value_type = String, required = false, max_length = 256, example = "en")]
    language: Option<String>,
    /// Words and spellings to expect.
    #[schema(value_type = String, required = false, max_length = 8192, example = "Kilda, Hirta")]
    prompt: Option<String>,
    /// `json`, `text`, `srt`, `vtt`, `verbose_json` or `diarized_json` (who says what); absent: `json`.
    #[schema(value_type = ReplyFormat, required = false)]
    response_format: Option<ReplyFormat>,
    /// 0 to 1; absent: 0.
    #[schema(value_type = f32, required = false, minimum = 0.0, maximum = 1.0, example = 0.0)]
    temperature: Option<f32>,
    /// `segment`, `word` or both, for `verbose_json`; absent: `segment`.
    #[schema(rename = "timestamp_granularities[]", value_type = Vec<Granularity>, required = false)]
    timestamp_granularities: Option<Vec<Granularity>>,
    /// Send the text segment by segment, as server-sent events; only with `json` and `diarized_json`. Ignored
    /// for `whisper-1`, as OpenAI does.
    #[schema(value_type = bool, required = false)]
    stream: Option<bool>,
    /// `logprobs`, for `json`: the probability of each token.
    #[schema(rename = "include[]", value_type = Vec<Inclusion>, required = false)]
    include: Option<Vec<Inclusion>>,
    /// Where speech is looked for: `auto`, or `{"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300,
    /// "silence_duration_ms": 500}`; absent: `auto`.
    #[schema(value_type = String, required = false, max_length = 1024, example = "auto")]
    chunking_strategy: Option<String>,
    /// Names of people who may speak, for `diarized_json`; at most 8.
    #[schema(rename = "known_speaker_names[]", value_type = Vec<String>, required = false)]
    known_speaker_names: Option<Vec<String>>,
    /// A few seconds of each of them, in the same order, as data URLs (`data:audio/wav;base64,…`).
    #[schema(rename = "known_speaker_references[]", value_type = Vec<String>, required = false)]
    known_speaker_references: Option<Vec<String>>,
    /// How many people speak, for `diarized_json`, where that is known (an extension, as all that follow).
    #[schema(value_type = u32, required = false, minimum = 1, maximum = 20, example = 2)]
    speakers: Option<u32>,
    /// Take noise out before anything is heard; absent: `false`.
    #[schema(value_type = bool, required = false)]
    noise_suppression: Option<bool>,
    /// Words that are likelier than the model thinks, such as names; at most 200.
    #[schema(rename = "hotwords[]", value_type = Vec<String>, required = false)]
    hotwords: Option<Vec<String>>,
    /// What becomes of bad language; absent: `keep`.
    #[schema(value_type = ProfanityChoice, required = false)]
    profanity: Option<ProfanityChoice>,
    /// How numbers are written; absent: `keep`.
    #[schema(value_type = NumberChoice, required = false)]
    numbers: Option<NumberChoice>,
    /// What becomes of punctuation and capitals; absent: `keep`.
    #[schema(value_type = FateChoice, required = false)]
    punctuation: Option<FateChoice>,
    /// What becomes of words such as "um"; absent: `keep`.
    #[schema(value_type = FateChoice, required = false)]
    fillers: Option<FateChoice>,
    /// Words or phrases to look for and what to put in their place, as `find:put`; at most 1000.
    #[schema(rename = "replace[]", value_type = Vec<String>, required = false)]
    replace: Option<Vec<String>>,
}

/// What is told beside the text.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the form")]
enum Inclusion {
    /// The probability of each token.
    Logprobs,
}

/// What times are told of.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the form")]
enum Granularity {
    /// Stretches of speech.
    Segment,
    /// Single words.
    Word,
}
