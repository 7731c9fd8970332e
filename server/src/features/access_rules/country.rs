//! The country of an address, from an MMDB file.

use std::{net::IpAddr, path::Path};

use anyhow::Context;
use maxminddb::{MaxMindDbError, Reader, path};

/// An MMDB file in memory.
#[derive(Debug)]
pub struct Countries(Reader<Vec<u8>>);

impl Countries {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read or is no such file.
    pub fn open(file: &Path) -> anyhow::Result<Self> {
        let reader = Reader::open_readfile(file).with_context(|| {
            format!(
                "access.country_database: {} is no MMDB file of countries that can be read",
                file.display()
            )
        })?;
        Ok(Self(reader))
    }

    /// The country, if the file knows it.
    pub fn country(&self, address: IpAddr) -> Option<[u8; 2]> {
        self.code(address).ok()??.as_bytes().try_into().ok()
    }

    /// Files differ in where they have it: a field of its own, or below the country.
    fn code(&self, address: IpAddr) -> Result<Option<&str>, MaxMindDbError> {
        let found = self.0.lookup(address)?;
        if let Some(code) = found.decode_path(&path!["country", "iso_code"])? {
            return Ok(Some(code));
        }
        found.decode_path(&path!["country_code"])
    }
}

#[cfg(test)]
pub mod fixture {
    //! The smallest MMDB file: all addresses below 128.0.0.0 are in one country.

    /// Its bytes; `flat` is how free files are laid out, the other is as `GeoLite2`.
    pub fn mmdb(code: &str, flat: bool) -> Vec<u8> {
        // One node of two 24-bit records: left leads to the data, right to nothing.
        let mut file = vec![0, 0, 17, 0, 0, 1];
        file.extend([0; 16]);
        if flat {
            file.push(0xe1);
            text(&mut file, "country_code");
        } else {
            file.push(0xe1);
            text(&mut file, "country");
            file.push(0xe1);
            text(&mut file, "iso_code");
        }
        text(&mut file, code);
        file.extend(b"\xab\xcd\xefMaxMind.com");
        file.push(0xe9);
        text(&mut file, "node_count");
        file.extend([0xc1, 1]);
        for (name, value) in [
            ("record_size", 24),
            ("ip_version", 4),
            ("binary_format_major_version", 2),
            ("binary_format_minor_version", 0),
        ] {
            text(&mut file, name);
            file.extend([0xa1, value]);
        }
        text(&mut file, "build_epoch");
        file.extend([0x01, 0x02, 1]);
        text(&mut file, "database_type");
        text(&mut file, "Test");
        text(&mut file, "languages");
        file.extend([0x00, 0x04]);
        text(&mut file, "description");
        file.push(0xe0);
        file
    }

    fn text(file: &mut Vec<u8>, text: &str) {
        let length = u8::try_from(text.len()).unwrap();
        if length < 29 {
            file.push(0x40 | length);
        } else {
            file.extend([0x5d, length - 29]);
        }
        file.extend(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_are_read() {
        for flat in [true, false] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), fixture::mmdb("PT", flat)).unwrap();
            let countries = Countries::open(file.path()).unwrap();
            let country = |text: &str| countries.country(text.parse().unwrap());
            assert_eq!(country("10.1.2.3"), Some(*b"PT"), "flat: {flat}");
            assert_eq!(country("203.0.113.7"), None);
            assert_eq!(country("2001:db8::1"), None);
        }
    }

    #[test]
    fn another_file_is_refused_by_name() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "not this").unwrap();
        let error = Countries::open(file.path()).unwrap_err();
        assert!(error.to_string().contains("access.country_database"));
    }
}
