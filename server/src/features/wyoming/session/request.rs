//! What messages ask for.

use locutor::Result;
use serde_json::Value;

use crate::features::wyoming::{hearing::Format, message::Message};

/// Most bytes of the words to expect.
const VOCABULARY: usize = 2_000;

/// What a client asked for before its samples.
#[derive(Debug, Default, PartialEq)]
pub struct Request {
    pub model: Option<String>,
    pub language: Option<String>,
    pub vocabulary: Option<String>,
}

impl Request {
    /// As a message says.
    pub fn of(message: &Message) -> Self {
        let named = |name: &str| {
            let text = message
                .text(name)
                .filter(|text| !text.is_empty() && text.len() < 200);
            text.map(str::to_owned)
        };
        Self {
            model: named("name"),
            language: named("language"),
            vocabulary: vocabulary(message),
        }
    }
}

/// How the samples of a message are written, or those that follow it.
///
/// # Errors
/// When they cannot be read.
pub fn format(message: &Message) -> Result<Format> {
    Format::new(
        message.number("rate", 16_000),
        message.number("width", 2),
        message.number("channels", 1),
    )
}

/// Who shall speak: a voice by its name, or by its language.
pub fn voice(message: &Message) -> Option<String> {
    let voice = message.data.get("voice")?;
    let named = voice.get("name").or_else(|| voice.get("language"));
    named?.as_str().map(str::to_owned)
}

/// Terms and names to expect; of too many the last count, and names are worth more.
fn vocabulary(message: &Message) -> Option<String> {
    let lists = ["transcript_terms", "transcript_names"].map(|name| message.data.get(name));
    let words = lists
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten();
    let words: Vec<&str> = words.filter_map(Value::as_str).collect();
    let joined = words.join(", ");
    let start = joined.ceil_char_boundary(joined.len().saturating_sub(VOCABULARY));
    Some(joined[start..].to_owned()).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn voices_and_words_to_expect_are_read() {
        let asked = Message::new("synthesize", json!({"text": "a", "voice": {"name": "joe"}}));
        assert_eq!(voice(&asked).as_deref(), Some("joe"));
        let asked = Message::new("synthesize", json!({"voice": {"language": "en_US"}}));
        assert_eq!(voice(&asked).as_deref(), Some("en_US"));
        assert_eq!(voice(&Message::new("synthesize", json!({}))), None);
        let asked = json!({"transcript_names": ["Hirta", 3], "transcript_terms": ["lamp"]});
        assert_eq!(
            vocabulary(&Message::new("transcribe", asked)).as_deref(),
            Some("lamp, Hirta")
        );
        assert_eq!(vocabulary(&Message::new("transcribe", json!({}))), None);
    }
}
