//! A full disk: what cannot be stored is refused, what was stored stays, and all goes on once there
//! is room again.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::symlink,
    path::PathBuf,
    process::Command,
    sync::Arc,
    thread,
    time::Duration,
};

use anyhow::{Result, bail, ensure};
use locutor_tests::{
    DataFolder, Database, Server,
    accounts::{Person, Session},
};
use serde_json::json;

use crate::{
    audited, builder, healthy,
    ledger::{Kind, Ledger},
    load::Load,
    postgres::is_root,
    readiness, report,
};

/// Bytes of the disk.
const SIZE: usize = 24 << 20;

/// Most documents that find room in what the database has set aside already.
const MOST: usize = 400;

/// A small disk under a data folder; gone when dropped.
struct Disk {
    folder: Arc<DataFolder>,
}

impl Disk {
    /// `None` where the system does not allow it.
    fn mount() -> Result<Option<Self>> {
        let folder = Arc::new(DataFolder::on(Database::Sqlite)?);
        fs::create_dir(folder.path())?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={SIZE}"), "locutor-test"])
            .arg(folder.path())
            .output()?;
        Ok(mounted.status.success().then_some(Self { folder }))
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }

    /// Leaves no room at all; gives how much there was.
    fn fill(&self) -> Result<usize> {
        let mut filler = File::create(self.filler())?;
        let mut written = 0;
        for piece in [1 << 20, 4096, 1] {
            while let Ok(count @ 1..) = filler.write(&vec![1; piece]) {
                written += count;
                ensure!(written <= SIZE, "the disk has no end");
            }
        }
        Ok(written)
    }

    fn free(&self) -> Result<()> {
        Ok(fs::remove_file(self.filler())?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.folder.path()).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            // Whoever still has a file there keeps it; the folder is free.
            Command::new("umount")
                .arg("-l")
                .arg(self.folder.path())
                .status()
                .ok();
        }
    }
}

/// Stores documents until there is no room for one; gives how many that were.
fn exhaust(server: &Server, session: &Session, ledger: &Ledger) -> Result<usize> {
    let client = session.client(server);
    for number in 0..MOST {
        let text = format!("{number} ").repeat(4000);
        let Ok(reply) = client.post("/documents", &json!({"text": text})) else {
            thread::sleep(Duration::from_secs(1));
            healthy(server)?;
            bail!("a connection broke, though the server lives");
        };
        match reply.status {
            201 => {
                let id = reply.json()?["id"].as_str().unwrap_or_default().to_owned();
                ledger.acknowledge(Kind::Document, id);
            }
            507 => return Ok(number),
            status => bail!("{status} on a full disk: {}", reply.text()),
        }
    }
    bail!("{MOST} documents on a full disk")
}

/// Unlike a missing package, a missing right is nothing that continuous integration could install.
fn skipped(why: &str) {
    report(format!("NOT TESTED: a full disk: {why}"));
}

/// A disk that is full, on which the vectors lie too or not.
fn full_disk(vectors_elsewhere: bool) -> Result<()> {
    if !is_root()? {
        skipped("only root can mount a small one");
        return Ok(());
    }
    let Some(disk) = Disk::mount()? else {
        skipped("this system does not let root mount one");
        return Ok(());
    };
    if vectors_elsewhere {
        let elsewhere = disk.folder.scratch().join("vectors");
        fs::create_dir(&elsewhere)?;
        symlink(elsewhere, disk.folder.path().join("vectors"))?;
    }
    let server = builder()?.folder(&disk.folder).start()?;
    let (_, session) = Person::enter(&server)?;
    let ledger = Ledger::default();
    let load = Load {
        server: &server,
        session: &session,
        ledger: &ledger,
    };
    let write_for = |seconds| {
        load.during(|| {
            thread::sleep(Duration::from_secs(seconds));
            Ok(())
        })
    };
    write_for(1)?;
    ensure!(ledger.refusals().is_empty(), "{:?}", ledger.refusals());
    let room = disk.fill()?;
    let more = exhaust(&server, &session, &ledger)?;
    for kind in Kind::ALL {
        load.write(kind);
    }
    healthy(&server)?;
    for refusal in ledger.refusals() {
        ensure!(refusal.status == 507, "{refusal:?}");
    }
    let answer = readiness::ask(&server);
    ensure!(answer.status == 200, "it can still read: {answer:?}");
    ledger.check(&server, &session)?;
    disk.free()?;
    let before = ledger.refusals().len();
    write_for(2)?;
    healthy(&server)?;
    let after = ledger.refusals().split_off(before);
    ensure!(
        after.is_empty(),
        "refused with room to spare: {:?}",
        after.first()
    );
    let count = ledger.check(&server, &session)?;
    audited(&disk.folder)?;
    report(format!(
        "disk full ({room} bytes taken away, {more} documents still fitted): {count}; {} writes \
         refused with 507",
        before + 1
    ));
    Ok(())
}

#[test]
fn a_full_disk_of_rows_refuses_and_loses_nothing() -> Result<()> {
    full_disk(true)
}

#[test]
fn a_full_disk_of_rows_and_vectors_refuses_and_loses_nothing() -> Result<()> {
    full_disk(false)
}
