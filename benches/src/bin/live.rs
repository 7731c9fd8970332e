//! Live transcription at the pace of speech: errors and delays, beside the same model on the whole file; whether the
//! delays grow; and the words that are heard where nobody speaks.

use std::{
    path::PathBuf,
    thread::{self, ScopedJoinHandle},
};

use anyhow::{Result, anyhow, ensure};
use clap::Parser;
use locutor::{
    Engine,
    audio::{Audio, SPEECH_RATE},
    transcribe::{Options, live::Settings},
};
use locutor_benches::{
    live::{
        lag,
        peer::play as play_peer,
        playing::{Played, play},
        recording::Recording,
        report::{self, error_percent},
        wordless,
    },
    machine,
    peer::Peers,
    speech::Speech,
};

/// Plays speech to live streams in real time.
#[derive(Debug, Parser)]
struct Arguments {
    /// Model to hear with.
    #[arg(long, default_value = "whisper-base")]
    model: String,
    /// What is played: short clips and a speech, over and over, or English sentences by our own voice, none twice.
    #[arg(long, value_enum, default_value = "clips")]
    speech: Speech,
    /// Language of the clips.
    #[arg(long, default_value = "en")]
    language: String,
    /// Streams at the same time; each number is a run of its own.
    #[arg(long = "streams", default_values_t = [1])]
    streams: Vec<usize>,
    /// Seconds of each run.
    #[arg(long, default_value_t = 60.0)]
    seconds: f64,
    /// Seconds between two clips; sentences have pauses of many lengths.
    #[arg(long, default_value_t = 1.0)]
    pause: f64,
    /// Seconds of silence, of each noise and of music in which no word may be heard, as fast as they can be.
    #[arg(long, default_value_t = 0)]
    wordless: usize,
    /// Take noise out before anything is heard.
    #[arg(long)]
    noise_suppression: bool,
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

/// What one system made of the recording.
struct Run {
    system: String,
    streams: Vec<Played>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let engine = Engine::builder().build()?;
    let recording = record(&engine, &arguments)?;
    // Loaded before the first word, not while it is spoken.
    engine.transcriber(Some(&arguments.model))?;
    println!("{}", machine::description());
    let mut runs = our_runs(&engine, &arguments, &recording)?;
    runs.extend(peer_runs(&arguments, &recording)?);
    // Last, so that the memory it takes is not counted as that of the streams.
    let whole = whole_file(&engine, &arguments, &recording.samples)?;
    print_runs(&arguments, &recording, &runs, &whole);
    print_wordless(&engine, &arguments)?;
    println!("\n- Load after: {}", machine::load());
    Ok(())
}

fn record(engine: &Engine, arguments: &Arguments) -> Result<Recording> {
    let Arguments {
        language, seconds, ..
    } = arguments;
    match arguments.speech {
        Speech::Clips => Recording::of_clips(engine, language, arguments.pause, *seconds),
        Speech::Spoken => {
            ensure!(language == "en", "our own voice speaks English only");
            Recording::of_sentences(engine, *seconds)
        }
    }
}

fn settings(arguments: &Arguments) -> Settings {
    Settings {
        language: Some(arguments.language.clone()),
        noise_suppression: arguments.noise_suppression,
        ..Settings::default()
    }
}

/// One run for each number of streams.
fn our_runs(engine: &Engine, arguments: &Arguments, recording: &Recording) -> Result<Vec<Run>> {
    let streams = |count: usize| {
        thread::scope(|scope| {
            let running: Vec<_> = (0..count)
                .map(|_| {
                    let settings = settings(arguments);
                    scope.spawn(|| play(engine, &arguments.model, &recording.samples, settings))
                })
                .collect();
            let ended = running.into_iter().map(ScopedJoinHandle::join);
            ended
                .map(|played| played.map_err(|_| anyhow!("a stream panicked"))?)
                .collect::<Result<Vec<Played>>>()
        })
    };
    let counts = arguments.streams.iter();
    counts
        .map(|&count| {
            Ok(Run {
                system: "Locutor".into(),
                streams: streams(count)?,
            })
        })
        .collect()
}

/// Of each way to end an utterance a run; ours has one stream beside it.
fn peer_runs(arguments: &Arguments, recording: &Recording) -> Result<Vec<Run>> {
    let (Some(python), Some(scripts)) = (&arguments.python, &arguments.peers) else {
        return Ok(Vec::new());
    };
    let peers = Peers {
        python: python.clone(),
        scripts: scripts.clone(),
    };
    let ways = [None, Some("pauses")].into_iter();
    ways.map(|way| {
        let fixed = [machine::threads().to_string(), arguments.model.clone()];
        let all = fixed.into_iter().chain(way.map(ToOwned::to_owned));
        let mut peer = peers.start("live_peer.py", all)?;
        let played = play_peer(&mut peer, &recording.samples, &arguments.language)?;
        Ok(Run {
            system: peer.name().to_owned(),
            streams: vec![played],
        })
    })
    .collect()
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

fn print_runs(arguments: &Arguments, recording: &Recording, runs: &[Run], whole: &str) {
    let (said, language) = (&recording.text, &arguments.language);
    let seconds = recording.seconds();
    println!(
        "{} words in {seconds:.0} s, {}\n",
        said.split_whitespace().count(),
        arguments.model
    );
    let whole = error_percent(said, whole, language);
    println!("{}", report::HEAD);
    for Run { system, streams } in runs {
        println!("{}", report::line(system, streams, said, whole, language));
    }
    println!("\n{}", lag::HEAD);
    for Run { system, streams } in runs {
        println!("{}", lag::lines(system, streams, seconds));
    }
    if arguments.verbose {
        eprintln!("said: {said}");
        for Run { system, streams } in runs {
            let heard = streams.iter().map(|played| played.words.join(" "));
            heard.for_each(|heard| eprintln!("{system}: {heard}"));
        }
    }
}

fn print_wordless(engine: &Engine, arguments: &Arguments) -> Result<()> {
    if arguments.wordless == 0 {
        return Ok(());
    }
    println!("\n{}", wordless::HEAD);
    for (name, sound) in wordless::SOUNDS {
        let settings = settings(arguments);
        let seconds = arguments.wordless;
        let heard = wordless::hear(engine, &arguments.model, sound, seconds, settings)?;
        println!("{}", wordless::line(name, &heard));
        if arguments.verbose && !heard.words.is_empty() {
            eprintln!("{name}: {}", heard.words.join(" "));
        }
    }
    Ok(())
}
