//! Room on the disk: asked before a pull, and named when a write runs out of it.

use std::path::Path;

use crate::{Error, Result};

/// Checks that the folder's disk has room; systems that do not tell count as having it.
pub(crate) fn require_space(folder: &Path, needed: u64) -> Result<()> {
    match fs4::available_space(folder) {
        Ok(available) if available < needed => Err(Error::Full {
            folder: folder.to_path_buf(),
            needed,
            available,
        }),
        _ => Ok(()),
    }
}

/// Turns "no space left" into [`Error::Full`].
pub(crate) fn explain_full(error: Error, folder: &Path, needed: u64) -> Error {
    if !error.is_full() {
        return error;
    }
    Error::Full {
        folder: folder.to_path_buf(),
        needed,
        available: fs4::available_space(folder).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_any_disk_is_refused_with_both_numbers() {
        let error = require_space(Path::new("."), u64::MAX).unwrap_err();
        assert!(error.to_string().contains(&u64::MAX.to_string()), "{error}");
        require_space(Path::new("."), 0).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_write_to_a_full_device_is_explained() {
        let path = Path::new("/dev/full");
        let mut file = std::fs::File::options().write(true).open(path).unwrap();
        let error = std::io::Write::write_all(&mut file, b"x").unwrap_err();
        let error = explain_full(Error::io(path)(error), Path::new("."), 7);
        assert!(matches!(error, Error::Full { needed: 7, .. }), "{error}");
    }
}
