//! What the demo prints while it goes on: the question as heard, the passages, the answer as it
//! is written. Silent when the result is asked for as JSON.

use std::{
    io::{Write, stdout},
    path::Path,
};

use locutor::{
    audio::Audio,
    converse::{Event, Verdict, VoiceEvent},
    retrieve::Hit,
    transcribe::Transcript,
};

/// Prints, or not.
pub struct Show {
    silent: bool,
}

impl Show {
    pub fn new(silent: bool) -> Self {
        Self { silent }
    }

    pub fn indexed(&self, documents: usize, passages: usize) {
        self.print(&format!(
            "Indexed {documents} documents as {passages} passages.\n"
        ));
    }

    pub fn question(&self, file: Option<&Path>, text: &str, audio: &Audio) {
        let seconds = audio.seconds();
        self.print(&match file {
            Some(file) => format!("\nQuestion    {} ({seconds:.1} s)\n", file.display()),
            None => format!("\nQuestion    \"{text}\" (spoken by our own voice, {seconds:.1} s)\n"),
        });
    }

    pub fn event(&self, event: &VoiceEvent) {
        match event {
            VoiceEvent::Transcript(transcript) => self.transcript(transcript),
            VoiceEvent::Language(guess) => {
                self.print(&format!(
                    "Language    {} ({:.0} %)\n",
                    guess.name,
                    guess.confidence * 100.0
                ));
            }
            VoiceEvent::Answer(Event::Passages(hits)) => self.passages(hits),
            VoiceEvent::Answer(Event::Text(text)) => self.print(text),
            VoiceEvent::Answer(Event::Verdict(verdict)) => self.verdict(*verdict),
            _ => {}
        }
    }

    fn transcript(&self, transcript: &Transcript) {
        let (language, sure) = (
            &transcript.language,
            transcript.language_probability * 100.0,
        );
        self.print(&format!(
            "Heard       {} (spoken {language}, {sure:.0} %)\n",
            transcript.text
        ));
        let words = transcript
            .segments
            .iter()
            .flat_map(|segment| &segment.words);
        let timed: Vec<String> = words
            .map(|word| format!("{} {:.2}", word.word, word.start))
            .collect();
        self.print(&format!("Word times  {}\n", timed.join(" | ")));
    }

    fn passages(&self, hits: &[Hit]) {
        for (number, hit) in hits.iter().enumerate() {
            let label = if number == 0 { "Passages" } else { "" };
            let place = format!(
                "{}, bytes {}-{}",
                hit.passage.title, hit.passage.start, hit.passage.end
            );
            self.print(&format!(
                "{label:<11} [{}] {place} ({:.3})\n",
                number + 1,
                hit.score
            ));
        }
        self.print("\nAnswer      ");
    }

    fn verdict(&self, verdict: Verdict) {
        let meaning = match verdict {
            Verdict::Grounded => "grounded: every sentence is supported by the passages",
            Verdict::Quoted => {
                "quoted: the draft was not supported, so the documents speak for themselves"
            }
            Verdict::NotAnswered => "not answered: the documents do not say",
        };
        self.print(&format!("\nVerdict     {meaning}\n"));
    }

    /// Flushed at once, so that the answer is seen growing. A closed pipe is no reason to stop.
    fn print(&self, text: &str) {
        if !self.silent {
            let mut out = stdout().lock();
            out.write_all(text.as_bytes())
                .and_then(|()| out.flush())
                .ok();
        }
    }
}
