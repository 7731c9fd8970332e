//! The markup of a file, as its name tells it.

use super::Format;

impl Format {
    /// The format that the ending of a file's name tells, in any case; `None` for a name without
    /// an ending or with one that is not known.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Some(Self::Markdown),
            "html" | "htm" | "xhtml" => Some(Self::Html),
            "txt" | "text" => Some(Self::Plain),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_tell_the_format() {
        for (name, format) in [
            ("notes.md", Some(Format::Markdown)),
            ("a.b/INDEX.HTM", Some(Format::Html)),
            ("page.xhtml", Some(Format::Html)),
            (".txt", Some(Format::Plain)),
            ("scan.pdf", None),
            ("README", None),
            ("", None),
        ] {
            assert_eq!(Format::of_file_name(name), format, "{name}");
        }
    }
}
