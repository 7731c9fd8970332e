//! `locutor detect`.

use clap::Args;
use locutor::language;

use super::{Settings, output};

/// Tell which language a text is in.
#[derive(Debug, Args)]
pub struct Detect {
    /// The text.
    text: String,
    /// Most languages to name.
    #[arg(long, default_value_t = 3)]
    limit: usize,
}

impl Detect {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        settings.load()?;
        let mut guesses = language::detect(&self.text);
        guesses.truncate(self.limit);
        if settings.json {
            return output::json(&guesses);
        }
        anyhow::ensure!(
            !guesses.is_empty(),
            "the text holds no words to tell a language by"
        );
        for guess in guesses {
            let (code, name, percent) = (guess.language, guess.name, guess.confidence * 100.0);
            output::line(format!("{code}  {percent:5.1} %  {name}"))?;
        }
        Ok(())
    }
}
