//! Transcripts as text, subtitles and JSON.

use std::fmt::Write;

use locutor::transcribe::{Segment, Transcript, append};
use utoipa::ToSchema;

use crate::http::Fault;

/// How to reply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ReplyFormat {
    /// `{"text": ...}`.
    #[default]
    Json,
    /// The text alone.
    Text,
    /// `SubRip` subtitles.
    Srt,
    /// WebVTT subtitles.
    Vtt,
    /// Everything.
    VerboseJson,
    /// Who says what.
    DiarizedJson,
}

impl ReplyFormat {
    /// The format of that name.
    ///
    /// # Errors
    /// 400 that lists the names.
    pub fn named(name: &str) -> Result<Self, Fault> {
        match name {
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            "srt" => Ok(Self::Srt),
            "vtt" => Ok(Self::Vtt),
            "verbose_json" => Ok(Self::VerboseJson),
            "diarized_json" => Ok(Self::DiarizedJson),
            other => {
                let message = format!(
                    "`{other}` is unknown; use json, text, srt, vtt, verbose_json or diarized_json"
                );
                Err(Fault::invalid("response_format", message))
            }
        }
    }
}

/// The text and a line break, as OpenAI sends it.
pub fn text(transcript: &Transcript) -> String {
    format!("{}\n", transcript.text)
}

/// `SubRip`.
pub fn srt(transcript: &Transcript) -> String {
    let mut output = String::new();
    for (number, segment) in (1..).zip(&transcript.segments) {
        let (start, end) = (time(segment.start, ','), time(segment.end, ','));
        // Writing to a string cannot fail.
        let speaker = segment.speaker.as_ref();
        let speaker = speaker.map_or_else(String::new, |speaker| format!("{speaker}: "));
        write!(
            output,
            "{number}\n{start} --> {end}\n{speaker}{}\n\n",
            cue(segment)
        )
        .ok();
    }
    output
}

/// WebVTT.
pub fn vtt(transcript: &Transcript) -> String {
    let mut output = "WEBVTT\n\n".to_owned();
    for segment in &transcript.segments {
        let (start, end) = (time(segment.start, '.'), time(segment.end, '.'));
        let text = escaped(&cue(segment));
        let voice = segment.speaker.as_deref().map(|speaker| {
            let speaker = escaped(speaker).replace('>', "&gt;");
            format!("<v {speaker}>")
        });
        let voice = voice.unwrap_or_default();
        write!(output, "{start} --> {end}\n{voice}{text}\n\n").ok();
    }
    output
}

/// In WebVTT `-->` ends a cue's times, and `<` and `&` begin markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace("-->", "--&gt;")
}

/// The text, each time another speaks on a line of its own with who it is.
pub fn dialogue(transcript: &Transcript) -> String {
    let mut output = String::new();
    let mut before = None;
    for segment in &transcript.segments {
        let Some(speaker) = &segment.speaker else {
            return text(transcript);
        };
        let cue = cue(segment);
        if before == Some(speaker) {
            append(&mut output, &cue);
        } else {
            let line = if before.is_some() { "\n" } else { "" };
            write!(output, "{line}{speaker}: {cue}").ok();
        }
        before = Some(speaker);
    }
    output.push('\n');
    output
}

/// A cue's text on one line: an empty line would end the cue.
fn cue(segment: &Segment) -> String {
    segment
        .text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn time(seconds: f64, separator: char) -> String {
    let millis = (seconds.max(0.0) * 1000.0).round() as u64;
    let (hours, minutes) = (millis / 3_600_000, millis / 60_000 % 60);
    let (seconds, millis) = (millis / 1000 % 60, millis % 1000);
    format!("{hours:02}:{minutes:02}:{seconds:02}{separator}{millis:03}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcript() -> Transcript {
        let segment = |id, start, end, text: &str| Segment {
            id,
            start,
            end,
            text: text.into(),
            tokens: vec![1],
            temperature: 0.0,
            avg_logprob: -0.2,
            compression_ratio: 1.1,
            no_speech_prob: 0.01,
            words: Vec::new(),
            ..Segment::default()
        };
        Transcript {
            language: "en".into(),
            language_probability: 1.0,
            detection_seconds: 0.0,
            duration: 3725.5,
            text: "Hello & <goodbye>.".into(),
            segments: vec![
                segment(0, 0.0, 1.2345, "Hello &"),
                segment(1, 3724.9996, 3725.5, "<good\n\nbye>."),
            ],
            ..Transcript::default()
        }
    }

    #[test]
    fn subtitles() {
        assert_eq!(
            srt(&transcript()),
            "1\n00:00:00,000 --> 00:00:01,235\nHello &\n\n2\n01:02:05,000 --> 01:02:05,500\n<good bye>.\n\n"
        );
        assert_eq!(
            vtt(&transcript()),
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.235\nHello &amp;\n\n01:02:05.000 --> 01:02:05.500\n&lt;good bye>.\n\n"
        );
        assert_eq!(text(&transcript()), "Hello & <goodbye>.\n");
    }

    #[test]
    fn speakers_are_named() {
        let mut transcript = transcript();
        transcript.segments[0].speaker = Some("A".into());
        transcript.segments[1].speaker = Some("B<".into());
        assert_eq!(dialogue(&transcript), "A: Hello &\nB<: <good bye>.\n");
        assert!(srt(&transcript).contains("\nA: Hello &\n"));
        assert!(vtt(&transcript).contains("\n<v B&lt;>&lt;good bye>."));
    }

    #[test]
    fn an_unknown_format_is_refused_with_the_known_ones() {
        let fault = ReplyFormat::named("docx").unwrap_err();
        assert!(fault.message.contains("docx") && fault.message.contains("srt"));
    }
}
