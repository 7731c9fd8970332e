//! The folder of an [`super::EdgeStore`] on disk.

use std::{
    fs::{self, File, TryLockError},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use qdrant_edge::{
    CreateIndex, Distance, EdgeConfig, EdgeOptimizersConfig, EdgeShard,
    EdgeSparseVectorParamsBuilder, EdgeVectorParamsBuilder, FieldIndexOperations, Modifier,
    PayloadFieldSchema, PayloadSchemaType, UpdateOperation,
};
use uuid::Uuid;

use super::convert::path;
use crate::{
    Error, Result,
    retrieve::schema::{DENSE, DOCUMENT, TAGS, TENANT, TERMS},
};

/// Rises with every change of the terms, their weights or the names of vectors and fields.
const VERSION: u32 = 1;
/// Bytes that must be free before vectors are written: what one write and its merging may take.
const LEAST_SPACE: u64 = 32 << 20;
/// The file that is locked while the folder is open.
const LOCK: &str = "lock";

/// The open folder; other processes are kept out until it is dropped.
pub(super) struct Folder {
    path: PathBuf,
    dimensions: usize,
    _lock: File,
}

impl Folder {
    /// Opens or makes the folder, with the shard in it.
    pub(super) fn open(
        folder: &Path,
        dimensions: usize,
        language: &str,
    ) -> Result<(Self, EdgeShard)> {
        fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
        let lock = lock(folder)?;
        let opened = Self {
            path: folder.to_owned(),
            dimensions,
            _lock: lock,
        };
        remove_discarded(folder)?;
        check_format(folder, dimensions, language)?;
        let shard = if has_segments(&opened.shard()) {
            prune_log(&opened.shard())?;
            opened.load()?
        } else {
            opened.recreate()?
        };
        Ok((opened, shard))
    }

    pub(super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether nobody has deleted it.
    pub(super) fn is_there(&self) -> bool {
        self.path.join(LOCK).exists()
    }

    /// Puts an empty shard in the place of what is there. Renaming first makes that all or
    /// nothing, also when the process dies on the way.
    /// Refuses to write on a disk that is nearly full. The store's files are mapped and have holes:
    /// touching one that cannot be filled ends the process.
    pub(super) fn require_space(&self) -> Result<()> {
        let available =
            fs4::available_space(&self.path).map_err(|source| failed(&self.path, source))?;
        if available >= LEAST_SPACE {
            return Ok(());
        }
        let path = self.path.display();
        Err(Error::store(format!(
            "the disk of {path} has {available} bytes left, too few to write vectors; free some space"
        )))
    }

    pub(super) fn recreate(&self) -> Result<EdgeShard> {
        self.require_space()?;
        let shard = self.shard();
        if shard.exists() {
            let discarded = self.path.join(format!("discarded-{}", Uuid::new_v4()));
            fs::rename(&shard, &discarded).map_err(|source| failed(&shard, source))?;
            fs::remove_dir_all(&discarded).map_err(|source| failed(&discarded, source))?;
        }
        fs::create_dir(&shard).map_err(|source| failed(&shard, source))?;
        guarded(|| {
            let made = EdgeShard::new(&shard, self.config()).map_err(Error::store)?;
            for field in [TENANT, DOCUMENT, TAGS] {
                let keyword = PayloadFieldSchema::FieldType(PayloadSchemaType::Keyword);
                let index = FieldIndexOperations::CreateIndex(CreateIndex {
                    field_name: path(field)?,
                    field_schema: Some(keyword),
                });
                made.update(UpdateOperation::FieldIndexOperation(index))
                    .map_err(Error::store)?;
            }
            made.flush();
            Ok(made)
        })
    }

    fn load(&self) -> Result<EdgeShard> {
        let load = || EdgeShard::load(&self.shard(), Some(self.config())).map_err(Error::store);
        guarded(load).map_err(|error| {
            Error::store(format!(
                "{} is damaged ({error}); delete the folder and ingest the documents again",
                self.path.display()
            ))
        })
    }

    fn config(&self) -> EdgeConfig {
        let dense = EdgeVectorParamsBuilder::new(self.dimensions, Distance::Cosine).build();
        let terms = EdgeSparseVectorParamsBuilder::new()
            .modifier(Modifier::Idf)
            .build();
        EdgeConfig {
            vectors: [(DENSE.to_owned(), dense)].into(),
            sparse_vectors: [(TERMS.to_owned(), terms)].into(),
            optimizers: EdgeOptimizersConfig {
                default_segment_number: Some(1),
                ..EdgeOptimizersConfig::default()
            },
            ..EdgeConfig::default()
        }
    }

    fn shard(&self) -> PathBuf {
        self.path.join("shard")
    }
}

/// Runs Qdrant's code, which panics where files are damaged or a disk is full.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Error::store(text.unwrap_or("the index failed")))
    })
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| failed(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::store(format!(
            "{} is open already; stop the other process, or give this one a folder of its own",
            folder.display()
        ))),
        Err(TryLockError::Error(source)) => Err(failed(&path, source)),
    }
}

fn check_format(folder: &Path, dimensions: usize, language: &str) -> Result<()> {
    let path = folder.join("format");
    let wanted = format!("version {VERSION}, {dimensions} dimensions, language {language}\n");
    let found = match fs::read_to_string(&path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return fs::write(&path, wanted).map_err(|source| failed(&path, source));
        }
        Err(source) => return Err(failed(&path, source)),
    };
    if found == wanted {
        return Ok(());
    }
    Err(Error::store(format!(
        "{} holds an index of {}, but {} is needed; delete the folder and ingest the documents again",
        folder.display(),
        found.trim(),
        wanted.trim()
    )))
}

fn has_segments(shard: &Path) -> bool {
    fs::read_dir(shard.join("segments")).is_ok_and(|mut entries| entries.next().is_some())
}

/// Deletes all but the newest closed file of Qdrant's log. The edge library never reads the log
/// back and never shortens it, but takes the numbers of its operations from its end.
fn prune_log(shard: &Path) -> Result<()> {
    let log = shard.join("wal");
    let mut closed = Vec::new();
    for entry in fs::read_dir(&log).map_err(|source| failed(&log, source))? {
        let entry = entry.map_err(|source| failed(&log, source))?;
        let name = entry.file_name();
        let start = name.to_str().and_then(|name| name.strip_prefix("closed-"));
        if let Some(start) = start.and_then(|start| start.parse::<u64>().ok()) {
            closed.push((start, entry.path()));
        }
    }
    closed.sort_unstable();
    closed.pop();
    for (_, path) in closed {
        fs::remove_file(&path).map_err(|source| failed(&path, source))?;
    }
    Ok(())
}

/// Deletes what a process left behind that died while it cleared the store.
fn remove_discarded(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(|source| failed(folder, source))? {
        let entry = entry.map_err(|source| failed(folder, source))?;
        let path = entry.path();
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with("discarded-")
        {
            fs::remove_dir_all(&path).map_err(|source| failed(&path, source))?;
        }
    }
    Ok(())
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Io {
        path: path.to_owned(),
        source,
    }
}
