//! HTML to blocks, with the WHATWG tokenizer of html5gum.
//!
//! No tree is built: block elements end a block wherever they open or close, and the content of
//! elements that carry no prose is left out up to their end tag, or up to the end tag of an
//! element around them when theirs is missing.

use std::ops::Range;

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

use super::outline::{Block, Outline};

/// Elements whose content is not prose: code, controls and what surrounds an article. Sorted.
const SKIPPED: &[&str] = &[
    "aside", "audio", "button", "canvas", "datalist", "dialog", "footer", "iframe", "math", "nav",
    "noembed", "noframes", "noscript", "object", "script", "select", "style", "svg", "template",
    "textarea", "title", "video",
];

/// Elements within a line of text; all others end a block. Sorted.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "img", "ins", "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp",
    "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
];

/// Blocks of an HTML document or fragment.
pub(super) fn blocks(source: &str) -> Vec<Block> {
    let mut outline = Outline::default();
    collect(source, 0..source.len(), &mut outline);
    outline.finish()
}

/// Adds the blocks of the HTML in a range of a larger source.
pub(super) fn collect(source: &str, range: Range<usize>, outline: &mut Outline) {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let html = source.get(range.clone()).unwrap_or_default();
    let mut reader = Reader::new(source, outline);
    // Text is taken from between the tags rather than from the tokenizer, which hands out decoded
    // text without saying where each character came from.
    let mut text_start = range.start;
    for token in Tokenizer::new_with_emitter(html, emitter).flatten() {
        let span = match &token {
            Token::StartTag(tag) => tag.span,
            Token::EndTag(tag) => tag.span,
            Token::Comment(comment) => comment.span,
            Token::Doctype(doctype) => doctype.span,
            Token::String(_) | Token::Error(_) => continue,
        };
        let (start, end) = (range.start + span.start, range.start + span.end);
        reader.text(text_start..start.max(text_start));
        match &token {
            Token::StartTag(tag) => reader.start_tag(tag, start..end),
            Token::EndTag(tag) => reader.end_tag(&tag.name),
            _ => {}
        }
        text_start = end.max(text_start);
    }
    reader.text(text_start..range.end.max(text_start));
    reader.end_block();
}

struct Reader<'a> {
    source: &'a str,
    outline: &'a mut Outline,
    skipping: Option<Skipping>,
    /// Level of the heading that is open.
    heading: Option<u8>,
    /// Open `pre` elements.
    preformatted: usize,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str, outline: &'a mut Outline) -> Self {
        Self {
            source,
            outline,
            skipping: None,
            heading: None,
            preformatted: 0,
        }
    }

    fn start_tag(&mut self, tag: &StartTag<usize>, span: Range<usize>) {
        let name = tag.name.as_slice();
        if let Some(skipping) = &mut self.skipping {
            skipping.start(name);
            return;
        }
        if is_skipped(tag) {
            self.skipping = Some(Skipping::new(name));
            return;
        }
        match name {
            b"br" => self.outline.replacement("\n", span),
            b"img" => self.alternative_text(tag, span),
            b"td" | b"th" if !self.outline.is_block_empty() => {
                self.outline.replacement(" | ", span);
            }
            b"td" | b"th" => {}
            b"div" if self.heading.is_some() => self.outline.space(span),
            name if is_inline(name) => {}
            name => {
                self.end_block();
                self.heading = heading_level(name);
                self.preformatted += usize::from(name == b"pre");
            }
        }
    }

    fn end_tag(&mut self, name: &[u8]) {
        if let Some(skipping) = &mut self.skipping {
            match skipping.end(name) {
                End::Inside => return,
                End::Skipped => {
                    self.skipping = None;
                    return;
                }
                End::Around => self.skipping = None,
            }
        }
        if is_inline(name) || matches!(name, b"td" | b"th") {
            return;
        }
        if name != b"div" || self.heading.is_none() {
            self.end_block();
        }
        self.preformatted = self
            .preformatted
            .saturating_sub(usize::from(name == b"pre"));
    }

    fn end_block(&mut self) {
        match self.heading.take() {
            Some(level) => self.outline.end_heading(level),
            None => self.outline.end_block(),
        }
    }

    fn alternative_text(&mut self, tag: &StartTag<usize>, span: Range<usize>) {
        if let Some(alternative) = tag.attributes.get(b"alt".as_slice()) {
            let text = String::from_utf8_lossy(alternative);
            self.outline.replacement(text.trim(), span);
        }
    }

    /// Adds the text between two tags.
    fn text(&mut self, range: Range<usize>) {
        let text = self.source.get(range.clone()).unwrap_or_default();
        if self.skipping.is_some() {
            return;
        }
        let mut at = 0;
        while let Some(first) = text[at..].chars().next() {
            let rest = &text[at..];
            let start = range.start + at;
            let length = if first == '&' {
                let entity = entity(rest);
                self.outline
                    .replacement(&decoded(entity), start..start + entity.len());
                entity.len()
            } else if first.is_whitespace() && self.preformatted == 0 {
                let length = run(rest, char::is_whitespace);
                self.outline.space(start..start + length);
                length
            } else {
                let preformatted = self.preformatted > 0;
                let length = run(rest, |c| c != '&' && (preformatted || !c.is_whitespace()));
                self.outline.text(&rest[..length], start);
                length
            };
            at += length;
        }
    }
}

/// An element whose content is left out, and what is open within it.
struct Skipping {
    element: Vec<u8>,
    inside: Vec<Vec<u8>>,
}

/// Which element an end tag closes.
enum End {
    /// One within the skipped element.
    Inside,
    /// The skipped element.
    Skipped,
    /// An element around it, so its own end tag is missing.
    Around,
}

/// Deeper nesting is not followed, so that hostile input costs no more than linear time.
const DEEPEST: usize = 256;

impl Skipping {
    fn new(element: &[u8]) -> Self {
        Self {
            element: element.to_vec(),
            inside: Vec::new(),
        }
    }

    fn start(&mut self, name: &[u8]) {
        if self.inside.len() < DEEPEST && !is_void(name) {
            self.inside.push(name.to_vec());
        }
    }

    fn end(&mut self, name: &[u8]) -> End {
        if let Some(at) = self.inside.iter().rposition(|open| open == name) {
            self.inside.truncate(at);
            End::Inside
        } else if self.element == name {
            End::Skipped
        } else {
            End::Around
        }
    }
}

fn is_skipped(tag: &StartTag<usize>) -> bool {
    let name = tag.name.as_slice();
    let attribute = |name: &str| tag.attributes.get(name.as_bytes());
    let hidden = attribute("hidden").is_some()
        || attribute("aria-hidden").is_some_and(|value| value.as_slice() == b"true");
    let closed = tag.self_closing && matches!(name, b"svg" | b"math");
    !closed && !is_void(name) && (hidden || contains(SKIPPED, name))
}

fn is_inline(name: &[u8]) -> bool {
    contains(INLINE, name)
}

/// Elements without an end tag.
fn is_void(name: &[u8]) -> bool {
    const VOID: &[&str] = &[
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr",
    ];
    contains(VOID, name)
}

fn contains(sorted: &[&str], name: &[u8]) -> bool {
    sorted
        .binary_search_by(|element| element.as_bytes().cmp(name))
        .is_ok()
}

fn heading_level(name: &[u8]) -> Option<u8> {
    match name {
        [b'h', level @ b'1'..=b'6'] => Some(level - b'0'),
        _ => None,
    }
}

/// Length of the characters at the start that satisfy the predicate.
fn run(text: &str, predicate: impl Fn(char) -> bool) -> usize {
    text.find(|c| !predicate(c)).unwrap_or(text.len())
}

/// The character reference at the start of the text, or just its ampersand.
fn entity(text: &str) -> &str {
    const LONGEST: usize = 40;
    let after_name = text[1..]
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '#')
        .map_or(text.len(), |at| at + 1);
    let end = after_name + usize::from(text[after_name..].starts_with(';'));
    if end > LONGEST {
        &text[..1]
    } else {
        &text[..end]
    }
}

fn decoded(entity: &str) -> String {
    let mut text = String::with_capacity(entity.len());
    for token in Tokenizer::new(entity).flatten() {
        if let Token::String(piece) = token {
            text.push_str(&String::from_utf8_lossy(&piece));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(html: &str) -> Vec<String> {
        blocks(html).into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn lists_are_sorted_for_the_binary_search() {
        assert!(SKIPPED.is_sorted() && INLINE.is_sorted());
    }

    #[test]
    fn blocks_end_at_block_elements_only() {
        assert_eq!(
            texts("<div>One <b>bold</b>\n  word<p>Two<br>lines<ul><li>a<li>b</ul></div>tail"),
            ["One bold word", "Two\nlines", "a", "b", "tail"]
        );
    }

    #[test]
    fn entities_are_decoded() {
        assert_eq!(
            texts("<p>&lt;tag&gt; &amp; &eacute;t&#233; &#x1F600; a&b &unknown; &copy2 R&D</p>"),
            ["<tag> & été 😀 a&b &unknown; ©2 R&D"]
        );
    }

    #[test]
    fn code_and_navigation_are_left_out() {
        let html = "<!doctype html><html><head><title>T</title><style>p{a:b}</style>\
            <script>if (a<b) { document.write('<p>no</p>') }</script></head><body>\
            <!-- <p>comment</p> --><nav><ul><li>Home</li></ul></nav><p>Text.</p>\
            <p hidden>secret</p><footer>Imprint</footer></body></html>";
        assert_eq!(texts(html), ["Text."]);
    }

    #[test]
    fn a_missing_end_tag_hides_only_the_rest_of_its_parent() {
        assert_eq!(texts("<div><nav>Home</div><p>Text.</p>"), ["Text."]);
    }

    #[test]
    fn preformatted_text_keeps_its_lines() {
        assert_eq!(
            texts("<pre>a\n  b &lt; c</pre> d   e"),
            ["a\n  b < c", "d e"]
        );
    }

    #[test]
    fn table_rows_are_blocks() {
        assert_eq!(
            texts("<table><tr><th>Name<th>Age</tr><tr><td>Ada</td><td>36</td></tr></table>"),
            ["Name | Age", "Ada | 36"]
        );
    }

    #[test]
    fn headings_make_a_path() {
        let found =
            blocks("<h1>Guide</h1><h2><div>Set</div><div>up</div></h2><p>Do it.</p><h1>End</h1>");
        let found: Vec<_> = found
            .iter()
            .map(|block| (block.heading.as_deref(), block.text.as_str()))
            .collect();
        assert_eq!(found, [(Some("Guide > Set up"), "Do it."), (None, "End")]);
    }

    #[test]
    fn text_maps_back_to_the_source() {
        let html = "<p>a &amp; <i>b</i>c</p>";
        let block = &blocks(html)[0];
        assert_eq!(block.text, "a & bc");
        assert_eq!(&html[block.source_of(&(0..1))], "a");
        assert_eq!(&html[block.source_of(&(2..3))], "&amp;");
        assert_eq!(&html[block.source_of(&(4..6))], "b</i>c");
    }

    proptest! {
        #[test]
        fn words_between_tags_are_found_where_they_stand(
            parts in proptest::collection::vec(
                ("[a-zé日]{1,6}", "<(p|b|div|li)>|</(p|b|div|li)>|<!--x<y-->|<br/>|<a href='>'>|<\\?x\\?>|<!\\[CDATA\\[q\\]\\]>|&amp;"),
                0..12,
            )
        ) {
            let html: String = parts.iter().flat_map(|(word, tag)| [word.as_str(), tag]).collect();
            let mut found = String::new();
            for block in blocks(&html) {
                for (at, character) in block.text.char_indices() {
                    let source = block.source_of(&(at..at + character.len_utf8()));
                    if character.is_alphabetic() {
                        prop_assert_eq!(&html[source], character.to_string());
                        found.push(character);
                    }
                }
            }
            let words: String = parts.iter().map(|(word, _)| word.as_str()).collect();
            prop_assert_eq!(found, words);
        }

        #[test]
        fn arbitrary_markup_never_panics(html in "(<|>|/|!|-|&|#|;|=|'|p|h1|pre|nav|script|é|\\PC){0,60}") {
            for block in blocks(&html) {
                let source = block.source_of(&(0..block.text.len()));
                prop_assert!(html.get(source).is_some());
            }
        }
    }
}
