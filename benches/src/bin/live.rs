//! Live transcription at the pace of speech: errors and delays, beside the same model on the whole file.

use std::{
    path::PathBuf,
    thread::{self, ScopedJoinHandle},
};

use anyhow::{Result, anyhow};
use clap::Parser;
use locutor::{
    Engine,
    audio::{self, Audio, SPEECH_RATE},
    transcribe::{Options, live::Settings},
};
use locutor_benches::{
    error_rate::samples::{self, Clip},
    live::{
        peer::play as play_peer,
        playing::{Played, play},
        recording::join,
        report::{HEAD, error_percent, line},
    },
    machine,
    peer::Peers,
};

/// Plays the speech samples to live streams in real time.
#[derive(Debug, Parser)]
struct Arguments {
    /// Model to hear with.
    #[arg(long, default_value = "whisper-base")]
    model: String,
    /// Language of the clips.
    #[arg(long, default_value = "en")]
    language: String,
    /// Streams at the same time; each number is a run of its own.
    #[arg(long = "streams", default_values_t = [1])]
    streams: Vec<usize>,
    /// Seconds of each run.
    #[arg(long, default_value_t = 60.0)]
    seconds: f64,
    /// Seconds between two clips.
    #[arg(long, default_value_t = 1.0)]
    pause: f64,
    /// Seconds of noise in which no word may be heard.
    #[arg(long, default_value_t = 120)]
    noise: usize,
    /// Print what was heard.
    #[arg(long)]
    verbose: bool,
    /// Python with the peer installed; absent: no peer.
    #[arg(long, requires = "peers")]
    python: Option<PathBuf>,
    /// Folder of the peers' scripts.
    #[arg(long, requires = "python")]
    peers: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let engine = Engine::builder().build()?;
    let mut clips = samples::all(&engine)?;
    clips.push(kennedy()?);
    clips.retain(|clip| clip.language == arguments.language);
    let recording = join(&clips, arguments.pause, arguments.seconds)?;
    let settings = Settings {
        language: Some(arguments.language.clone()),
        ..Settings::default()
    };
    let whole = whole_file(&engine, &arguments, &recording.samples)?;
    let whole = error_percent(&recording.text, &whole, &arguments.language);
    println!("{}\n{HEAD}", machine::description());
    for &count in &arguments.streams {
        let streams = thread::scope(|scope| {
            let running: Vec<_> = (0..count)
                .map(|_| {
                    let settings = settings.clone();
                    scope.spawn(|| play(&engine, &arguments.model, &recording.samples, settings))
                })
                .collect();
            let ended = running.into_iter().map(ScopedJoinHandle::join);
            ended
                .map(|played| played.map_err(|_| anyhow!("a stream panicked"))?)
                .collect::<Result<Vec<Played>>>()
        })?;
        let (said, language) = (&recording.text, &arguments.language);
        println!("{}", line("Locutor", &streams, said, whole, language));
        if arguments.verbose {
            eprintln!("said:  {}", recording.text);
            eprintln!("heard: {}", streams[0].words.join(" "));
        }
    }
    if let (Some(python), Some(scripts)) = (&arguments.python, &arguments.peers) {
        let peers = Peers {
            python: python.clone(),
            scripts: scripts.clone(),
        };
        // Of each way to end an utterance a row; ours has one stream in the same run.
        for way in [None, Some("pauses")] {
            let fixed = [machine::threads().to_string(), arguments.model.clone()];
            let all = fixed.into_iter().chain(way.map(ToOwned::to_owned));
            let mut peer = peers.start("live_peer.py", all)?;
            let played = play_peer(&mut peer, &recording.samples, &arguments.language)?;
            let (said, language) = (&recording.text, &arguments.language);
            println!("{}", line(peer.name(), &[played], said, whole, language));
        }
    }
    let words = words_in_noise(&engine, &arguments, settings)?;
    println!("\nWords in {} s of noise: {words}", arguments.noise);
    println!("- Load after: {}", machine::load());
    Ok(())
}

/// 11 seconds of a speech, with long pauses in the middle of a sentence.
fn kennedy() -> Result<Clip> {
    const FILE: &[u8] = include_bytes!("../../../tests/fixtures/audio/jfk.wav");
    Ok(Clip {
        name: "en/jfk".into(),
        language: "en".into(),
        text: "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.".into(),
        audio: audio::decode_at(FILE, SPEECH_RATE, audio::Limits::default())?,
    })
}

fn whole_file(engine: &Engine, arguments: &Arguments, samples: &[f32]) -> Result<String> {
    let audio = Audio {
        samples: samples.to_vec(),
        sample_rate: SPEECH_RATE,
    };
    let options = Options {
        language: Some(arguments.language.clone()),
        ..Options::default()
    };
    let running = engine.transcribe(Some(arguments.model.clone()), audio, options)?;
    Ok(running.finish()?.text)
}

/// Noise, louder and quieter, as fast as it can be heard.
fn words_in_noise(engine: &Engine, arguments: &Arguments, settings: Settings) -> Result<u64> {
    let mut listener = engine.listen(Some(arguments.model.clone()), SPEECH_RATE, settings)?;
    let mut seed = 1_u32;
    for second in 0..arguments.noise {
        let level = [0.0, 0.003, 0.03, 0.2][second / 5 % 4];
        let samples: Vec<f32> = (0..SPEECH_RATE)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                level * ((seed >> 8) as f32 / (1 << 23) as f32 - 1.0)
            })
            .collect();
        listener.push(&samples)?;
        listener.poll(std::time::Duration::ZERO)?;
    }
    listener.finish()?;
    Ok(listener.metrics().words)
}
