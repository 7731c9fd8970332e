//! Lists of paths.

/// Whether a path is this one or, where it ends with a slash, lies below it.
pub fn covers(known: &str, path: &str) -> bool {
    path == known || (known.ends_with('/') && path.starts_with(known))
}
