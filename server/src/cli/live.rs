//! `locutor transcribe --live`: raw samples on standard input -> words as they are spoken.
//!
//! On a terminal committed words stand still and tentative ones, dim, follow them until they are committed or
//! changed. Elsewhere each utterance is a line once it is over, or with `--json` each event.

use std::{
    io::{self, IsTerminal, Read, Write},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::Duration,
};

use anyhow::Context;
use console::{Term, measure_text_width, style, truncate_str};
use locutor::{
    Engine,
    audio::pcm::Reader,
    engine::Listener,
    transcribe::{
        Word,
        live::{self, Event, Settings},
    },
};

/// Most bytes of one piece: a fifth of a second at 16 kHz.
const PIECE: usize = 6_400;
/// Pieces that may wait; whoever writes faster than that waits too.
const WAITING: usize = 16;
/// How often to look for events.
const RHYTHM: Duration = Duration::from_millis(50);
/// Seconds that it may be behind before it hears more: a file that is piped comes faster than it is spoken.
const BEHIND: f64 = 5.0;

/// Where the cursor is put back to before the tentative words are written anew.
const KEEP_PLACE: &str = "\u{1b}7";
const BACK_AND_CLEAR: &str = "\u{1b}8\u{1b}[J";

/// Transcribes 16-bit little-endian mono samples from standard input until it ends.
pub fn run(
    engine: &Engine,
    model: Option<String>,
    rate: u32,
    settings: Settings,
    json: bool,
) -> anyhow::Result<()> {
    let mut listener = engine.listen(model, rate, settings)?;
    let mut view = View::new(json);
    let (sender, pieces) = sync_channel(WAITING);
    let reader = thread::Builder::new().spawn(move || read(&sender))?;
    listen(&mut listener, &pieces, &mut view)?;
    view.show(listener.finish()?)?;
    reader
        .join()
        .unwrap_or_else(|_| Err(io::Error::other("the reader panicked")))
        .context("reading samples from standard input")
}

fn listen(
    listener: &mut Listener,
    pieces: &Receiver<Vec<f32>>,
    view: &mut View,
) -> anyhow::Result<()> {
    loop {
        view.show(listener.poll(Duration::ZERO)?)?;
        if listener.behind() > BEHIND {
            view.show(listener.poll(RHYTHM)?)?;
            continue;
        }
        match pieces.recv_timeout(RHYTHM) {
            Ok(samples) => listener.push(&samples)?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

/// Reads until the end, or until nobody listens.
fn read(sender: &SyncSender<Vec<f32>>) -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut bytes = [0; PIECE];
    let mut reader = Reader::new(1);
    loop {
        let count = input.read(&mut bytes)?;
        if count == 0 || sender.send(reader.read(&bytes[..count])).is_err() {
            return Ok(());
        }
    }
}

/// How events are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Each as a line of JSON.
    Json,
    /// Words as they come, tentative ones too.
    Terminal,
    /// Each utterance as a line.
    Lines,
}

/// Where events go.
struct View {
    form: Form,
    /// What was written of the utterance.
    said: String,
    tentative: bool,
}

impl View {
    fn new(json: bool) -> Self {
        let form = match json {
            true => Form::Json,
            false if io::stdout().is_terminal() => Form::Terminal,
            false => Form::Lines,
        };
        Self {
            form,
            said: String::new(),
            tentative: false,
        }
    }

    fn show(&mut self, events: Vec<Event>) -> anyhow::Result<()> {
        let mut output = io::stdout().lock();
        for event in events {
            match (self.form, event) {
                (Form::Json, event) => {
                    serde_json::to_writer(&mut output, &event)?;
                    writeln!(output)?;
                }
                (Form::Terminal, event) => self.draw(&mut output, &event)?,
                (Form::Lines, Event::Ended { text, speaker, .. }) if !text.is_empty() => {
                    match speaker {
                        Some(speaker) => writeln!(output, "{speaker}: {text}")?,
                        None => writeln!(output, "{text}")?,
                    }
                }
                (Form::Lines, _) => {}
            }
        }
        Ok(output.flush()?)
    }

    fn draw(&mut self, output: &mut impl Write, event: &Event) -> io::Result<()> {
        match event {
            Event::Committed { words } => {
                self.clear(output)?;
                let more = self.joined(words);
                write!(output, "{more}")?;
                self.said.push_str(&more);
            }
            Event::Tentative { words } => {
                self.clear(output)?;
                // A wrapped line could scroll the place away.
                let width = usize::from(Term::stdout().size().1.max(20));
                let left = width - measure_text_width(&self.said) % width;
                let words = self.joined(words);
                let shown = truncate_str(&words, left.saturating_sub(1), "…");
                write!(output, "{KEEP_PLACE}{}", style(shown).dim())?;
                self.tentative = true;
            }
            Event::Ended { speaker, .. } => {
                self.clear(output)?;
                if !self.said.is_empty() {
                    // Who spoke is known once they have spoken.
                    let who = speaker.iter().map(|speaker| format!(" ({speaker})"));
                    writeln!(output, "{}", style(who.collect::<String>()).dim())?;
                }
                self.said.clear();
            }
            Event::Lost { seconds } => {
                writeln!(
                    io::stderr(),
                    "{seconds:.1} s were lost: this machine hears too slowly for this model"
                )?;
            }
            _ => {}
        }
        Ok(())
    }

    fn clear(&mut self, output: &mut impl Write) -> io::Result<()> {
        if std::mem::take(&mut self.tentative) {
            write!(output, "{BACK_AND_CLEAR}")?;
        }
        Ok(())
    }

    /// Words as they follow what is written already.
    fn joined(&self, words: &[Word]) -> String {
        let mut text = self.said.clone();
        live::append(&mut text, words);
        text.split_off(self.said.len())
    }
}
