//! Tokens -> whole UTF-8 pieces -> text in front of a stop text.

use tokenizers::Tokenizer;

use super::tokenizer::failed;
use crate::{Error, Result};

/// Most stop texts of one request.
const MAX_STOPS: usize = 16;
/// Longest stop text in bytes.
const MAX_STOP_BYTES: usize = 256;

/// Collects tokens until they are whole characters.
///
/// Byte-level vocabularies cut inside a character, so a token is held back while the text so far
/// ends in a replacement character.
pub(super) struct Decoder<'a> {
    tokenizer: &'a Tokenizer,
    pending: Vec<u32>,
}

impl<'a> Decoder<'a> {
    /// No character takes more tokens than it has bytes; what is still incomplete then is broken
    /// and let through as it is.
    const MOST_PENDING: usize = 8;

    pub(super) fn new(tokenizer: &'a Tokenizer) -> Self {
        Self {
            tokenizer,
            pending: Vec::new(),
        }
    }

    /// The text that the token completes; empty while a character is incomplete.
    pub(super) fn push(&mut self, token: u32) -> Result<String> {
        self.pending.push(token);
        let text = self.tokenizer.decode(&self.pending, true).map_err(failed)?;
        if text.ends_with(char::REPLACEMENT_CHARACTER) && self.pending.len() < Self::MOST_PENDING {
            return Ok(String::new());
        }
        self.pending.clear();
        Ok(text)
    }

    /// What is left when the generation ends.
    pub(super) fn finish(&mut self) -> Result<String> {
        let text = self.tokenizer.decode(&self.pending, true).map_err(failed)?;
        self.pending.clear();
        Ok(text)
    }
}

/// Holds back whatever may turn out to be the beginning of a stop text.
pub(super) struct Stops<'a> {
    stops: &'a [String],
    held: String,
}

/// Text that may be shown, and whether a stop text followed it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Released {
    pub(super) text: String,
    pub(super) stopped: bool,
}

impl<'a> Stops<'a> {
    /// Checks the stop texts.
    pub(super) fn new(stops: &'a [String]) -> Result<Self> {
        if stops.len() > MAX_STOPS {
            return Err(Error::invalid(
                "stop",
                format!("has {} texts; at most {MAX_STOPS} are allowed", stops.len()),
            ));
        }
        let bad = |stop: &&String| stop.is_empty() || stop.len() > MAX_STOP_BYTES;
        if let Some(stop) = stops.iter().find(bad) {
            return Err(Error::invalid(
                "stop",
                format!(
                    "has a text of {} bytes; 1 to {MAX_STOP_BYTES} are allowed",
                    stop.len()
                ),
            ));
        }
        Ok(Self {
            stops,
            held: String::new(),
        })
    }

    /// Adds text and releases what is certainly in front of any stop text.
    pub(super) fn push(&mut self, text: &str) -> Released {
        self.held.push_str(text);
        let first = self
            .stops
            .iter()
            .filter_map(|stop| self.held.find(stop.as_str()))
            .min();
        if let Some(position) = first {
            let mut text = std::mem::take(&mut self.held);
            text.truncate(position);
            return Released {
                text,
                stopped: true,
            };
        }
        let rest = self.held.split_off(self.held.len() - self.undecided());
        Released {
            text: std::mem::replace(&mut self.held, rest),
            stopped: false,
        }
    }

    /// The text that was held back when nothing follows.
    pub(super) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// Length of the longest end of the held text that begins a stop text.
    fn undecided(&self) -> usize {
        let longest = |stop: &String| {
            (1..stop.len())
                .rev()
                .filter(|length| stop.is_char_boundary(*length))
                .find(|length| self.held.ends_with(&stop[..*length]))
        };
        self.stops.iter().filter_map(longest).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_partial_stop_text_is_held_and_a_whole_one_is_dropped() {
        let stops = ["END".to_owned(), "\n\n".to_owned()];
        let mut buffer = Stops::new(&stops).unwrap();
        let released = |text: &str, stopped| Released {
            text: text.into(),
            stopped,
        };
        assert_eq!(buffer.push("the E"), released("the ", false));
        assert_eq!(buffer.push("N"), released("", false));
        assert_eq!(buffer.push("ough\n"), released("ENough", false));
        assert_eq!(buffer.push("\nmore"), released("", true));
    }

    #[test]
    fn unusable_stop_texts_are_refused() {
        assert!(Stops::new(&[String::new()]).is_err());
        assert!(Stops::new(&["x".repeat(MAX_STOP_BYTES + 1)]).is_err());
        assert!(Stops::new(&vec!["x".to_owned(); MAX_STOPS + 1]).is_err());
    }

    proptest! {
        /// However the text is cut into pieces, the result is what a search in the whole text
        /// gives.
        #[test]
        fn cutting_does_not_matter(
            pieces in prop::collection::vec("[abé]{0,3}", 0..12),
            stops in prop::collection::vec("[abé]{1,4}", 0..3),
        ) {
            let whole = pieces.concat();
            let end = stops.iter().filter_map(|stop| whole.find(stop.as_str())).min();
            let mut buffer = Stops::new(&stops).unwrap();
            let (mut text, mut stopped) = (String::new(), false);
            for piece in &pieces {
                let released = buffer.push(piece);
                text.push_str(&released.text);
                stopped = released.stopped;
                if stopped {
                    break;
                }
            }
            if !stopped {
                text.push_str(&buffer.finish());
            }
            prop_assert_eq!(stopped, end.is_some());
            // The earliest end wins unless a later-starting stop text was complete first.
            if let Some(end) = end {
                prop_assert!(whole.starts_with(&text) && text.len() >= end);
                prop_assert!(stops.iter().any(|stop| whole[text.len()..].starts_with(stop.as_str())));
            } else {
                prop_assert_eq!(text, whole);
            }
        }
    }
}
