//! Chunking of the three formats.

use proptest::prelude::*;

use super::*;

const SMALL: ChunkSettings = ChunkSettings {
    max_tokens: 20,
    overlap_tokens: 8,
};

fn summary(chunks: &[Chunk]) -> Vec<(Option<&str>, &str)> {
    chunks
        .iter()
        .map(|chunk| (chunk.heading.as_deref(), chunk.text.as_str()))
        .collect()
}

#[test]
fn chunks_end_with_sentences_and_overlap() {
    let source = "One two three four five six seven. Eight nine ten. Eleven twelve. \
        Thirteen and fourteen and fifteen and so on.";
    let chunks = chunk(source, Format::Plain, &SMALL);
    assert_eq!(
        summary(&chunks),
        [
            (
                None,
                "One two three four five six seven. Eight nine ten. Eleven twelve."
            ),
            (
                None,
                "Eleven twelve. Thirteen and fourteen and fifteen and so on."
            ),
        ]
    );
    for chunk in &chunks {
        assert_eq!(&source[chunk.start..chunk.end], chunk.text);
    }
}

#[test]
fn an_endless_sentence_is_cut_between_words() {
    let source = "word ".repeat(100);
    let chunks = chunk(&source, Format::Plain, &SMALL);
    assert!(chunks.len() >= 5);
    for chunk in &chunks {
        assert!(
            chunk.text.split(' ').all(|word| word == "word"),
            "{chunk:?}"
        );
        assert!(estimate_tokens(&chunk.text) <= SMALL.max_tokens);
    }
}

#[test]
fn an_endless_word_is_cut_too() {
    let source = "x".repeat(10_000);
    let chunks = chunk(&source, Format::Plain, &SMALL);
    assert!(
        chunks
            .iter()
            .all(|chunk| estimate_tokens(&chunk.text) <= SMALL.max_tokens)
    );
    assert_eq!(chunks.last().map(|chunk| chunk.end), Some(10_000));
}

#[test]
fn markdown_carries_its_headings() {
    let source = "---\ntitle: x\n---\n# Guide\n\nIntro with `code` and *stress* &amp; more.\n\n\
        ## Set up\n\n1. First\n2. Second\n\n| a | b |\n|---|---|\n| c | d |\n\n# Questions\n\n## Why?\n\n## How?\n";
    let chunks = chunk(source, Format::Markdown, &ChunkSettings::default());
    assert_eq!(
        summary(&chunks),
        [
            (Some("Guide"), "Intro with code and stress & more."),
            (Some("Guide > Set up"), "First\nSecond\na | b |\nc | d |"),
            (Some("Questions"), "Why?\nHow?"),
        ]
    );
    let intro = &chunks[0];
    assert!(source[intro.start..intro.end].starts_with("Intro with `code"));
    assert!(source[intro.start..intro.end].ends_with("more."));
}

#[test]
fn html_within_markdown_is_read_as_html() {
    let source =
        "Before.\n\n<div><p>In &lt;side&gt;.</p><script>no()</script></div>\n\nAfter <b>it</b>.";
    let chunks = chunk(source, Format::Markdown, &ChunkSettings::default());
    assert_eq!(summary(&chunks), [(None, "Before.\nIn <side>.\nAfter it.")]);
}

#[test]
fn html_offsets_cite_the_source() {
    let source = "<h1>Title</h1><p>Caf&eacute; is <b>open</b>.</p>";
    let chunks = chunk(source, Format::Html, &ChunkSettings::default());
    assert_eq!(summary(&chunks), [(Some("Title"), "Café is open.")]);
    assert_eq!(
        &source[chunks[0].start..chunks[0].end],
        "Caf&eacute; is <b>open</b>."
    );
}

#[test]
fn nothing_gives_nothing() {
    for format in [Format::Plain, Format::Markdown, Format::Html] {
        assert_eq!(chunk(" \n\t ", format, &ChunkSettings::default()), []);
    }
}

proptest! {
    #[test]
    fn chunks_are_sound(
        source in "([a-zA-Z]{1,9}|[ .!?#*<>&;/\n|`]|日本。|\\PC|<p>|</p>|## |\n\n){0,120}",
        max_tokens in 0_usize..40,
        overlap_tokens in 0_usize..40,
        format in prop_oneof![Just(Format::Plain), Just(Format::Markdown), Just(Format::Html)],
    ) {
        let settings = ChunkSettings { max_tokens, overlap_tokens };
        let chunks = chunk(&source, format, &settings);
        let mut previous = 0;
        for chunk in &chunks {
            prop_assert!(!chunk.text.trim().is_empty());
            prop_assert!(chunk.start >= previous && chunk.start <= chunk.end, "{:?}", chunk);
            prop_assert!(source.get(chunk.start..chunk.end).is_some());
            previous = chunk.start;
            if format == Format::Plain {
                prop_assert_eq!(&source[chunk.start..chunk.end], &chunk.text);
            }
        }
    }

    #[test]
    fn plain_text_is_covered_and_within_budget(
        source in "([a-z]{1,9}|[ .!?\n]|日本。){0,200}",
        max_tokens in 8_usize..40,
    ) {
        let settings = ChunkSettings { max_tokens, overlap_tokens: 5 };
        let mut covered = 0;
        for chunk in chunk(&source, Format::Plain, &settings) {
            if chunk.start > covered {
                prop_assert!(source[covered..chunk.start].trim().is_empty());
            }
            prop_assert!(estimate_tokens(&chunk.text) <= max_tokens);
            covered = covered.max(chunk.end);
        }
        prop_assert!(source[covered..].trim().is_empty());
    }
}
