//! Speech that is sent is whole.

use anyhow::{Context, Result, ensure};
use locutor_tests::{Form, Server, sound};

/// Longer than what the voice speaks in one part.
const SENTENCE: &str = "When the long winter had finally ended and the first warm wind came over \
    the mountains the people of the village opened their windows and carried the heavy blankets \
    into the sunlight while their children ran down to the river to look for the green boat";

#[test]
fn a_long_sentence_is_spoken_to_its_end() -> Result<()> {
    let server = Server::shared()?;
    let form = Form::new()
        .text("model", "whisper-1")
        .text("language", "en")
        .file("file", "spoken.wav", &sound::spoken(&server, SENTENCE)?);
    let heard = server.post_form("/v1/audio/transcriptions", form)?;
    let heard = heard.expect(200)?.json()?;
    let text = heard["text"].as_str().context("a text")?.to_lowercase();
    ensure!(
        text.contains("winter") && text.contains("green boat"),
        "{text}"
    );
    Ok(())
}
