//! Private folders and files: the database, and mail with links.

use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// The permission bits of users other than the owner.
const OTHERS: u32 = 0o077;

/// From now on, every file that this process creates is accessible only to its user.
pub fn keep_files_private() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(OTHERS));
}

/// Creates a folder and its parents, accessible only to the server's user. An existing one is left
/// unchanged.
///
/// # Errors
/// When the folder can't be created.
pub fn create(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Whether users other than its owner have access to a file or folder; false if it doesn't exist.
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
