//! A full disk: what cannot be stored is refused, what was stored stays, and all goes on once there
//! is room again.

use std::{
    fs::{self, File},
    io::Write,
    path::PathBuf,
    process::Command,
    sync::Arc,
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
    not_tested,
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
        let reply = client.post("/documents", &json!({"text": text}))?;
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

#[test]
fn a_full_disk_refuses_and_loses_nothing() -> Result<()> {
    if !is_root()? {
        return not_tested("a full disk", "only root can mount a small one");
    }
    let Some(disk) = Disk::mount()? else {
        return not_tested("a full disk", "this system does not let root mount one");
    };
    let server = builder()?.folder(&disk.folder).start()?;
    let (_, session) = Person::enter(&server)?;
    let ledger = Ledger::default();
    let load = Load {
        server: &server,
        session: &session,
        ledger: &ledger,
    };
    load.during(|| {
        std::thread::sleep(Duration::from_secs(1));
        Ok(())
    })?;
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
    load.during(|| {
        std::thread::sleep(Duration::from_secs(2));
        Ok(())
    })?;
    healthy(&server)?;
    let after = ledger.refusals().split_off(before);
    ensure!(after.is_empty(), "refused with room to spare: {after:?}");
    let count = ledger.check(&server, &session)?;
    audited(&disk.folder)?;
    report(format!(
        "disk full ({room} bytes taken away, {more} documents still fitted): {count}; {before} \
         writes refused with 507"
    ));
    Ok(())
}
