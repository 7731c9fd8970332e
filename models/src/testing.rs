//! Small packages, catalogs and disks for the tests of this crate.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::Catalog;

/// A zip file with these members.
pub(crate) fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A gzipped tar file with these members.
pub(crate) fn tgz_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, name, *bytes).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// Hexadecimal SHA-256.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    crate::digest::hexadecimal(&Sha256::digest(bytes))
}

/// A catalog of one model made of the members of one package file.
pub(crate) fn catalog_of(id: &str, package: &str, files: &[(&str, &[u8])]) -> Catalog {
    let source = format!("file = {package:?}");
    let name = std::path::Path::new(package).file_name().unwrap();
    Catalog::parse(&model_text(id, &source, name.to_str().unwrap(), files)).unwrap()
}

/// The text of one model.
pub(crate) fn model_text(id: &str, source: &str, name: &str, files: &[(&str, &[u8])]) -> String {
    let mut text = format!(
        "[[model]]\nid = {id:?}\ntask = 'support'\ntitle = 't'\nlicence = 'MIT'\nlanguages = []\n[[model.source]]\n{source}\n"
    );
    for (file, bytes) in files {
        let (size, digest) = (bytes.len(), digest_of(bytes));
        let _ = write!(
            text,
            "[[model.file]]\nname = {file:?}\nsize = {size}\nsha256 = {digest:?}\ntake = ['{name}!{file}']\n"
        );
    }
    text
}

/// A file system of a few hundred kilobytes, unmounted when dropped.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where the system does not let this user mount one.
    pub(crate) fn mount(path: PathBuf, kilobytes: usize) -> Option<Self> {
        std::fs::create_dir_all(&path).unwrap();
        let disk = Self(path);
        disk.run(&format!("size={kilobytes}k")).then_some(disk)
    }

    /// Gives it another size.
    pub(crate) fn grow(&self, kilobytes: usize) {
        assert!(self.run(&format!("remount,size={kilobytes}k")));
    }

    fn run(&self, options: &str) -> bool {
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(&self.0)
            .output();
        mount.is_ok_and(|output| output.status.success())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg(&self.0).output().ok();
    }
}
