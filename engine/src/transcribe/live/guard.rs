//! Words that nobody said: what Whisper writes over noise, and what it repeats.

use super::text;
use crate::transcribe::{Segment, Transcript, Word, whisper::quality};

/// Mean natural-log probability of a segment that is heard well.
const WELL: f32 = -0.7;
/// Mean natural-log probability below which a segment is not believed.
const UNSURE: f32 = -0.8;
/// Seconds for a word below which nobody repeats a phrase.
const BREATHLESS: f64 = 0.15;
/// Repetitions of the same words from which on they are a loop.
const LOOP: usize = 3;
/// Longest repeated phrase in words.
const PHRASE: usize = 24;
/// Mean probability below which a filler alone is no utterance.
const DOUBTFUL: f32 = 0.6;

/// What Whisper writes where nobody speaks, because subtitles of films end so. Somebody may say it, too: then it is
/// heard well.
const FILLERS: [&str; 10] = [
    "you",
    "thank you",
    "thanks",
    "bye",
    "thanks for watching",
    "thank you for watching",
    "please subscribe",
    "subtitles by the amara org community",
    "sous titres réalisés par la communauté d amara org",
    "untertitel der amara org community",
];

/// What was heard.
pub(super) struct Heard {
    pub(super) words: Vec<Word>,
    /// Whether it should be heard again before it is believed.
    pub(super) doubtful: bool,
}

/// The words of a transcript at their place in the stream.
pub(super) fn words(transcript: Transcript, offset: f64) -> Heard {
    let doubtful = is_doubtful(&transcript.segments);
    let segments = transcript.segments.into_iter();
    let mut words: Vec<Word> = segments
        .filter(|segment| !is_noise(segment) && !is_music(segment))
        .flat_map(|segment| segment.words)
        .collect();
    if is_filler(&words) {
        words.clear();
    }
    cut_loop(&mut words);
    for word in &mut words {
        word.start += offset;
        word.end += offset;
    }
    Heard { words, doubtful }
}

/// What counts when words are compared: letters and digits.
pub(super) fn plain(word: &str) -> String {
    let letters = word.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Stricter than the transcriber itself, which has left out what is an invention by its own limit.
fn is_noise(segment: &Segment) -> bool {
    quality::is_unspoken(segment, WELL)
}

/// Whisper writes notes before what is sung, and before what it makes up of instruments.
fn is_music(segment: &Segment) -> bool {
    segment.text.starts_with(['♪', '♫', '♬', '🎵', '🎶'])
}

/// As the transcriber tells a poor decode, but stricter about what is unlikely.
fn is_doubtful(segments: &[Segment]) -> bool {
    let unsure = |segment: &Segment| segment.avg_logprob < UNSURE;
    segments.is_empty() || quality::repeat(segments) || segments.iter().any(unsure)
}

fn is_filler(words: &[Word]) -> bool {
    let probability: f32 = words.iter().map(|word| word.probability).sum();
    if words.is_empty() || probability / words.len() as f32 >= DOUBTFUL {
        return false;
    }
    let letters = |letter: char| {
        if letter.is_alphanumeric() {
            letter
        } else {
            ' '
        }
    };
    let said: String = text(words).to_lowercase().chars().map(letters).collect();
    let said: Vec<&str> = said.split_whitespace().collect();
    FILLERS.contains(&said.join(" ").as_str())
}

/// Of a phrase that is repeated in a loop the first remains; what follows the last remains, too, unless it is the
/// beginning of another repetition.
fn cut_loop(words: &mut Vec<Word>) {
    while let Some((start, length, times)) = find_loop(words) {
        let end = start + length * times;
        let (said, rest) = (&words[start..start + length], &words[end..]);
        let same = |(left, right): (&Word, &Word)| plain(&left.word) == plain(&right.word);
        let another = rest.len() < length && rest.iter().zip(said).all(same);
        let end = if another { words.len() } else { end };
        words.drain(start + length..end);
    }
}

/// Where a loop begins, the length of its phrase, and how often it is said.
fn find_loop(words: &[Word]) -> Option<(usize, usize, usize)> {
    let plain: Vec<String> = words.iter().map(|word| plain(&word.word)).collect();
    let times = |start: usize, length: usize| {
        let phrase = &plain[start..start + length];
        let phrases = plain[start..].chunks_exact(length);
        phrases.take_while(|other| *other == phrase).count()
    };
    let breathless = |start: usize, length: usize| {
        let again = &words[start + length..start + 2 * length];
        length > 1 && again[length - 1].end - again[0].start < BREATHLESS * length as f64
    };
    let places = (0..words.len()).flat_map(|start| (1..=PHRASE).map(move |length| (start, length)));
    places
        .filter(|(start, length)| start + length <= words.len())
        .map(|(start, length)| (start, length, times(start, length)))
        .find(|&(start, length, times)| {
            // Somebody may say a single word three times.
            let least = if length == 1 { LOOP + 2 } else { LOOP };
            times >= least || (times > 1 && breathless(start, length))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(text: &str, probability: f32) -> Vec<Word> {
        let words = text.split_whitespace().enumerate();
        words
            .map(|(index, word)| Word {
                word: word.to_owned(),
                start: index as f64,
                end: index as f64 + 0.5,
                probability,
            })
            .collect()
    }

    fn heard(spoken: Vec<Word>, no_speech_prob: f32, avg_logprob: f32) -> String {
        let segment = Segment {
            id: 0,
            avg_logprob,
            compression_ratio: 1.0,
            no_speech_prob,
            text: text(&spoken),
            words: spoken,
            ..Segment::default()
        };
        let transcript = Transcript {
            language: "en".into(),
            language_probability: 1.0,
            detection_seconds: 0.0,
            duration: 1.0,
            text: String::new(),
            segments: vec![segment],
            ..Transcript::default()
        };
        text(&words(transcript, 0.0).words)
    }

    #[test]
    fn what_was_heard_well_stays() {
        let said = "I said no, no, no. Thank you.";
        assert_eq!(heard(spoken(said, 0.9), 0.9, -0.2), said);
        assert_eq!(heard(spoken("Thank you.", 0.9), 0.1, -0.2), "Thank you.");
    }

    #[test]
    fn fillers_noise_and_loops_go() {
        assert_eq!(heard(spoken("Thank you.", 0.4), 0.1, -0.5), "");
        assert_eq!(heard(spoken("Some words here", 0.9), 0.9, -0.9), "");
        assert_eq!(heard(spoken("♪ Yeah, oh,", 0.9), 0.1, -0.2), "");
        let looping = "Well, I think so. I think so. I think so. I think so.";
        assert_eq!(heard(spoken(looping, 0.9), 0.1, -0.2), "Well, I think so.");
    }

    #[test]
    fn what_follows_a_repetition_stays() {
        let said = "Come on, come on, come on, let's go home";
        assert_eq!(
            heard(spoken(said, 0.9), 0.1, -0.2),
            "Come on, let's go home"
        );
        let looping = "Ask what you can. Ask what you can. Ask what you can. Ask what";
        assert_eq!(heard(spoken(looping, 0.9), 0.1, -0.2), "Ask what you can.");
    }

    #[test]
    fn a_phrase_is_not_said_again_without_a_breath() {
        let said = "my fellow Americans. My fellow Americans.";
        assert_eq!(heard(spoken(said, 0.9), 0.1, -0.2), said);
        let mut words = spoken(said, 0.9);
        for word in &mut words[3..] {
            (word.start, word.end) = (2.6, 2.7);
        }
        assert_eq!(heard(words, 0.1, -0.2), "my fellow Americans.");
    }

    #[test]
    fn words_get_their_place_in_the_stream() {
        let words = spoken("one two", 0.9);
        let segment = Segment {
            id: 0,
            start: 0.0,
            end: 1.0,
            text: String::new(),
            tokens: Vec::new(),
            temperature: 0.0,
            avg_logprob: 0.0,
            compression_ratio: 1.0,
            no_speech_prob: 0.0,
            words,
            ..Segment::default()
        };
        let transcript = Transcript {
            language: "en".into(),
            language_probability: 1.0,
            detection_seconds: 0.0,
            duration: 1.0,
            text: String::new(),
            segments: vec![segment],
            ..Transcript::default()
        };
        let words = super::words(transcript, 10.0).words;
        assert!((words[1].start - 11.0).abs() < 1e-9 && (words[1].end - 11.5).abs() < 1e-9);
    }
}
