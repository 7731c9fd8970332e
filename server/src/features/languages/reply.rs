//! What is told.

use locutor::{
    language::{
        Evidence, LanguageGuess, LanguageReport, LanguageShare, LanguageSpan, VarietyGuess,
    },
    transcribe::spoken::{SpokenLanguages, SpokenSpan},
};
use serde::Serialize;
use utoipa::ToSchema;

/// What is told of a text or of a recording.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum LanguageReply {
    /// Of a text.
    Text(TextLanguages),
    /// Of a recording.
    Speech(SpeechLanguages),
}

/// The languages of a text.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextLanguages {
    /// Languages that the whole may be in, likeliest first; empty when it holds no words.
    languages: Vec<Guessed>,
    /// Which variety of the likeliest language; null where no word tells.
    variety: Option<TextVariety>,
    /// Pieces in one language each, in order.
    spans: Vec<TextSpan>,
    /// How much of it is in each language, most first.
    shares: Vec<Proportion>,
}

/// The languages of a recording.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"languages": [{"language": "en", "name": "English", "confidence": 0.99}], "spans": [{"start": 0.3, "end": 10.6, "language": "en", "name": "English", "confidence": 0.99}], "shares": [{"language": "en", "name": "English", "share": 1.0}], "speech_seconds": 8.4, "duration": 11.0}))]
pub struct SpeechLanguages {
    /// Languages that the whole may be in, likeliest first; empty when nobody speaks.
    languages: Vec<Guessed>,
    /// Pieces in one language each, in order; pauses between them belong to none.
    spans: Vec<SpeechSpan>,
    /// How much of the speech is in each language, most first.
    shares: Vec<Proportion>,
    /// Seconds in which somebody speaks.
    speech_seconds: f64,
    /// Length of the recording in seconds.
    duration: f64,
}

/// A language, and how sure that is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"language": "de", "name": "German", "confidence": 0.98}))]
pub struct Guessed {
    /// ISO 639-1 code, or 639-3 where there is none.
    language: String,
    /// English name.
    name: String,
    /// From 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    confidence: f64,
}

/// Which variety of its language a text is in.
#[derive(Debug, Serialize, ToSchema)]
pub struct TextVariety {
    /// Likeliest first.
    guesses: Vec<Variety>,
    /// The words that tell, in order.
    evidence: Vec<Word>,
}

/// A variety, and how sure that is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"variety": "en-GB", "confidence": 0.71}))]
pub struct Variety {
    /// BCP 47 tag.
    variety: String,
    /// From 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    confidence: f64,
}

/// A word that tells varieties apart.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"text": "colour", "start": 4, "end": 10, "varieties": ["en-GB", "en-AU", "en-CA", "en-ZA"]}))]
pub struct Word {
    /// As it stands in the text.
    text: String,
    /// First character in the text, counted from 0 as Unicode counts them.
    start: usize,
    /// The character after its last.
    end: usize,
    /// BCP 47 tags of those who write so.
    varieties: Vec<String>,
}

/// A piece of a text in one language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"text": "Nessuno sa dove siamo", "start": 42, "end": 63, "language": "it", "name": "Italian", "confidence": 0.99}))]
pub struct TextSpan {
    /// The piece.
    text: String,
    /// First character in the text, counted from 0 as Unicode counts them.
    start: usize,
    /// The character after its last.
    end: usize,
    /// ISO 639-1 code, or 639-3 where there is none.
    language: String,
    /// English name.
    name: String,
    /// From 0 to 1, for the piece by itself.
    #[schema(minimum = 0, maximum = 1)]
    confidence: f64,
}

/// A piece of a recording in one language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"start": 0.3, "end": 10.6, "language": "en", "name": "English", "confidence": 0.99}))]
pub struct SpeechSpan {
    /// Seconds from the start.
    start: f64,
    /// Seconds from the start.
    end: f64,
    /// ISO 639-1 code.
    language: String,
    /// English name.
    name: String,
    /// From 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    confidence: f64,
}

/// How much is in a language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"language": "en", "name": "English", "share": 0.66}))]
pub struct Proportion {
    /// ISO 639-1 code, or 639-3 where there is none.
    language: String,
    /// English name.
    name: String,
    /// From 0 to 1: of the letters of a text, of the seconds of speech.
    #[schema(minimum = 0, maximum = 1)]
    share: f64,
}

impl TextLanguages {
    /// What the engine found in the text.
    pub fn new(text: &str, report: LanguageReport) -> Self {
        let pieces = report
            .spans
            .iter()
            .map(|span| text[span.range.clone()].to_owned());
        let pieces: Vec<String> = pieces.collect();
        let report = report.in_characters(text);
        let spans = report.spans.into_iter().zip(pieces);
        Self {
            languages: report.languages.into_iter().map(Guessed::from).collect(),
            variety: report.variety.map(TextVariety::from),
            spans: spans
                .map(|(span, piece)| TextSpan::new(span, piece))
                .collect(),
            shares: report.shares.into_iter().map(Proportion::from).collect(),
        }
    }
}

impl TextSpan {
    fn new(span: LanguageSpan, text: String) -> Self {
        Self {
            text,
            start: span.range.start,
            end: span.range.end,
            language: span.language,
            name: span.name,
            confidence: span.confidence,
        }
    }
}

impl From<locutor::language::Variety> for TextVariety {
    fn from(variety: locutor::language::Variety) -> Self {
        Self {
            guesses: variety.guesses.into_iter().map(Variety::from).collect(),
            evidence: variety.evidence.into_iter().map(Word::from).collect(),
        }
    }
}

impl From<Evidence> for Word {
    fn from(word: Evidence) -> Self {
        Self {
            text: word.text,
            start: word.range.start,
            end: word.range.end,
            varieties: word.varieties,
        }
    }
}

impl From<LanguageGuess> for Guessed {
    fn from(guess: LanguageGuess) -> Self {
        Self {
            language: guess.language,
            name: guess.name,
            confidence: guess.confidence,
        }
    }
}

impl From<VarietyGuess> for Variety {
    fn from(guess: VarietyGuess) -> Self {
        Self {
            variety: guess.variety,
            confidence: guess.confidence,
        }
    }
}

impl From<LanguageShare> for Proportion {
    fn from(share: LanguageShare) -> Self {
        Self {
            language: share.language,
            name: share.name,
            share: share.share,
        }
    }
}

impl From<SpokenSpan> for SpeechSpan {
    fn from(span: SpokenSpan) -> Self {
        Self {
            start: span.start,
            end: span.end,
            language: span.language,
            name: span.name,
            confidence: span.confidence,
        }
    }
}

impl From<SpokenLanguages> for SpeechLanguages {
    fn from(heard: SpokenLanguages) -> Self {
        Self {
            languages: heard.languages.into_iter().map(Guessed::from).collect(),
            spans: heard.spans.into_iter().map(SpeechSpan::from).collect(),
            shares: heard.shares.into_iter().map(Proportion::from).collect(),
            speech_seconds: heard.speech_seconds,
            duration: heard.duration,
        }
    }
}
