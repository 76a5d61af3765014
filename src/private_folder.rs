//! Folders and files for what is nobody else's business: the database, and mail with links in it.

use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// What the permissions of a file or folder give to others than its user.
const OTHERS: u32 = 0o077;

/// From now on, every file that this process makes is its user's alone.
pub fn keep_files_private() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(OTHERS));
}

/// Makes a folder, and those above it, that only the server's user may enter. One that exists stays
/// as it is.
///
/// # Errors
/// When the folder cannot be made.
pub fn create(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Whether others than its user may do anything with a file or folder. What is not there is open to
/// nobody.
pub fn is_open_to_others(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & OTHERS != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_was_made_here_is_open_to_nobody_else() {
        let dir = tempfile::tempdir().unwrap();
        let (outer, inner) = (dir.path().join("a"), dir.path().join("a/b"));
        create(&inner).unwrap();
        assert!(!is_open_to_others(&outer) && !is_open_to_others(&inner));
        std::fs::set_permissions(&inner, std::fs::Permissions::from_mode(0o710)).unwrap();
        create(&inner).unwrap();
        assert!(is_open_to_others(&inner), "one that exists stays as it is, and that is seen");
        assert!(!is_open_to_others(&dir.path().join("nowhere")));
    }
}
