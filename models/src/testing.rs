//! Small packages and catalogs for the tests of this crate.

use std::fmt::Write as _;
use std::io::Write as _;

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
