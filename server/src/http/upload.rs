//! The uploaded file: in memory while it is small, then in a temporary file.

use std::io::{Seek, SeekFrom, Write};

use axum::{extract::multipart::Field, http::StatusCode};
use tempfile::SpooledTempFile;

use super::{BodyLimit, Fault, form_fault};

/// Bytes kept in memory; most spoken requests fit.
const IN_MEMORY: usize = 4 << 20;

/// Reads the field's bytes as they arrive.
///
/// # Errors
/// 400 for an empty file, 413 for one that is too large, 507 when there is no room for it.
pub async fn receive_upload(
    mut field: Field<'_>,
    limit: Option<BodyLimit>,
) -> Result<SpooledTempFile, Fault> {
    let mut file = SpooledTempFile::new(IN_MEMORY);
    let mut length = 0_u64;
    while let Some(piece) = field
        .chunk()
        .await
        .map_err(|error| form_fault(&error, limit))?
    {
        length += piece.len() as u64;
        // A piece goes to the page cache in microseconds, so a thread of its own would cost more.
        file.write_all(&piece).map_err(|error| unwritable(&error))?;
    }
    if length == 0 {
        return Err(Fault::invalid(
            "file",
            "the file is empty; send audio as WAV, FLAC, MP3, OGG, M4A or AIFF",
        ));
    }
    file.seek(SeekFrom::Start(0))
        .map_err(|error| unwritable(&error))?;
    Ok(file)
}

fn unwritable(error: &std::io::Error) -> Fault {
    if error.kind() == std::io::ErrorKind::StorageFull {
        let message = "the server has no space left for uploads; free some in its temporary folder";
        return Fault::new(StatusCode::INSUFFICIENT_STORAGE, "storage_full", message);
    }
    Fault::internal(format!("the upload could not be kept: {error}"))
}
