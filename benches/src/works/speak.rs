//! Text to speech: the same Piper voice, against the piper-tts package.
//!
//! The voice draws its own rhythm at random, so the same text is not always equally long; what is
//! compared is the time for ten seconds of speech.

use anyhow::{Result, ensure};
use locutor::{Cancellation, audio::Audio, speak::Options};
use serde_json::json;

use super::{Context, timed};
use crate::{
    comparison::{Comparison, Part},
    peer,
};

const MODEL: &str = "piper-en-us-joe-medium";
const SPOKEN: f64 = 10.0;
const TEXT: &str = "The harbour wakes before the sun. Fishermen carry their nets along the wet \
    stones, and the first boats leave without a word. By seven the market is open, and people \
    argue about the price of herring as if it had never been settled before.";

pub fn comparison(context: &Context) -> Result<Comparison<'_>> {
    let ours = context.engine.synthesizer(Some(MODEL))?;
    let model = context
        .engine
        .store()
        .folder()
        .join(MODEL)
        .join("model.onnx");
    let mut piper = context
        .peers
        .start("piper_peer.py", [peer::text(&model)?])?;
    Ok(Comparison {
        parts: vec![Part::new(format!("Speak for {SPOKEN:.0} s")).rate(SPOKEN, "x real time")],
        subject: MODEL.to_owned(),
        peer: piper.name().to_owned(),
        ours: Box::new(move |_| {
            let mut spoken = 0.0;
            let mut listen = |audio: Audio| spoken += audio.seconds();
            let speak = || {
                let options = Options::default();
                Ok(ours.synthesize(TEXT, &options, &mut listen, &Cancellation::new())?)
            };
            let (seconds, ()) = timed(speak)?;
            ensure!(spoken > 1.0, "nothing was said");
            Ok(vec![seconds * SPOKEN / spoken])
        }),
        theirs: Box::new(move |_| {
            let reply = piper.ask(&json!({"text": TEXT}))?;
            let spoken = peer::number(&reply, "audio_seconds")?;
            Ok(vec![peer::number(&reply, "seconds")? * SPOKEN / spoken])
        }),
    })
}
