//! What exists: the catalog file, parsed.

use crate::{Error, Result};

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

/// One file of an installed model.
#[derive(Debug, Clone)]
pub struct File {
    /// Path below the model's folder.
    pub name: String,
    /// Length in bytes.
    pub size: u64,
    /// Lower-case hexadecimal digest.
    pub sha256: String,
}

/// One model.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Name to ask for.
    pub id: String,
    /// What it is for.
    pub task: Task,
    /// Its files once installed.
    pub files: Vec<File>,
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
        CATALOG.get_or_init(|| Catalog {
            entries: Vec::new(),
        })
    }

    /// Every entry, in catalog order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
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
