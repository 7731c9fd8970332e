//! Speech to text: clips of 3, 11 and 60 seconds against faster-whisper with the same weights.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use locutor::{
    Cancellation,
    audio::{self, Audio, SPEECH_RATE},
    speak,
    transcribe::Options,
};
use serde_json::json;
use tempfile::NamedTempFile;

use super::{Context, timed};
use crate::{
    comparison::{Comparison, Part, Row},
    peer,
};

const MODEL: &str = "whisper-base";

/// About a minute when read aloud.
const MINUTE: &str = "\
    The harbour wakes before the sun. Fishermen carry their nets along the wet stones, and the \
    first boats leave without a word. By seven the market is open, and people argue about the \
    price of herring as if it had never been settled before. A baker brings warm bread to the \
    corner where the old captain sits. He has a story for every child who stops, and no two of \
    them agree. At noon the ferry arrives with letters, visitors and a small orchestra that \
    plays on the quay. The mayor wanted a new bridge, but the council preferred a library, and \
    so the town reads while it waits for the tide. In the afternoon the wind turns. Windows \
    close, washing disappears from the lines, and a single red kite hangs over the lighthouse. \
    Nobody knows who flies it. When the lamps are lit the boats return one after another, and \
    the harbour counts them, as it has done for three hundred years.";

/// Times each clip.
pub fn measure(context: &Context) -> Result<Vec<Row>> {
    let jfk = fs::read(context.data.join("jfk.wav"))?;
    let jfk = audio::decode_at(&jfk, SPEECH_RATE, audio::Limits::default())?;
    let short = Audio {
        samples: jfk.samples[..3 * SPEECH_RATE as usize].to_vec(),
        sample_rate: SPEECH_RATE,
    };
    let clips = [
        ("a 3 s clip", short),
        ("JFK, 11 s", jfk),
        ("a minute of synthetic speech", spoken_minute(context)?),
    ];
    let mut rows = Vec::new();
    for (name, clip) in &clips {
        rows.extend(comparison(context, name, clip)?.measure(context.repeats)?);
    }
    Ok(rows)
}

fn spoken_minute(context: &Context) -> Result<Audio> {
    let voice = context.engine.synthesizer(None)?;
    let mut samples = Vec::new();
    let mut collect = |audio: Audio| samples.extend(audio.samples);
    voice.synthesize(
        MINUTE,
        &speak::Options::default(),
        &mut collect,
        &Cancellation::new(),
    )?;
    let spoken = Audio {
        samples,
        sample_rate: voice.sample_rate(),
    };
    let mut spoken = spoken.resampled(SPEECH_RATE)?;
    spoken.samples.truncate(60 * SPEECH_RATE as usize);
    Ok(spoken)
}

fn comparison<'a>(context: &'a Context, name: &str, clip: &'a Audio) -> Result<Comparison<'a>> {
    let threads = context.threads.to_string();
    let mut whisper = context.peers.start("faster_whisper_peer.py", [threads])?;
    let file = NamedTempFile::with_suffix(".wav")?;
    fs::write(file.path(), audio::wav::encode(clip))?;
    let ours = context.engine.transcriber(Some(MODEL))?;
    let options = Options {
        language: Some("en".into()),
        ..Options::default()
    };
    let hear = move |_| {
        let hear = || Ok(ours.transcribe(clip, &options, &mut |_| {}, &Cancellation::new())?);
        let (seconds, transcript) = timed(hear)?;
        ensure!(!transcript.text.is_empty(), "nothing was heard");
        Ok(vec![seconds])
    };
    Ok(Comparison {
        parts: vec![Part::new(format!("Transcribe {name}")).rate(clip.seconds(), "x real time")],
        subject: format!("{MODEL} Q8_0"),
        peer: whisper.name().to_owned(),
        ours: Box::new(hear),
        theirs: Box::new(move |_| {
            let path = peer::text(file.path())?;
            let reply = whisper.ask(&json!({"audio": path}))?;
            let text = reply["text"].as_str().context("a text")?;
            ensure!(!text.is_empty(), "nothing was heard");
            Ok(vec![peer::number(&reply, "seconds")?])
        }),
    })
}
