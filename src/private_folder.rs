//! Folders for what is nobody else's business: the database, and mail with links in it.

use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Makes a folder, and those above it, that only the server's user may enter. One that exists stays
/// as it is.
///
/// # Errors
/// When the folder cannot be made.
pub fn create(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
