//! Members out of packages: wheels (zip) and npm packages (tar in gzip), told apart by their
//! first bytes. A package is untrusted: members go to paths that we choose, never to paths
//! that it names, and a size limit, checked on the declared size and again on the bytes,
//! stops archives that expand without end.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use crate::digest::CHUNK;
use crate::{Error, Result};

/// One member and where it goes.
pub(crate) struct Want<'a> {
    pub(crate) path: &'a str,
    pub(crate) inner: Option<&'a str>,
    pub(crate) to: PathBuf,
}

/// Called with each count of bytes written; may stop the work.
pub(crate) type Step<'a> = &'a mut dyn FnMut(u64) -> Result<()>;

/// Takes members out of the package at `package`; none may be larger than `limit` bytes.
///
/// # Errors
/// [`Error::Format`] names the member that is missing, too large or broken.
pub(crate) fn extract(
    package: &Path,
    wants: &[Want<'_>],
    limit: u64,
    step: Step<'_>,
) -> Result<()> {
    let mut magic = [0; 2];
    let mut file = File::open(package).map_err(Error::io(package))?;
    file.read_exact(&mut magic)
        .and_then(|()| file.rewind())
        .map_err(Error::io(package))?;
    let archive = Archive { package, limit };
    match magic {
        [b'P', b'K'] => archive.zip_members(file, wants, step),
        [0x1f, 0x8b] => archive.tar_members(file, wants, step),
        _ => Err(archive.broken("it is neither a zip file nor a gzip stream")),
    }
}

struct Archive<'a> {
    package: &'a Path,
    limit: u64,
}

impl Archive<'_> {
    fn broken(&self, reason: impl Into<String>) -> Error {
        Error::Format {
            path: self.package.to_path_buf(),
            format: "package",
            reason: reason.into(),
        }
    }

    fn zip_members(&self, file: File, wants: &[Want<'_>], step: Step<'_>) -> Result<()> {
        let mut zip = zip::ZipArchive::new(BufReader::new(file))
            .map_err(|error| self.broken(error.to_string()))?;
        let mut nested: BTreeMap<&str, Vec<&Want<'_>>> = BTreeMap::new();
        for want in wants {
            if want.inner.is_some() {
                nested.entry(want.path).or_default().push(want);
                continue;
            }
            let mut member = zip
                .by_name(want.path)
                .map_err(|error| self.broken(format!("{}: {error}", want.path)))?;
            let size = member.size();
            self.copy(&mut member, size, want.path, &want.to, step)?;
        }
        for (path, wants) in nested {
            // The outer member becomes a file of its own, since a zip file is read by seeking.
            let outer = wants[0].to.with_extension("archive");
            let whole = [Want {
                path,
                inner: None,
                to: outer.clone(),
            }];
            extract(self.package, &whole, self.limit, step)?;
            let inner: Vec<Want<'_>> = wants
                .iter()
                .filter_map(|want| {
                    Some(Want {
                        path: want.inner?,
                        inner: None,
                        to: want.to.clone(),
                    })
                })
                .collect();
            extract(&outer, &inner, self.limit, step)?;
            std::fs::remove_file(&outer).map_err(Error::io(&outer))?;
        }
        Ok(())
    }

    fn tar_members(&self, file: File, wants: &[Want<'_>], step: Step<'_>) -> Result<()> {
        let mut open: BTreeMap<&str, &Want<'_>> =
            wants.iter().map(|want| (want.path, want)).collect();
        let mut tar = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
        let entries = tar
            .entries()
            .map_err(|error| self.broken(error.to_string()))?;
        for entry in entries {
            let mut entry = entry.map_err(|error| self.broken(error.to_string()))?;
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let Some(want) = open.remove(path.as_str()) else {
                continue;
            };
            let size = entry.size();
            self.copy(&mut entry, size, want.path, &want.to, step)?;
            if open.is_empty() {
                return Ok(());
            }
        }
        let missing: Vec<_> = open.into_keys().collect();
        Err(self.broken(format!("it lacks {}", missing.join(", "))))
    }

    fn copy(
        &self,
        member: &mut dyn Read,
        size: u64,
        name: &str,
        to: &Path,
        step: Step<'_>,
    ) -> Result<()> {
        if size > self.limit {
            return Err(self.broken(format!(
                "{name} claims {size} bytes, at most {} are expected",
                self.limit
            )));
        }
        let mut output = File::create(to).map_err(Error::io(to))?;
        let mut member = member.take(size + 1);
        let mut copied = 0;
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = member
                .read(&mut chunk)
                .map_err(|error| self.broken(format!("{name}: {error}")))?;
            if count == 0 {
                break;
            }
            output.write_all(&chunk[..count]).map_err(Error::io(to))?;
            copied += count as u64;
            step(count as u64)?;
        }
        if copied != size {
            return Err(self.broken(format!("{name} does not have the {size} bytes it claims")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{tgz_of, zip_of};
    use proptest::prelude::*;

    fn take(package: &Path, path: &str, inner: Option<&str>, limit: u64) -> Result<Vec<u8>> {
        let to = package.with_extension("out");
        let wants = [Want {
            path,
            inner,
            to: to.clone(),
        }];
        extract(package, &wants, limit, &mut |_| Ok(()))?;
        Ok(std::fs::read(to).unwrap())
    }

    #[test]
    fn members_of_zip_tar_and_nested_zip() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("p");
        let inner = zip_of(&[("x/y", b"deep")]);
        std::fs::write(&package, zip_of(&[("a", b"one"), ("b.zip", &inner)])).unwrap();
        assert_eq!(take(&package, "a", None, 100).unwrap(), b"one");
        assert_eq!(take(&package, "b.zip", Some("x/y"), 1000).unwrap(), b"deep");
        let error = take(&package, "c", None, 100).unwrap_err().to_string();
        assert!(error.contains("c:"), "{error}");

        std::fs::write(&package, tgz_of(&[("package/a", b"two")])).unwrap();
        assert_eq!(take(&package, "package/a", None, 100).unwrap(), b"two");
        let error = take(&package, "package/b", None, 100).unwrap_err();
        assert!(error.to_string().contains("lacks package/b"), "{error}");
    }

    #[test]
    fn a_member_larger_than_the_limit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("p");
        let zeros = vec![0; 1 << 20];
        for bytes in [zip_of(&[("z", &zeros)]), tgz_of(&[("z", &zeros)])] {
            std::fs::write(&package, bytes).unwrap();
            let error = take(&package, "z", None, 1000).unwrap_err().to_string();
            assert!(error.contains("at most 1000"), "{error}");
        }
    }

    #[test]
    fn a_member_that_names_a_path_outside_is_only_data() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("p");
        std::fs::write(&package, zip_of(&[("../../evil", b"x")])).unwrap();
        assert_eq!(take(&package, "../../evil", None, 10).unwrap(), b"x");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_damaged_package_is_an_error_or_the_same_bytes(
            place in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()
        ) {
            let folder = tempfile::tempdir().unwrap();
            let package = folder.path().join("p");
            for whole in [zip_of(&[("a", b"some text")]), tgz_of(&[("a", b"some text")])] {
                let mut changed = whole.clone();
                let index = place.index(changed.len());
                changed[index] = byte;
                std::fs::write(&package, changed).unwrap();
                let _ = take(&package, "a", None, 1000);
                std::fs::write(&package, &whole[..cut.index(whole.len())]).unwrap();
                if let Ok(bytes) = take(&package, "a", None, 1000) {
                    prop_assert_eq!(bytes, b"some text");
                }
            }
        }
    }
}
